import { MQUEUE_ATTRIBUTES } from '../mqueue/mqueue-attributes.ts';
import type { NodeUri, TransportName } from '../node-uri.ts';
import { serverAddressFormat } from '../settings/address-formats.ts';
import { kindOf, right, type SettingFormat, wrong } from '../settings/setting-format.ts';
import { channelFormat, choice, wholeNumber } from '../settings/setting-formats.ts';
import type { ItemKey } from './binding.ts';

/** The attributes of a binding as they are written. What is left out is undefined. */
export interface BindingAttributes {
  readonly channel: string;
  readonly queue: string;
  readonly key: ItemKey;
  readonly mode: 'broadcast' | 'send';
  readonly target: NodeUri | 'key';
  readonly transport: TransportName;
  readonly content_type: string;
  readonly timeout_ms: number;
  readonly retry_ms: number;
  readonly retry_max_ms: number;
  readonly concurrency: number;
}

export type BindingAttribute = keyof BindingAttributes;

type AttributeFormat<T> = Pick<SettingFormat<T>, 'expected' | 'schema' | 'read'>;

/** RFC 3261 25.1 `token`. */
const HEADER = /^header:([A-Za-z0-9\-.!%*_+`'~]{1,64})$/i;
const MEDIA_TYPE = /^[A-Za-z0-9\-.!%*_+`'~]+\/[A-Za-z0-9\-.!%*_+`'~]+$/;

const itemKey: AttributeFormat<ItemKey> = {
  expected: 'one of from, call_id, or header: and the name of a header, for example header:X-Id',
  schema: { type: 'string', pattern: "^(?:from|call_id|[hH][eE][aA][dD][eE][rR]:[A-Za-z0-9\\-.!%*_+`'~]{1,64})$" },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    const name = HEADER.exec(raw.trim())?.[1];
    if (name !== undefined) return right({ kind: 'header', name });
    const word = choice(['from', 'call_id']).read(raw.replaceAll('-', '_'));
    return word.ok ? right({ kind: word.value }) : word;
  },
};

const target: AttributeFormat<NodeUri | 'key'> = {
  expected:
    'the SIP URI of a node with its IP address, for example sip:10.1.2.3:5060, or key: the key of each item names it',
  schema: { type: 'string', pattern: '^\\s*(?:key|[sS][iI][pP][sS]?:.*)\\s*$' },
  read(raw) {
    if (typeof raw === 'string' && raw.trim().toLowerCase() === 'key') return right('key');
    return serverAddressFormat.read(raw);
  },
};

const mediaType: AttributeFormat<string> = {
  expected: 'a media type, for example application/json',
  schema: { type: 'string', pattern: MEDIA_TYPE.source },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    return MEDIA_TYPE.test(raw.trim()) ? right(raw.trim()) : wrong('is not a media type');
  },
};

/** How each attribute is written. */
export const BINDING_ATTRIBUTES: { readonly [Name in BindingAttribute]: AttributeFormat<BindingAttributes[Name]> } = {
  channel: channelFormat,
  queue: MQUEUE_ATTRIBUTES.name,
  key: itemKey,
  mode: choice(['broadcast', 'send']),
  target,
  transport: choice(['udp', 'tcp', 'tls']),
  content_type: mediaType,
  timeout_ms: wholeNumber({ min: 100, max: 300_000, unit: 'milliseconds' }),
  retry_ms: wholeNumber({ min: 10, max: 3_600_000, unit: 'milliseconds' }),
  retry_max_ms: wholeNumber({ min: 10, max: 3_600_000, unit: 'milliseconds' }),
  concurrency: wholeNumber({ min: 1, max: 1_000, unit: 'items' }),
};

export const BINDING_ATTRIBUTE_NAMES = Object.keys(BINDING_ATTRIBUTES) as readonly BindingAttribute[];

/** What goes with `mode` only. */
export const OUTBOUND_ATTRIBUTES: readonly BindingAttribute[] = [
  'target',
  'transport',
  'content_type',
  'timeout_ms',
  'retry_ms',
  'retry_max_ms',
  'concurrency',
];
