import { Resolver as CaresResolver } from 'node:dns';
import { isIPv6 } from 'node:net';
import type { SrvRecord } from '../../core/notification-answers.ts';
import type { NameServer, ResolvConf } from '../../core/resolv-conf.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { type DnsAnswer, failureWords, isAnswer } from './dns-answer.ts';

/** So long the next server (or the same again) is not yet asked; the answer of the first still counts afterwards. */
const NEXT_TRY_AFTER_MS = 300;
/** Longest wait for one try, whatever resolv.conf says: its default of 5 s is made for the internet. */
const LONGEST_TRY_MS = 2000;

type RecordOf = { readonly A: string; readonly AAAA: string; readonly SRV: SrvRecord };
type RecordType = keyof RecordOf;
type Settle<T> = (code: string | undefined, records: readonly T[]) => void;

/**
 * Asks the name servers of a resolv.conf: `attempts` rounds over all of them, the next try when the one before has
 * failed or has said nothing for 300 ms, and the first good answer of any wins. "No such name" is a good answer, an
 * error is not (as glibc). The server that answered last is asked first. c-ares does EDNS and falls back to TCP.
 */
export class NameServerClient {
  readonly #conf: Pick<ResolvConf, 'nameservers' | 'timeoutMs' | 'attempts'>;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #tryMs: number;
  #preferred = 0;

  /** When the signal fires, all queries under way end as failed, and further ones at once. */
  constructor(conf: Pick<ResolvConf, 'nameservers' | 'timeoutMs' | 'attempts'>, clock: Clock, signal: AbortSignal) {
    this.#conf = conf;
    this.#clock = clock;
    this.#tryMs = Math.min(conf.timeoutMs, LONGEST_TRY_MS);
    this.#signal = signal;
  }

  /** Never rejects. */
  query<T extends RecordType>(type: T, name: string): Promise<DnsAnswer<RecordOf[T]>> {
    return new Promise((resolve) => this.#ask(type, name, resolve));
  }

  #ask<T extends RecordType>(type: T, name: string, resolve: (answer: DnsAnswer<RecordOf[T]>) => void): void {
    const plan = this.#plan();
    const open = new Map<CaresResolver, string>();
    const failures = new Map<string, string>();
    let answered = false;
    let next = 0;
    let timer: Timer | undefined;
    let finished = false;

    const finish = (answer: DnsAnswer<RecordOf[T]>) => {
      if (finished) return;
      finished = true;
      timer?.cancel();
      this.#signal.removeEventListener('abort', onDeadline);
      for (const tried of open.keys()) tried.cancel();
      resolve(answer);
    };
    const fail = () => finish({ kind: 'failed', answered, detail: detailOf(failures) });
    const onDeadline = () => {
      failures.set('deadline', 'no answer before the deadline');
      fail();
    };
    // c-ares looks at its own timeouts once a second only.
    const onSilence = () => {
      for (const host of open.values()) failures.set(host, noAnswer(host));
      fail();
    };
    const tryNext = () => {
      const index = plan[next++];
      const server = index === undefined ? undefined : this.#conf.nameservers[index];
      if (index === undefined || server === undefined) {
        if (open.size === 0) fail();
        return;
      }
      const isLast = next === plan.length;
      timer?.cancel();
      timer = this.#clock.after(isLast ? this.#tryMs : NEXT_TRY_AFTER_MS, isLast ? onSilence : tryNext);
      const cares = this.#open(server);
      if (cares === undefined) {
        failures.set(server.host, `${server.host} can't be used`);
        tryNext();
        return;
      }
      open.set(cares, server.host);
      ask(cares, type, name, (code, records) => {
        if (finished) return;
        open.delete(cares);
        if (code === undefined || code === 'ENODATA' || code === 'ENOTFOUND') {
          this.#preferred = index;
          finish(
            code === undefined ? { kind: 'records', records } : { kind: 'absent', nameExists: code === 'ENODATA' },
          );
          return;
        }
        answered ||= isAnswer(code);
        failures.set(server.host, `${failureWords(code)} from ${server.host}`);
        tryNext();
      });
    };

    this.#signal.addEventListener('abort', onDeadline);
    if (this.#signal.aborted) onDeadline();
    else tryNext();
  }

  /** Indexes of the servers in the order of the tries. */
  #plan(): readonly number[] {
    const count = this.#conf.nameservers.length;
    return Array.from({ length: count * this.#conf.attempts }, (_, i) => (this.#preferred + i) % count);
  }

  /** A channel for one try: c-ares can cancel only all queries of a channel, and adapts its timeouts to the last ones. */
  #open({ host, port }: NameServer): CaresResolver | undefined {
    const cares = new CaresResolver({ timeout: this.#tryMs, tries: 1 });
    try {
      cares.setServers([isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`]);
      return cares;
    } catch {
      // A zone that names no interface of this machine.
      return undefined;
    }
  }
}

function ask<T extends RecordType>(cares: CaresResolver, type: T, name: string, settle: Settle<RecordOf[T]>): void {
  const settleAny = settle as Settle<string | SrvRecord>;
  const addresses = (error: NodeJS.ErrnoException | null, found: string[]) => settleAny(codeOf(error), found ?? []);
  if (type === 'A') cares.resolve4(name, addresses);
  else if (type === 'AAAA') cares.resolve6(name, addresses);
  else {
    cares.resolveSrv(name, (error, found) => settleAny(codeOf(error), error === null ? found.map(toSrvRecord) : []));
  }
}

function codeOf(error: NodeJS.ErrnoException | null): string | undefined {
  return error === null ? undefined : (error.code ?? 'unknown error');
}

function toSrvRecord(record: { name: string; port: number; priority: number }): SrvRecord {
  const { name, port, priority } = record;
  return { target: name.toLowerCase().replace(/\.$/, ''), port, priority };
}

function noAnswer(host: string): string {
  return `${failureWords('ETIMEOUT')} from ${host}`;
}

function detailOf(failures: ReadonlyMap<string, string>): string {
  return [...failures.values()].join(', ');
}
