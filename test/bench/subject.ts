import { GuardedProcess } from '../guarded-process.ts';
import { startKamailio } from '../kamailio/kamailio.ts';
import type { KamailioVersion } from '../kamailio/launch.ts';

/** A server that is measured: answers KDMQ on channel `bench`. */
export interface Subject {
  readonly name: string;
  readonly address: string;
  /** Process group. */
  readonly group: number;
  stop(): Promise<void>;
}

/** Our node, its one peer answering 202. */
export async function startKdmq(address: string): Promise<Subject> {
  const ready = Promise.withResolvers<void>();
  const child = await GuardedProcess.start(process.execPath, [new URL('node.ts', import.meta.url).pathname, address], {
    onLine: (line) => (line === 'ready' ? ready.resolve() : console.error(line)),
  });
  void child.exited.then(() => ready.reject(new Error('the node under load ended')));
  await ready.promise;
  return { name: 'kdmq', address, group: child.pid, stop: () => child.kill() };
}

/** A real Kamailio, its script as short as it gets, with a peer for the channel. */
export async function startKamailioSubject(version: KamailioVersion, address: string): Promise<Subject> {
  const kamailio = await startKamailio({ version, address, pingSeconds: 60, extraConfig: '#!define QUIET' });
  // The script's first broadcast makes the peer, as dmq_bcast_message does; without it Kamailio answers 404.
  await kamailio.broadcast('bench', 'first');
  const group = kamailio.pid;
  if (group === undefined) throw new Error(`Kamailio ${version} ended`);
  return { name: `kamailio ${version}`, address, group, stop: () => kamailio.kill() };
}
