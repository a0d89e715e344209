import type { Peer } from '../../src/index.ts';

/** What the peer was told, and by whom. */
export interface Heard {
  readonly text: string;
  readonly by: string;
}

/** Answers 200 without a body: a Kamailio that broadcasts from its script would read a body as a node list. */
export function demoPeer(heard: (what: Heard & Record<string, string>) => void): Peer {
  return {
    name: 'demo',
    description: 'tells its log what it hears',
    callback: (request) => {
      heard({ text: new TextDecoder().decode(request.body), by: request.from?.host ?? '?' });
      return { code: 200, reason: 'Heard' };
    },
  };
}
