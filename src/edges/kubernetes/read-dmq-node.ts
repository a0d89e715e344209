import { isIpAddress } from '../../core/ip-address.ts';
import type {
  ConditionType,
  DeclaredNode,
  DmqNode,
  NodeCondition,
  NodePhase,
  NodeViewpoint,
} from '../../core/kubernetes/dmq-node.ts';
import { parseNodeUri } from '../../core/node-uri.ts';
import { field, listField, textField } from './json-fields.ts';

/** The label of those that nodes of ours made. */
export const observedLabel = 'kdmq.dev/observed';

const phases = ['active', 'suspected', 'not_active', 'gone'] as const satisfies readonly NodePhase[];
const conditionTypes = ['Ready', 'Reachable', 'SplitView'] as const satisfies readonly ConditionType[];
const statuses = ['True', 'False', 'Unknown'] as const;

/** A DmqNode; undefined when its address can't be read, or is a name and no address. */
export function readDmqNode(object: unknown): DmqNode | undefined {
  const node = readDeclaredNode(object);
  return node?.address === undefined ? undefined : node;
}

/** A DmqNode, whatever stands in it as its address. */
export function readDeclaredNode(object: unknown): DeclaredNode | undefined {
  const metadata = field(object, 'metadata');
  const spec = field(object, 'spec');
  const [name, uid] = [textField(metadata, 'name'), textField(metadata, 'uid')];
  const written = textField(spec, 'address') ?? '';
  const address = parseNodeUri(written);
  if (name === undefined || uid === undefined) return undefined;
  const status = field(object, 'status');
  const node = {
    name,
    uid,
    generation: numberField(metadata, 'generation') ?? 0,
    observed: field(field(metadata, 'labels'), observedLabel) !== undefined,
    kind: textField(spec, 'kind') === 'pod' ? ('pod' as const) : ('external' as const),
    bus: textField(spec, 'bus') ?? '',
    status: {
      ...given(
        'phase',
        phases.find((phase) => phase === textField(status, 'phase')),
      ),
      ...given('seenBy', textField(status, 'seenBy')),
      ...given('activeFor', numberField(status, 'activeFor')),
      ...given('observers', numberField(status, 'observers')),
      ...given('version', textField(status, 'version')),
      ...given('lastSeen', textField(status, 'lastSeen')),
      ...given('observedGeneration', numberField(status, 'observedGeneration')),
      conditions: listField(status, 'conditions').flatMap(readCondition),
    },
    view: readView(field(status, 'view')),
  };
  return address !== undefined && isIpAddress(address.host)
    ? { ...node, address }
    : { ...node, address: undefined, written };
}

function readCondition(object: unknown): NodeCondition[] {
  const type = conditionTypes.find((one) => one === textField(object, 'type'));
  const status = statuses.find((one) => one === textField(object, 'status'));
  if (type === undefined || status === undefined) return [];
  return [
    {
      type,
      status,
      reason: textField(object, 'reason') ?? '',
      message: textField(object, 'message') ?? '',
      lastTransitionTime: textField(object, 'lastTransitionTime') ?? '',
      observedGeneration: numberField(object, 'observedGeneration') ?? 0,
    },
  ];
}

function readView(object: unknown): NodeViewpoint | undefined {
  const instance = textField(object, 'instance');
  if (instance === undefined) return undefined;
  const texts = (name: string): string[] =>
    listField(object, name).filter((one): one is string => typeof one === 'string');
  return {
    instance,
    software: textField(object, 'software') ?? '',
    active: texts('active'),
    suspected: texts('suspected'),
    notActive: texts('notActive'),
    time: textField(object, 'time') ?? '',
  };
}

function numberField(value: unknown, name: string): number | undefined {
  const number = field(value, name);
  return typeof number === 'number' ? number : undefined;
}

function given<Name extends string, T>(name: Name, value: T | undefined): { [N in Name]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: T };
}
