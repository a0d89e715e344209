import { closestName } from '../closest-name.ts';
import { splitMqueueText, type WrittenAttribute } from '../mqueue/mqueue-text.ts';
import { kindOf, meant } from '../settings/setting-format.ts';
import type { Binding, BindingProblem } from './binding.ts';
import {
  BINDING_ATTRIBUTE_NAMES,
  BINDING_ATTRIBUTES,
  type BindingAttribute,
  type BindingAttributes,
  OUTBOUND_ATTRIBUTES,
} from './binding-attributes.ts';

export interface BindingsReading {
  readonly bindings: readonly Binding[];
  readonly problems: readonly BindingProblem[];
}

const EXAMPLES = 'a binding, as channel=x;queue=y or queue=z;channel=x;mode=broadcast';

/**
 * Reads bindings as any source has them: texts of attributes, a map of them, or a list of both. Names every mistake in each; whether they go
 * together, and with the queues, is seen later.
 */
export function readBindings(raw: unknown): BindingsReading {
  const problems: BindingProblem[] = [];
  const bindings: Binding[] = [];
  const written = writtenIn(raw, problems);
  written.forEach((attributes, index) => {
    const binding = readBinding(attributes, `binding ${index + 1}`, problems);
    if (binding !== undefined) bindings.push(binding);
  });
  return { bindings, problems };
}

type Written = readonly WrittenAttribute[];

function writtenIn(raw: unknown, problems: BindingProblem[]): readonly Written[] {
  if (Array.isArray(raw)) return raw.flatMap((item: unknown) => writtenIn(item, problems));
  if (typeof raw === 'string') return splitMqueueText(raw, ['channel', 'queue']);
  if (typeof raw === 'object' && raw !== null) return [Object.entries(raw)];
  problems.push({ binding: '', attribute: undefined, value: raw, problem: `is ${kindOf(raw)}`, expected: EXAMPLES });
  return [];
}

function readBinding(written: Written, place: string, problems: BindingProblem[]): Binding | undefined {
  // A YAML key without a value is as good as none.
  const attributes = written.filter(([, value]) => value !== null);
  const given: Partial<Record<BindingAttribute, unknown>> = {};
  const found: BindingProblem[] = [];
  const seen = new Set<string>();
  const text = (name: string): string => String(attributes.find(([attribute]) => attribute === name)?.[1] ?? '?');
  const binding = `${place} (channel ${text('channel')}, queue ${text('queue')})`.slice(0, 200);
  const at = (attribute: string | undefined, problem: string, expected: string | undefined, value?: unknown): void => {
    found.push({ binding, attribute, value, problem, expected });
  };
  for (const [attribute, value] of attributes) {
    if (!isAttribute(attribute)) at(attribute, 'is not an attribute of a binding', attributeMeant(attribute));
    else if (seen.has(attribute)) at(attribute, 'is given twice', 'each attribute once', value);
    else if (value === undefined)
      at(attribute, 'has no value', `${attribute}= and ${BINDING_ATTRIBUTES[attribute].expected}`);
    else {
      const { expected, read } = BINDING_ATTRIBUTES[attribute];
      const reading = read(value);
      if (reading.ok) given[attribute] = reading.value;
      else at(attribute, `${reading.problem}${meant(reading.suggestion)}`, expected, value);
    }
    seen.add(attribute);
  }
  for (const attribute of ['channel', 'queue'] as const) {
    if (!seen.has(attribute)) at(undefined, `has no ${attribute}`, EXAMPLES);
  }
  // Each value is what the format of its attribute gave.
  const values = given as Partial<BindingAttributes>;
  const first = attributes.map(([attribute]) => attribute).find((name) => name === 'channel' || name === 'queue');
  found.push(...contradictions(values, seen, first, binding));
  for (const problem of found) problems.push(problem);
  const { channel, queue } = values;
  return found.length > 0 || channel === undefined || queue === undefined
    ? undefined
    : withDefaults(channel, queue, values);
}

/** What the attributes of one binding say against each other. */
function contradictions(
  values: Partial<BindingAttributes>,
  seen: ReadonlySet<string>,
  first: string | undefined,
  binding: string,
): BindingProblem[] {
  const problems: BindingProblem[] = [];
  const at = (attribute: string | undefined, problem: string, expected: string): void => {
    problems.push({ binding, attribute, problem, expected });
  };
  const { mode, target, retry_ms, retry_max_ms } = values;
  const only = OUTBOUND_ATTRIBUTES.filter((attribute) => seen.has(attribute));
  if (!seen.has('mode') && only.length > 0) {
    at(only[0], 'goes with mode only', 'mode=broadcast or mode=send, if what is in the queue is to be sent');
  } else if (!seen.has('mode') && first === 'queue') {
    const way =
      'mode=broadcast or mode=send, if what is in the queue is to be sent; else the channel first, then the queue';
    at(undefined, 'has the queue first and no mode', way);
  }
  if (seen.has('mode') && seen.has('key')) at('key', 'goes with a binding without mode only', 'no key');
  if (mode === 'send' && !seen.has('target'))
    at(undefined, 'has no target', `target= and ${BINDING_ATTRIBUTES.target.expected}`);
  if (mode === 'broadcast' && seen.has('target')) at('target', 'goes with mode=send only', 'mode=send, or no target');
  if (seen.has('transport') && (target === undefined || target === 'key')) {
    at('transport', 'goes with the SIP URI of a target only', 'target=sip:10.1.2.3:5060;transport=tcp');
  }
  if (retry_ms !== undefined && retry_max_ms !== undefined && retry_max_ms < retry_ms)
    at('retry_max_ms', `is below retry_ms, ${retry_ms}`, `${retry_ms} or more`);
  return problems;
}

const DEFAULTS = { timeoutMs: 5_000, retryMs: 500, retryMaxMs: 30_000 } as const;

function withDefaults(channel: string, queue: string, given: Partial<BindingAttributes>): Binding {
  const { mode, target, transport } = given;
  if (mode === undefined) return { kind: 'inbound', channel, queue, key: given.key ?? { kind: 'from' } };
  return {
    kind: 'outbound',
    queue,
    channel,
    recipients:
      target === undefined
        ? { kind: 'all' }
        : target === 'key'
          ? { kind: 'key' }
          : { kind: 'node', uri: { ...target, transport: transport ?? target.transport } },
    contentType: given.content_type ?? 'text/plain',
    timeoutMs: given.timeout_ms ?? DEFAULTS.timeoutMs,
    retryMs: given.retry_ms ?? Math.min(DEFAULTS.retryMs, given.retry_max_ms ?? DEFAULTS.retryMs),
    retryMaxMs: given.retry_max_ms ?? Math.max(DEFAULTS.retryMaxMs, given.retry_ms ?? 0),
    concurrency: given.concurrency ?? 1,
  };
}

function isAttribute(name: string): name is BindingAttribute {
  return Object.hasOwn(BINDING_ATTRIBUTES, name);
}

function attributeMeant(written: string): string {
  const closest = closestName(written, BINDING_ATTRIBUTE_NAMES);
  return closest === undefined ? `one of ${BINDING_ATTRIBUTE_NAMES.join(', ')}` : `${closest}, if that was meant`;
}
