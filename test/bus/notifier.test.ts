import { describe, expect, it } from 'vitest';
import { type Look, Notifier } from '../../src/bus/notifier.ts';
import type { ReplyContent } from '../../src/ports/sip-transport.ts';
import { uriOf } from '../core/records.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import { newDirectory } from './directory-with.ts';
import { RecordedTransport, requestOf } from './recorded-transport.ts';

const userAgent = 'kamailio (5.6.3 (x86_64/linux))';
const line = (host: string, status = 'active'): string => `sip:${host}:5060;status=${status}\r\n`;
const kamailioHost = '10.9.0.1';
const kamailioKey = `udp:${kamailioHost}:5060`;

function newNotifier() {
  const { directory, clock, counters, local, join, end } = newDirectory();
  const transport = new RecordedTransport();
  const hints: string[] = [];
  const doubts: string[] = [];
  const notifier = new Notifier({
    directory,
    transport,
    clock,
    random: new SeededRandom(1),
    counters,
    channel: () => 'notification_peer',
    hint: (uri, kind) => hints.push(`${uri.host} ${kind}`),
    doubt: (key) => doubts.push(key),
  });
  /** A notification from a Kamailio, or whoever is named; what it is answered with. */
  const receive = (body: string, parts: { from?: string; userAgent?: string } = {}): ReplyContent | undefined => {
    let answer: ReplyContent | undefined;
    notifier.receive(requestOf('notification_peer', { from: kamailioHost, userAgent, body, ...parts }), (content) => {
      answer = content;
    });
    return answer;
  };
  const answer = (body: string, server = userAgent): void =>
    transport.answer(kamailioHost, { code: 200, body, server });
  const look = (): Look[] => {
    const looks: Look[] = [];
    notifier.look(uriOf(kamailioHost), 1_000, (found) => looks.push(found));
    return looks;
  };
  return { notifier, directory, clock, counters, local, join, end, transport, hints, doubts, receive, answer, look };
}

describe('a notification', () => {
  it('of a suspected Kamailio: it stays active, and is probed now', () => {
    const { receive, directory, doubts, join, end } = newNotifier();
    join(kamailioHost, 'kamailio');
    end(kamailioHost, 'unanswered');
    receive(line(kamailioHost));
    expect(directory.active().map(({ key, claim }) => [key, claim.state])).toEqual([[kamailioKey, 'alive']]);
    expect(doubts).toEqual([kamailioKey]);
  });

  it('of a Kamailio makes it known, has it looked at, and is answered with this node and the Kamailio nodes: ours name themselves', () => {
    const { receive, directory, hints, join } = newNotifier();
    join('10.0.0.2');
    join('10.9.0.2', 'kamailio');
    expect(receive(line(kamailioHost))).toEqual({
      code: 200,
      contentType: 'text/plain',
      body: line('10.0.0.1') + line('10.9.0.2'),
    });
    expect(hints).toEqual([`${kamailioHost} kamailio`]);
    expect(directory.get(kamailioKey)).toMatchObject({ kind: 'kamailio', claim: { state: 'alive' }, verified: -1 });
  });

  it('that names nobody only asks, and is answered with the whole list', () => {
    const { receive, join } = newNotifier();
    join('10.0.0.2');
    join('10.9.0.2', 'kamailio');
    expect(receive('')?.body).toBe(line('10.0.0.1') + line('10.9.0.2') + line('10.0.0.2'));
  });

  it('with lines that can’t be read is answered; the rest is used, the lines are counted', () => {
    const { receive, directory, counters } = newNotifier();
    expect(receive(`nonsense\r\n${line(kamailioHost)}sip:10.0.0.3;status=asleep\r\n`)?.code).toBe(200);
    expect(directory.get(kamailioKey)).toBeDefined();
    expect(counters.value('notification_lines_skipped', 'unreadable')).toBe(2);
  });

  it.each([
    ['active: it is looked for', 'active', ['10.0.0.7 unknown'], []],
    ['disabled: it is doubted, no more', 'disabled', [], ['udp:10.0.0.7:5060']],
    ['not_active: that is no news', 'not_active', [], []],
  ])('that calls a third node %s', (_what, status, hinted, doubted) => {
    const { receive, directory, hints, doubts } = newNotifier();
    receive(line('10.0.0.7', status));
    expect([hints, doubts]).toEqual([hinted, doubted]);
    expect([...directory.records()]).toEqual([]);
  });

  it('about this node changes nothing', () => {
    const { receive, local, hints, doubts } = newNotifier();
    receive(line('10.0.0.1', 'disabled'));
    expect([local.leaving, local.incarnation, hints, doubts]).toEqual([false, 1_000, [], []]);
  });

  it('that says goodbye for its sender is believed, once it is known', () => {
    const { receive, directory, join } = newNotifier();
    receive(line(kamailioHost, 'disabled'));
    expect(directory.get(kamailioKey)).toBeUndefined();
    join(kamailioHost, 'kamailio');
    receive(line(kamailioHost, 'disabled'));
    expect(directory.get(kamailioKey)?.claim.state).toBe('left');
  });

  it('in the name of another address is hearsay: nobody says goodbye for another', () => {
    const { notifier, directory, join, doubts } = newNotifier();
    join(kamailioHost, 'kamailio');
    const forged = requestOf('notification_peer', {
      from: kamailioHost,
      userAgent,
      body: line(kamailioHost, 'disabled'),
    });
    notifier.receive({ ...forged, source: { ...forged.source, address: '10.6.6.6' } }, () => {});
    expect(directory.get(kamailioKey)?.claim.state).toBe('alive');
    expect(doubts).toEqual([kamailioKey]);
  });

  it('of one of our own nodes only has it looked at: they have a channel of their own', () => {
    const { receive, hints } = newNotifier();
    const answer = receive(line('10.0.0.7') + line('10.0.0.2'), { from: '10.0.0.2', userAgent: 'kdmq/1.0.0' });
    expect(answer?.body).toBe(line('10.0.0.1'));
    expect(hints).toEqual(['10.0.0.2 kdmq']);
  });

  it('with thousands of lines has a hundred addresses looked at', () => {
    const { receive, hints } = newNotifier();
    receive(Array.from({ length: 1_500 }, (_, index) => line(`10.5.${index >> 8}.${index & 255}`)).join(''));
    expect(hints).toHaveLength(100);
  });
});

describe('a look', () => {
  it('names nobody, and makes the Kamailio that answers active', () => {
    const { look, transport, answer, directory, hints } = newNotifier();
    const looks = look();
    expect(transport.sent[0]!.request).toMatchObject({ channel: 'notification_peer', body: '', maxForwards: 1 });
    answer(line('10.0.0.7') + line(kamailioHost));
    expect(looks).toMatchObject([{ kind: 'found', software: 'kamailio' }]);
    expect(directory.active().map(({ uri }) => uri.host)).toEqual([kamailioHost]);
    expect(hints).toEqual(['10.0.0.7 unknown']);
  });

  it('that one of ours answers leaves it to be probed', () => {
    const { look, answer, directory } = newNotifier();
    const looks = look();
    answer(line('10.0.0.2'), 'kdmq/1.0.0');
    expect(looks).toMatchObject([{ kind: 'found', software: 'kdmq' }]);
    expect(directory.activeCount).toBe(0);
  });

  it('that is refused or not answered finds nobody', () => {
    const { look, transport, directory } = newNotifier();
    const refused = look();
    transport.answer(kamailioHost, { code: 403 });
    const silent = look();
    transport.fail(kamailioHost, 'timeout');
    expect([refused[0], silent[0]]).toMatchObject([{ kind: 'refused', code: 403 }, { kind: 'unanswered' }]);
    expect(directory.activeCount).toBe(0);
  });
});

describe('a Kamailio that said goodbye', () => {
  it.each([
    ['answers within ten seconds: it is still stopping', 9_999, 'left'],
    ['answers later: it runs again and nobody told us', 10_000, 'alive'],
  ])('and %s', (_what, ms, state) => {
    const { look, answer, clock, directory, join, end } = newNotifier();
    join(kamailioHost, 'kamailio');
    end(kamailioHost, 'goodbye');
    clock.advance(ms);
    look();
    answer(line(kamailioHost));
    expect(directory.get(kamailioKey)?.claim.state).toBe(state);
  });
});

describe('a ping', () => {
  it('that one of ours answers found no Kamailio: another runs there now', () => {
    const { notifier, answer, hints, look } = newNotifier();
    look();
    answer(line('10.0.0.1') + line(kamailioHost));
    const answers: boolean[] = [];
    notifier.ping(uriOf(kamailioHost), 1_000, (answered) => answers.push(answered));
    answer(line(kamailioHost), 'kdmq/1.0.0');
    expect(answers).toEqual([false]);
    expect(hints).toContain(`${kamailioHost} kdmq`);
  });
});

describe('a goodbye', () => {
  it('with no Kamailio to tell is done at once', () => {
    let done = 0;
    newNotifier().notifier.goodbye(1_000, () => done++);
    expect(done).toBe(1);
  });

  it('asks a Kamailio that may have heard of this node from others, and is said only where it has', () => {
    const { notifier, transport, answer, join } = newNotifier();
    join(kamailioHost, 'kamailio');
    let done = 0;
    notifier.goodbye(1_000, () => done++);
    expect(transport.sent.map(({ request }) => request.body)).toEqual(['']);
    answer(line('10.0.0.1') + line(kamailioHost));
    expect(transport.sent.map(({ request }) => request.body)).toEqual(['', line('10.0.0.1', 'disabled')]);
    expect(done).toBe(0);
    answer(line(kamailioHost));
    expect(done).toBe(1);
  });

  it('is not said to a Kamailio that never heard of this node', () => {
    const { notifier, transport, answer, join } = newNotifier();
    join(kamailioHost, 'kamailio');
    let done = 0;
    notifier.goodbye(1_000, () => done++);
    answer(line(kamailioHost));
    expect([transport.sent.length, done]).toEqual([1, 1]);
  });
});
