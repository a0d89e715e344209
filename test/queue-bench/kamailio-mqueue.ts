import { setTimeout as after } from 'node:timers/promises';
import { startKamailio } from '../kamailio/kamailio.ts';
import type { KamailioVersion } from '../kamailio/launch.ts';

/** Calls of Kamailio's own mqueue a second, as a script makes them: ten in a turn of a loop, the loop's time with them. */
export interface KamailioRates {
  readonly adds: number;
  readonly fetches: number;
  /** Adds of keys that are all different, with `addmode=2`, to a queue that has `uniqueItems`. */
  readonly uniqueAdds: number;
}

/** As many are added and then fetched. */
export const items = 200_000;
export const uniqueItems = 5_000;
/** Adds to a queue with `uniqueItems`, of which the time is taken. */
export const moreUnique = 1_000;
const inTurn = 10;
const value = 'a'.repeat(256);

/** Ten calls in a turn; each says when it began and ended, by the time of day, the only clock of a script. */
function loop(count: number, call: (digit: number) => string): string {
  const calls = Array.from({ length: inTurn }, (_, digit) => call(digit)).join('\n    ');
  return `
  $var(from) = $TV(Sn);
  $var(i) = 0;
  while ($var(i) < ${count / inTurn}) {
    ${calls}
    $var(i) = $var(i) + 1;
  }
  xlog("L_ALERT", "BENCH|$var(from)|$TV(Sn)|\\n");`;
}

const plain =
  loop(items, (digit) => `mq_add("plain", "call-$var(i)-${digit}@10.0.0.1", "${value}");`) +
  loop(items, () => 'mq_fetch("plain");');

/** Everything twice: the second time its memory is there already, as ours is in the best of some rounds. */
const script = `
max_while_loops=1000000
loadmodule "mqueue.so"
modparam("mqueue", "mqueue", "name=plain")
modparam("mqueue", "mqueue", "name=unique;addmode=2")
event_route[core:worker-one-init] {
${plain}
${plain}
${loop(uniqueItems, (digit) => `mq_add("unique", "call-$var(i)-${digit}@10.0.0.1", "${value}");`)}
${loop(moreUnique, (digit) => `mq_add("unique", "more-$var(i)-${digit}@10.0.0.1", "${value}");`)}
}
`;

export async function measureKamailio(version: KamailioVersion, address: string): Promise<KamailioRates> {
  await using kamailio = await startKamailio({ version, address, extraConfig: script });
  const lines = (): RegExpMatchArray[] => [...kamailio.log.matchAll(/BENCH\|([\d.]+)\|([\d.]+)\|/g)];
  const start = performance.now();
  while (lines().length < 6) {
    if (performance.now() - start > 60_000)
      throw new Error(`Kamailio ${version}: no end of its loops:\n${kamailio.log}`);
    await after(100);
  }
  const [, , adding = 0, fetching = 0, , unique = 0] = lines().map(([, from, to]) => Number(to) - Number(from));
  return { adds: items / adding, fetches: items / fetching, uniqueAdds: moreUnique / unique };
}
