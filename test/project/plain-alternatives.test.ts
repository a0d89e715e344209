import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/core/settings/settings-schema.ts';
import { plainAlternatives } from './plain-alternatives.ts';

const schema = settingsSchema();
const ajv = new Ajv2020({ strict: false });
const before = ajv.compile(schema);
const after = ajv.compile(plainAlternatives(schema) as object);

describe('a schema without alternatives', () => {
  it('has none of them left', () => {
    expect(JSON.stringify(plainAlternatives(schema))).not.toContain('anyOf');
  });

  it.each<[boolean, object]>([
    [true, {}],
    [true, { mqueue: 'name=a' }],
    [true, { mqueue: null }],
    [true, { mqueue: ['name=a', { name: 'b', size: '7', durability: null }] }],
    [true, { mqueue: { a: { size: 7 }, b: null, c: 'size=1' } }],
    [true, { mqueue: { name: { size: 7 } } }],
    [true, { mqueue: { name: 'a', size: 7 } }],
    [true, { bindings: [{ channel: 'x', queue: 'y', mode: 'broadcast', target: null }, 'channel=x;queue=z'] }],
    [true, { http_listen: false, listen: ['udp:*:5060'] }],
    [true, { http_token_review_read: ['user:alice', 'group:b'] }],
    [false, { mqueue: 5 }],
    [false, { mqueue: ['calls'] }],
    [false, { mqueue: [{ size: 7 }] }],
    [false, { mqueue: [{ name: 'a', size: -7 }] }],
    [false, { mqueue: { a: { sise: 7 } } }],
    [false, { mqueue: { 'a b': {} } }],
    [false, { mqueue: { name: 'a', sise: 7 } }],
    [false, { bindings: [{ channel: 'x' }] }],
    [false, { bindings: { channel: 'x', queue: 'y', mode: 'bcast' } }],
    [false, { http_listen: true }],
    [false, { ping_interval: 0 }],
    [false, { http_token_review_read: 'alice' }],
  ])('takes what the other one takes, and nothing else: %j %j', (isRight, value) => {
    expect({ before: before(value), after: after(value) }).toEqual({ before: isRight, after: isRight });
  });
});
