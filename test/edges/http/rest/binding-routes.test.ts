import { expect, it } from 'vitest';
import { loopbackAddresses } from '../../../loopback.ts';
import { RunningRest } from './running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

it('shows the bindings of the configuration, with what came of their messages', async () => {
  await using rest = await RunningRest.start(nextAddress(), {
    mqueue: ['name=incoming', 'name=outgoing;lease_ms=30000'],
    bindings: ['channel=events;queue=incoming', 'queue=outgoing;channel=orders;mode=broadcast'],
  });
  await rest.node.joined();
  expect(await rest.get('/bindings')).toEqual({
    bindings: [
      {
        name: 'channel events to queue incoming',
        direction: 'inbound',
        channel: 'events',
        queue: 'incoming',
        definition: 'channel=events;queue=incoming;key=from',
        state: 'ready',
        counts: { stored: 0, full: 0, too_large: 0, unavailable: 0 },
      },
      {
        name: 'queue outgoing to channel orders',
        direction: 'outbound',
        channel: 'orders',
        queue: 'outgoing',
        mode: 'broadcast',
        definition: expect.stringMatching(/^queue=outgoing;channel=orders;mode=broadcast;/),
        state: 'ready',
        counts: { delivered: 0, failed: 0, unsendable: 0 },
      },
    ],
  });
});

it('shows an empty list where nothing is bound', async () => {
  await using rest = await RunningRest.start(nextAddress());
  expect(await rest.get('/bindings')).toEqual({ bindings: [] });
});
