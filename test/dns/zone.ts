import { isIPv4 } from 'node:net';

export type ZoneType = 'A' | 'AAAA' | 'SRV' | 'CNAME';

/** One resource record. `value` is an address, for CNAME a name, for SRV the four fields. */
export type ZoneRecord =
  | { readonly type: 'A' | 'AAAA' | 'CNAME'; readonly value: string }
  | {
      readonly type: 'SRV';
      readonly value: {
        readonly priority: number;
        readonly weight: number;
        readonly port: number;
        readonly target: string;
      };
    };

/** A pod behind a headless service. `ports` default to the one SIP port over UDP, 5060. */
export interface ServicePod {
  readonly pod: string;
  readonly addresses: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly proto: 'udp' | 'tcp'; readonly port: number }[];
}

export interface ZoneAnswer {
  readonly exists: boolean;
  /** The chain of CNAMEs that led to the records, then the records, each with its owner. */
  readonly answers: readonly { readonly name: string; readonly record: ZoneRecord }[];
  readonly additionals: readonly { readonly name: string; readonly record: ZoneRecord }[];
}

const SIP_PORT = [{ name: 'sip', proto: 'udp', port: 5060 }] as const;

/** Names and their records; everything may be changed while a server answers from it. */
export class Zone {
  readonly #records = new Map<string, ZoneRecord[]>();
  readonly #services = new Map<string, string[]>();

  /** Replaces the records of one type of a name. An empty list takes them away. */
  set(name: string, type: 'A' | 'AAAA' | 'CNAME', values: readonly string[]): void {
    this.#replace(
      name,
      type,
      values.map((value) => ({ type, value })),
    );
  }

  setSrv(name: string, records: readonly { port: number; target: string; priority?: number; weight?: number }[]): void {
    this.#replace(
      name,
      'SRV',
      records.map(({ port, target, priority = 0, weight = 100 }) => ({
        type: 'SRV',
        value: { priority, weight, port, target: canonical(target) },
      })),
    );
  }

  /**
   * The records that Kubernetes publishes for a headless service: A and AAAA of the service (all pods) and of each
   * pod, SRV of `_<port name>._<proto>.<service>`, and the plain SRV of the service with all ports together.
   * Called again, it replaces what it said before.
   */
  setHeadlessService(service: string, pods: readonly ServicePod[]): void {
    this.removeHeadlessService(service);
    const base = canonical(service);
    const byName = new Map<string, ZoneRecord[]>();
    const add = (name: string, record: ZoneRecord) => byName.set(name, [...(byName.get(name) ?? []), record]);
    for (const { pod, addresses, ports = SIP_PORT } of pods) {
      const target = `${canonical(pod)}.${base}`;
      for (const value of addresses) {
        const record: ZoneRecord = { type: isIPv4(value) ? 'A' : 'AAAA', value };
        add(base, record);
        add(target, record);
      }
      for (const { name, proto, port } of ports) {
        const weight = Math.max(1, Math.floor(100 / pods.length));
        const record: ZoneRecord = { type: 'SRV', value: { priority: 0, weight, port, target } };
        add(`_${name}._${proto}.${base}`, record);
        add(base, record);
      }
    }
    for (const [name, records] of byName) this.#records.set(name, records);
    // A service without pods still exists: its name has no records, but is known.
    if (!byName.has(base)) this.#records.set(base, []);
    this.#services.set(base, [base, ...byName.keys()]);
  }

  removeHeadlessService(service: string): void {
    const base = canonical(service);
    for (const name of this.#services.get(base) ?? []) this.#records.delete(name);
    this.#services.delete(base);
  }

  clear(): void {
    this.#records.clear();
    this.#services.clear();
  }

  lookup(queried: string, type: string): ZoneAnswer {
    const answers: { name: string; record: ZoneRecord }[] = [];
    let name = canonical(queried);
    for (let hops = 0; hops < 8; hops++) {
      const records = this.#records.get(name);
      if (records === undefined) break;
      const alias = type === 'CNAME' ? undefined : records.find((record) => record.type === 'CNAME');
      if (alias?.type !== 'CNAME') {
        for (const record of records) if (record.type === type) answers.push({ name, record });
        break;
      }
      answers.push({ name, record: alias });
      name = canonical(alias.value);
    }
    return { exists: answers.length > 0 || this.#exists(name), answers, additionals: this.#targetsOf(answers) };
  }

  /** A name exists when it has records or stands above one that has (RFC 8020): then the answer is "no data". */
  #exists(name: string): boolean {
    if (this.#records.has(name)) return true;
    for (const known of this.#records.keys()) if (known.endsWith(`.${name}`)) return true;
    return false;
  }

  #targetsOf(answers: ZoneAnswer['answers']): ZoneAnswer['additionals'] {
    const targets = new Set(answers.flatMap(({ record }) => (record.type === 'SRV' ? [record.value.target] : [])));
    return [...targets].flatMap((name) =>
      (this.#records.get(name) ?? [])
        .filter((record) => record.type === 'A' || record.type === 'AAAA')
        .map((record) => ({ name, record })),
    );
  }

  #replace(name: string, type: ZoneType, records: readonly ZoneRecord[]): void {
    const key = canonical(name);
    const kept = (this.#records.get(key) ?? []).filter((record) => record.type !== type);
    if (kept.length + records.length === 0) this.#records.delete(key);
    else this.#records.set(key, [...kept, ...records]);
  }
}

/** Lower case, no dot at the end. */
export function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
