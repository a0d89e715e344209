import { expect } from 'vitest';
import type { Kamailio } from '../kamailio/kamailio.ts';
import type { KamailioVersion } from '../kamailio/launch.ts';
import { sipRequest } from '../kamailio/sip-request.ts';
import { machineHas } from '../machine.ts';
import { measured } from '../waiting.ts';

export interface VersionCase {
  readonly version: KamailioVersion;
  /** Not on this machine: its tests are skipped. */
  readonly missing: boolean;
}

/** The Kamailio versions that every interop test runs with. */
export const kamailioVersions: readonly VersionCase[] = (['5.6', '6.1'] as const).map((version) => ({
  version,
  missing: !machineHas(`kamailio-${version}`),
}));

/** Waits until Kamailio lists exactly these (`host:port` → status) beside itself; returns the milliseconds that it took. */
export function kamailioSees(kamailio: Kamailio, others: Record<string, string>, timeout = 20_000): Promise<number> {
  return measured(timeout, async () => expect(await kamailio.others()).toEqual(others));
}

/** `sip:127.0.0.1:5060;transport=tcp` as Kamailio's list has it: `127.0.0.1:5060`. */
export function hostPort(uri: string): string {
  return uri.replace(/^sip:/, '').replace(/;.*$/, '');
}

/** All of these active, in the form of Kamailio's list. */
export function activeNodes(...uris: readonly string[]): Record<string, string> {
  return Object.fromEntries(uris.map((uri) => [hostPort(uri), 'active']));
}

/** Whether it answers a notification without a list; a stuck one never does. `source` is where it is sent from. */
export async function answersNotification({ address }: Kamailio, source: string): Promise<boolean> {
  return (await sipRequest({ method: 'KDMQ', address, user: 'notification_peer', source })) === 200;
}
