import { machineHas } from '../machine.ts';
import { buildLoadGenerator, type LoadResult, load } from './load.ts';
import { groupUse } from './process-group.ts';
import { type Subject, startKamailioSubject, startKdmq } from './subject.ts';

/** One subject at one window: the median of the rounds. */
export interface RateRow {
  readonly subject: string;
  readonly window: number;
  readonly rate: number;
  readonly cpuSecondsPerMillion: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly lost: number;
}

export interface RateTable {
  readonly rows: readonly RateRow[];
  /** Resident megabytes of our node after a million messages more. */
  readonly kdmqMegabytes: number;
  readonly millionCodes: LoadResult['codes'];
}

const windows = [1, 32, 256];
const rounds = 3;
const addresses = { kdmq: '127.7.1.1', '5.6': '127.7.1.2', '6.1': '127.7.1.3', load: '127.7.1.9' } as const;

/**
 * Answered KDMQ requests a second over UDP on loopback: our node and each Kamailio that is installed, driven by the same generator,
 * in turns, so that what else the machine does touches all of them alike.
 */
export async function measureRates(): Promise<RateTable> {
  await buildLoadGenerator();
  const subjects: Subject[] = [];
  try {
    subjects.push(await startKdmq(addresses.kdmq));
    for (const version of ['5.6', '6.1'] as const) {
      if (machineHas(`kamailio-${version}`)) subjects.push(await startKamailioSubject(version, addresses[version]));
    }
    for (const subject of subjects) await drive(subject, 32, 20_000);
    const rows: RateRow[] = [];
    for (const window of windows) rows.push(...(await measureWindow(subjects, window)));
    const million = await drive(subjects[0]!, 32, 1_000_000);
    const { residentMegabytes } = await groupUse(subjects[0]!.group);
    return { rows, kdmqMegabytes: residentMegabytes, millionCodes: million.codes };
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
  }
}

async function measureWindow(subjects: readonly Subject[], window: number): Promise<RateRow[]> {
  const total = window === 1 ? 20_000 : 100_000;
  const runs = new Map<string, Measured[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) runs.get(subject.name)!.push(await measured(subject, window, total));
  }
  return subjects.map(({ name }) => medianRow(name, window, runs.get(name)!));
}

interface Measured extends LoadResult {
  readonly cpuSeconds: number;
}

async function measured(subject: Subject, window: number, total: number): Promise<Measured> {
  const before = await groupUse(subject.group);
  const result = await drive(subject, window, total);
  const after = await groupUse(subject.group);
  return { ...result, cpuSeconds: after.cpuSeconds - before.cpuSeconds };
}

function drive(subject: Subject, window: number, total: number): Promise<LoadResult> {
  return load({ target: subject.address, from: addresses.load, channel: 'bench', total, window });
}

function medianRow(subject: string, window: number, runs: readonly Measured[]): RateRow {
  const middle = (value: (run: Measured) => number): number =>
    runs.map(value).sort((one, other) => one - other)[Math.floor(runs.length / 2)]!;
  return {
    subject,
    window,
    rate: middle((run) => run.rate),
    cpuSecondsPerMillion: middle((run) => (run.cpuSeconds / run.replied) * 1e6),
    p50Us: middle((run) => run.p50_us),
    p99Us: middle((run) => run.p99_us),
    lost: runs.reduce((sum, run) => sum + run.lost, 0),
  };
}
