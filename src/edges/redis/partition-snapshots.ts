import type { PartitionAddress, PartitionSnapshot } from '../../ports/queue-store.ts';
import { snapshotOf } from './claim-reply.ts';
import { ListReader } from './list-reader.ts';
import { ListSource } from './list-source.ts';
import { PartitionKeys } from './partition-keys.ts';
import { INSPECT } from './partition-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';
import { runScript, type ScriptReply } from './script-call.ts';
import { refusalOf } from './script-refusal.ts';

/** Reads what partitions hold while others own them. Nothing is written. */
export class PartitionSnapshots {
  readonly #connection: RedisConnection;
  /** What is read ahead, as long as the snapshot lives. */
  readonly #readers = {
    items: new WeakMap<PartitionSnapshot, ListReader>(),
    journal: new WeakMap<PartitionSnapshot, ListReader>(),
  };

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async inspect(address: PartitionAddress): Promise<PartitionSnapshot | undefined> {
    const reply = await this.#look(address, new PartitionKeys(address).journal);
    return reply === undefined ? undefined : snapshotOf(reply, address);
  }

  async peek(
    snapshot: PartitionSnapshot,
    part: 'items' | 'journal',
    from: number,
    limit: number,
  ): Promise<Uint8Array[]> {
    const { address, journalStart, journalEnd } = snapshot;
    const keys = new PartitionKeys(address);
    const list = part === 'items' ? keys.generation(snapshot.generation) : keys.journal;
    const start = part === 'items' ? 0 : journalStart;
    const length = part === 'items' ? snapshot.count : journalEnd - journalStart;
    const records = await this.#reader(snapshot, part, list, length).page(from - start, limit);
    // Asked after the reading: what still stands has stood all the time.
    const reply = await this.#look(address, list);
    const name = this.#connection.name;
    if (reply === undefined || !stands(snapshotOf(reply, address), snapshot)) {
      throw refusalOf(['moved'], name, address);
    }
    const [, , , count, , first, end, , , stored] = reply;
    const wanted = part === 'items' ? count : String(Number(end) - Number(first));
    if (wanted !== stored) throw refusalOf([part === 'items' ? 'lost' : 'journal', wanted, stored], name, address);
    return records;
  }

  /** What the partition is now, and how long a list of it; undefined where there is none. */
  async #look(address: PartitionAddress, list: string): Promise<ScriptReply | undefined> {
    const reply = await this.#connection.script('a look', INSPECT, [new PartitionKeys(address).meta, list], []);
    if (reply[0] === 'gone') return undefined;
    if (reply[0] !== 'ok') throw refusalOf(reply, this.#connection.name, address);
    return reply;
  }

  #reader(snapshot: PartitionSnapshot, part: 'items' | 'journal', list: string, length: number): ListReader {
    const known = this.#readers[part].get(snapshot);
    if (known !== undefined) return known;
    const { address } = snapshot;
    const { meta } = new PartitionKeys(address);
    const source = new ListSource(this.#connection, list, length, async (redis) => {
      const reply = await runScript(redis, INSPECT, this.#connection.flags, [meta, list], []);
      return reply[0] === 'ok' && stands(snapshotOf(reply, address), snapshot);
    });
    const reader = new ListReader(length, (from, count, bytesLeft) => source.range(from, count, bytesLeft));
    this.#readers[part].set(snapshot, reader);
    return reader;
  }
}

/** Whether the content is still the one that was looked at; cursor and end of the journal may have moved on. */
function stands(now: PartitionSnapshot, then: PartitionSnapshot): boolean {
  return (
    now.epoch === then.epoch &&
    now.generation === then.generation &&
    now.saveId === then.saveId &&
    now.journalStart === then.journalStart
  );
}
