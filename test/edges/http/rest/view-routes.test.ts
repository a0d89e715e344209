import { expect, it } from 'vitest';
import type { SaidList } from '../../../../src/index.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { startNode } from '../../../running-node.ts';
import { measured, sees } from '../../../waiting.ts';
import { RunningRest } from './running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

interface Views {
  readonly askedAt: string;
  readonly views: readonly SaidList[];
}

it('the views are the list of each node, as it says it itself', async () => {
  await using rest = await RunningRest.start(nextAddress());
  const settings = { notification_address: rest.node.uri };
  await using other = await startNode({ server_address: `sip:${nextAddress()}:5060`, ...settings });
  await sees(rest.running, [other.uri]);
  await sees(other, [rest.node.uri]);
  const { askedAt, views } = await rest.get<Views>('/views');
  expect(Math.abs(Date.now() - Date.parse(askedAt))).toBeLessThan(10_000);
  const nodes = expect.arrayContaining([
    { uri: rest.node.uri, status: 'active' },
    { uri: other.uri, status: 'active' },
  ]);
  expect(views).toEqual([
    { uri: rest.node.uri, kind: 'kdmq', local: true, partial: false, nodes },
    { uri: other.uri, kind: 'kdmq', local: false, partial: false, nodes, roundTripMs: expect.any(Number) },
  ]);
});

it('the nodes are asked once a second, however many ask here', async () => {
  await using rest = await RunningRest.start(nextAddress());
  await using other = await startNode({
    server_address: `sip:${nextAddress()}:5060`,
    notification_address: rest.node.uri,
  });
  await sees(rest.running, [other.uri]);
  const asked = (): number => rest.running.counter('views_asked', 'answered');
  const answers = await Promise.all(Array.from({ length: 20 }, () => rest.get<Views>('/views')));
  expect(new Set(answers.map(({ askedAt }) => askedAt)).size).toBe(1);
  expect(asked()).toBe(1);
  await measured(5_000, async () => {
    await rest.get('/views');
    expect(asked()).toBe(2);
  });
  expect(Date.now() - Date.parse(answers[0]!.askedAt)).toBeGreaterThanOrEqual(990);
});
