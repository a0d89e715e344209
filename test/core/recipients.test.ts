import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeEvent } from '../../src/core/node-event.ts';
import { NodeList } from '../../src/core/node-list.ts';
import { nodeKey } from '../../src/core/node-uri.ts';
import { recipients } from '../../src/core/recipients.ts';
import { activeRecord, identityOf, uriOf } from './records.ts';

const two = activeRecord('10.0.0.2');
const three = activeRecord('10.0.0.3');
const hosts = (records: ReturnType<typeof recipients>): string[] => records.map((record) => record.uri.host);

describe('a broadcast goes to', () => {
  it('every active node', () => {
    expect(hosts(recipients([two, three]))).toEqual(['10.0.0.2', '10.0.0.3']);
  });

  it('not the one that is excepted', () => {
    expect(hosts(recipients([two, three], uriOf('10.0.0.2:5060')))).toEqual(['10.0.0.3']);
  });

  it('all when the excepted one is no node of the bus, or another port of its host', () => {
    expect(recipients([two, three], uriOf('10.0.0.9'))).toHaveLength(2);
    expect(recipients([two, three], uriOf('10.0.0.2:5070'))).toHaveLength(2);
  });

  it('exactly the nodes that answered and are neither dead nor gone, without itself and `except`', () => {
    const anyHost = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4');
    const anyEvent = fc
      .tuple(anyHost, fc.constantFrom('answered', 'announced', 'unanswered', 'silent', 'goodbye', 'deleted'))
      .map(([host, evidence]): NodeEvent => ({ kind: 'seen', node: identityOf(host, 'kamailio'), evidence, at: 0 }));
    fc.assert(
      fc.property(fc.array(anyEvent), fc.option(anyHost, { nil: undefined }), (events, except) => {
        const list = new NodeList(uriOf('10.0.0.1'));
        for (const event of events) list.apply(event);
        const expected = [...list.records()]
          .filter(({ claim, verified }) => verified === claim.incarnation && !['dead', 'left'].includes(claim.state))
          .map(({ uri }) => uri.host)
          .filter((host) => host !== '10.0.0.1' && host !== except);
        const found = recipients(list.active(), except === undefined ? undefined : uriOf(except));
        expect(hosts(found).sort()).toEqual(expected.sort());
        expect(new Set(found.map(({ uri }) => nodeKey(uri))).size).toBe(found.length);
      }),
    );
  });
});
