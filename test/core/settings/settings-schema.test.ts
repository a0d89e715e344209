import { describe, expect, it } from 'vitest';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../../../src/core/settings/setting-declarations.ts';
import { settingsSchema } from '../../../src/core/settings/settings-schema.ts';

type Part = Readonly<Record<string, unknown>>;

/** As much of JSON Schema as the settings use. */
function accepts(schema: Part, value: unknown): boolean {
  const { type, anyOf, pattern, minimum, maximum, minLength, maxLength, items } = schema;
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) return false;
  if (type !== undefined && ![type].flat().some((name) => isOf(String(name), value))) return false;
  if (Array.isArray(anyOf) && !anyOf.some((part: Part) => accepts(part, value))) return false;
  if (typeof value === 'string') {
    if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) return false;
    if (typeof minLength === 'number' && value.length < minLength) return false;
    if (typeof maxLength === 'number' && value.length > maxLength) return false;
  }
  if (typeof value === 'number') {
    if (typeof minimum === 'number' && value < minimum) return false;
    if (typeof maximum === 'number' && value > maximum) return false;
  }
  if (Array.isArray(value)) return items === undefined || value.every((item) => accepts(items as Part, item));
  return typeof value !== 'object' || value === null || acceptsMap(schema, value);
}

function acceptsMap(schema: Part, map: object): boolean {
  const { properties = {}, required = [], propertyNames = {}, additionalProperties = {} } = schema;
  if (!(required as string[]).every((name) => Object.hasOwn(map, name))) return false;
  return Object.entries(map).every(([name, value]) => {
    if (!accepts(propertyNames as Part, name)) return false;
    const known = (properties as Record<string, Part>)[name];
    if (known !== undefined) return accepts(known, value);
    return additionalProperties !== false && accepts(additionalProperties as Part, value);
  });
}

/** All words of a schema, within its parts too. */
function wordsOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(wordsOf);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([word, part]) => {
    const inside = word === 'properties' ? Object.values(part as object) : word === 'enum' ? [] : part;
    return [word, ...wordsOf(inside)];
  });
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

const schema = settingsSchema() as { properties: Record<string, Part> };
const of = (name: string): Part => schema.properties[name] as Part;

describe('the JSON Schema of the configuration file', () => {
  it('is a draft 2020-12 schema that knows each setting and nothing else', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      additionalProperties: false,
    });
    expect(Object.keys(schema.properties)).toEqual(SETTING_NAMES);
  });

  it('uses only the words that this test can check', () => {
    const known = ['anyOf', 'type', 'enum', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'items'];
    known.push('properties', 'required', 'propertyNames', 'additionalProperties');
    const words = new Set(SETTING_NAMES.flatMap((name) => wordsOf(SETTING_DECLARATIONS[name].format.schema)));
    expect([...words].filter((word) => !known.includes(word))).toEqual([]);
  });

  it.each(SETTING_NAMES)('describes %s and gives a default that it accepts', (name) => {
    expect(of(name).description).toMatch(/\.$/);
    if ('default' in of(name)) expect(accepts(of(name), of(name).default)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['multi_notify', true],
    ['multi_notify', 'off'],
    ['multi_notify', 1],
    ['multi_notify', 'maybe'],
    ['multi_notify', 2],
    ['ping_interval', 10],
    ['ping_interval', '10'],
    ['ping_interval', 0],
    ['ping_interval', 1.5],
    ['ping_interval', '10s'],
    ['probe_interval', 0.2],
    ['probe_interval', '0.2'],
    ['probe_interval', 0.01],
    ['server_address', 'sip:10.0.0.1:5060'],
    ['server_address', '10.0.0.1:5060'],
    ['server_address', 5060],
    ['notification_address', 'sip:a sip:b'],
    ['notification_address', ['sip:a', 'sip:b']],
    ['notification_address', ['a']],
    ['notification_address', [5060]],
    ['listen', ['udp:10.0.0.1:5060', 'tcp:*:5060']],
    ['listen', 5060],
    ['admission', 'cidr:10.0.0.0/8'],
    ['admission', 'privat'],
    ['log_level', 'warn'],
    ['log_level', 'warning'],
    ['notification_channel', 'a b'],
    ['tls_certificate', '/c'],
    ['num_workers', [2]],
    ['http_tls_client_write', 'dns:a.example, uri:spiffe://voice/b'],
    ['http_tls_client_write', ['cn:ops']],
    ['http_tls_client_write', 'operator'],
    ['bindings', 'queue = z; channel = x; mode = broadcast'],
    ['bindings', 'channel=x'],
    ['mqueue', 'name=a;size=2'],
    ['mqueue', 'a'],
    ['mqueue', 5],
    ['mqueue', []],
    [
      'mqueue',
      ['name=a', { name: 'b', size: 20, dbmode: 1, addmode: 'keep_old', max_bytes: '64Mi', durability: null }],
    ],
    ['mqueue', [{ name: 'b', dbmode: 'save', lease_ms: '5', max_deliveries: 2 }]],
    ['mqueue', [{ size: 20 }]],
    ['mqueue', [{ name: 'b', siz: 20 }]],
    ['mqueue', [{ name: 'b c' }]],
    ['mqueue', [{ name: 5 }]],
    ['mqueue', [{ name: 'b', size: -1 }]],
    ['mqueue', [{ name: 'b', dbmode: 4 }]],
    ['mqueue', [{ name: 'b', max_bytes: '64MB' }]],
    ['mqueue', [5]],
    ['mqueue', { name: 'a', size: 2 }],
    ['mqueue', { a: { size: 2 }, b: 'size=3;dbmode=1', c: null }],
    ['mqueue', { a: { siz: 2 } }],
    ['mqueue', { a: 5 }],
    ['mqueue', { 'a b': null }],
    ['mqueue', { size: 20 }],
    ['db_url', 'redis+sentinel://a,b/m'],
    ['db_url', 'mysql://a'],
    ['partition', 3],
    ['partition', 'a b'],
    ['cluster_name', 'KDMQ'],
    ['mqueue_total_bytes', '512Mi'],
    ['mqueue_total_bytes', '512MB'],
    ['mqueue_orphan_after', 14],
    ['db_replicas', 11],
    ['data_fsync', 'everysec'],
  ])('says about %s: %j what the node says', (name, value) => {
    const { format } = SETTING_DECLARATIONS[name as keyof typeof SETTING_DECLARATIONS];
    expect(accepts(of(name), value)).toBe(format.read(value).ok);
  });
});
