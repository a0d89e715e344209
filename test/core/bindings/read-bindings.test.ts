import { describe, expect, it } from 'vitest';
import type { Binding, BindingProblem } from '../../../src/core/bindings/binding.ts';
import { readBindings } from '../../../src/core/bindings/read-bindings.ts';
import { writeBinding } from '../../../src/core/bindings/write-binding.ts';

const inbound: Binding = { kind: 'inbound', channel: 'events', queue: 'incoming', key: { kind: 'from' } };
const outbound: Binding = {
  kind: 'outbound',
  queue: 'outgoing',
  channel: 'events',
  recipients: { kind: 'all' },
  contentType: 'text/plain',
  timeoutMs: 5_000,
  retryMs: 500,
  retryMaxMs: 30_000,
  concurrency: 1,
};
const uri = { host: '10.0.0.9', port: 5060, transport: 'udp' } as const;
const in1 = 'channel=events;queue=incoming';
const out1 = 'queue=outgoing;channel=events;mode=broadcast';

describe('bindings as they are written', () => {
  it.each<readonly [string, unknown, readonly Binding[]]>([
    ['a channel and a queue', in1, [inbound]],
    ['with a ; at the end and blanks', ' channel = events ; queue=incoming; ', [inbound]],
    ['a map', { channel: 'events', queue: 'incoming' }, [inbound]],
    ['a map with nothing in some places', { channel: 'events', queue: 'incoming', key: null, mode: null }, [inbound]],
    [
      'a list of texts and maps',
      [in1, { queue: 'outgoing', channel: 'events', mode: 'broadcast' }],
      [inbound, outbound],
    ],
    ['two in a line', `${in1} ${out1}`, [inbound, outbound]],
    ['two in a line, each with a ; at its end', `${in1}; ${out1};`, [inbound, outbound]],
    ['two lines', `${in1}\n${out1}\n`, [inbound, outbound]],
    ['none', [], []],
    ['the Call-ID as the key', `${in1};key=call_id`, [{ ...inbound, key: { kind: 'call_id' } }]],
    ['the Call-ID as SIP writes it', `${in1};key=Call-ID`, [{ ...inbound, key: { kind: 'call_id' } }]],
    ['a header as the key', `${in1};key=header:X-Id`, [{ ...inbound, key: { kind: 'header', name: 'X-Id' } }]],
    [
      'a target',
      'queue=outgoing;channel=events;mode=send;target=sip:10.0.0.9:5060',
      [{ ...outbound, recipients: { kind: 'node', uri } }],
    ],
    [
      'a target whose transport is an attribute of a text by itself',
      'queue=outgoing;channel=events;mode=send;target=sip:10.0.0.9:5060;transport=tcp',
      [{ ...outbound, recipients: { kind: 'node', uri: { ...uri, transport: 'tcp' } } }],
    ],
    [
      'a target with its transport in a map',
      { queue: 'outgoing', channel: 'events', mode: 'send', target: 'sip:10.0.0.9:5060;transport=tcp' },
      [{ ...outbound, recipients: { kind: 'node', uri: { ...uri, transport: 'tcp' } } }],
    ],
    [
      'the key of each item as its target',
      'queue=outgoing;channel=events;mode=send;target=key',
      [{ ...outbound, recipients: { kind: 'key' } }],
    ],
    [
      'times, type and number',
      `${out1};content_type=application/json;timeout_ms=900;retry_ms=100;retry_max_ms=200;concurrency=8`,
      [
        {
          ...outbound,
          contentType: 'application/json',
          timeoutMs: 900,
          retryMs: 100,
          retryMaxMs: 200,
          concurrency: 8,
        },
      ],
    ],
    [
      'a first pause above the usual longest',
      `${out1};retry_ms=60000`,
      [{ ...outbound, retryMs: 60_000, retryMaxMs: 60_000 }],
    ],
    [
      'a longest pause below the usual first',
      `${out1};retry_max_ms=50`,
      [{ ...outbound, retryMs: 50, retryMaxMs: 50 }],
    ],
  ])('%s', (_, raw, bindings) => {
    const reading = readBindings(raw);
    expect(reading).toEqual({ bindings, problems: [] });
    expect(readBindings(reading.bindings.map(writeBinding))).toEqual({ bindings, problems: [] });
  });

  const said = ({ binding, attribute, problem, expected }: BindingProblem): string =>
    [binding, attribute, problem, expected].filter((part) => part !== undefined).join(' | ');
  const place = 'binding 1 (channel events, queue outgoing)';

  it.each<readonly [string, unknown, readonly string[]]>([
    [
      'nothing but a word',
      'hello',
      [
        'binding 1 (channel ?, queue ?) | hello | is not an attribute of a binding | one of channel, queue, key, mode, target, transport, content_type, timeout_ms, retry_ms, retry_max_ms, concurrency',
        'binding 1 (channel ?, queue ?) | has no channel | a binding, as channel=x;queue=y or queue=z;channel=x;mode=broadcast',
        'binding 1 (channel ?, queue ?) | has no queue | a binding, as channel=x;queue=y or queue=z;channel=x;mode=broadcast',
      ],
    ],
    ['a number', 5, [' | is a number | a binding, as channel=x;queue=y or queue=z;channel=x;mode=broadcast']],
    [
      'a misspelt attribute',
      `${out1};retries=3;retry_mss=5`,
      [
        `${place} | retries | is not an attribute of a binding | one of channel, queue, key, mode, target, transport, content_type, timeout_ms, retry_ms, retry_max_ms, concurrency`,
        `${place} | retry_mss | is not an attribute of a binding | retry_ms, if that was meant`,
      ],
    ],
    [
      'a queue first without a mode',
      'queue=outgoing;channel=events',
      [
        `${place} | has the queue first and no mode | mode=broadcast or mode=send, if what is in the queue is to be sent; else the channel first, then the queue`,
      ],
    ],
    [
      'a target without a mode',
      'channel=events;queue=outgoing;target=sip:10.0.0.9:5060',
      [`${place} | target | goes with mode only | mode=broadcast or mode=send, if what is in the queue is to be sent`],
    ],
    ['a key with a mode', `${out1};key=from`, [`${place} | key | goes with a binding without mode only | no key`]],
    [
      'mode send without a target',
      'queue=outgoing;channel=events;mode=send',
      [
        `${place} | has no target | target= and the SIP URI of a node with its IP address, for example sip:10.1.2.3:5060, or key: the key of each item names it`,
      ],
    ],
    [
      'mode broadcast with a target',
      `${out1};target=sip:10.0.0.9:5060`,
      [`${place} | target | goes with mode=send only | mode=send, or no target`],
    ],
    [
      'a transport without a target',
      `${out1};transport=tcp`,
      [`${place} | transport | goes with the SIP URI of a target only | target=sip:10.1.2.3:5060;transport=tcp`],
    ],
    [
      'a longest pause below the first',
      `${out1};retry_ms=500;retry_max_ms=100`,
      [`${place} | retry_max_ms | is below retry_ms, 500 | 500 or more`],
    ],
    ['an attribute twice', `${out1};mode=send`, [`${place} | mode | is given twice | each attribute once`]],
    [
      'an attribute without a value',
      `${out1};retry_ms`,
      [`${place} | retry_ms | has no value | retry_ms= and a whole number of milliseconds from 10 to 3600000`],
    ],
    [
      'a wrong value',
      `${out1};concurrency=0`,
      [`${place} | concurrency | is below 1 | a whole number of items from 1 to 1000`],
    ],
    [
      'a mode that is none',
      'queue=outgoing;channel=events;mode=multicast',
      [`${place} | mode | is not known | one of broadcast, send`],
    ],
    [
      'a target that is a name',
      'queue=outgoing;channel=events;mode=send;target=sip:kamailio.example.org',
      [
        `${place} | target | names a host: each Kamailio on the bus would have to look kamailio.example.org up, so give its IP address | the SIP URI of a node with its IP address, for example sip:10.1.2.3:5060, or key: the key of each item names it`,
      ],
    ],
    [
      'a channel that can not be one',
      'channel=a@b;queue=outgoing',
      [
        "binding 1 (channel a@b, queue outgoing) | channel | can't be the user part of a SIP URI | 1 to 64 characters of a SIP URI's user part: letters, digits and - _ . ! ~ * ' ( ) & = + $ , /",
      ],
    ],
    [
      'a second binding that is wrong',
      [in1, { channel: 'other', queue: 'x y' }],
      [
        "binding 2 (channel other, queue x y) | queue | can't be the name of a queue | 1 to 64 letters, digits, - _ or .",
      ],
    ],
  ])('%s is named', (_, raw, problems) => {
    expect(readBindings(raw).problems.map(said)).toEqual(problems);
  });
});
