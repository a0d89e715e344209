import { describe, expect, it } from 'vitest';
import { ChannelError, PeerRegistry } from '../../src/core/peer-registry.ts';

const registry = () => new PeerRegistry<{ name: string }>(['kdmq', 'notification_peer']);

function codeOf(register: () => unknown): string | undefined {
  try {
    register();
    return undefined;
  } catch (error) {
    return error instanceof ChannelError ? error.code : 'another error';
  }
}

describe('a channel', () => {
  it('leads to its peer', () => {
    const peers = registry();
    const usrloc = { name: 'usrloc' };
    peers.register(usrloc);
    expect(peers.find('usrloc')).toBe(usrloc);
    expect(peers.find('USRLOC')).toBeUndefined();
    expect(peers.all()).toEqual([usrloc]);
  });

  it('has one peer', () => {
    const peers = registry();
    peers.register({ name: 'usrloc' });
    expect(codeOf(() => peers.register({ name: 'usrloc' }))).toBe('CHANNEL_TAKEN');
  });

  it('of the node’s own is taken', () => {
    expect(codeOf(() => registry().register({ name: 'notification_peer' }))).toBe('CHANNEL_TAKEN');
  });

  it.each(['', 'with space', 'at@sign', 'colon:password', 'ümlaut', '<angle>', 'x'.repeat(65)])(
    'can’t be called %j: it would be no user of a SIP URI',
    (name) => {
      expect(codeOf(() => registry().register({ name }))).toBe('CHANNEL_NAME');
    },
  );

  it('is free again when its peer is taken away', () => {
    const peers = registry();
    const unregister = peers.register({ name: 'usrloc' });
    unregister();
    expect(peers.find('usrloc')).toBeUndefined();
    expect(codeOf(() => peers.register({ name: 'usrloc' }))).toBeUndefined();
  });

  it('keeps its next peer when the former is taken away twice', () => {
    const peers = registry();
    const unregister = peers.register({ name: 'usrloc' });
    unregister();
    const next = { name: 'usrloc' };
    peers.register(next);
    unregister();
    expect(peers.find('usrloc')).toBe(next);
  });
});
