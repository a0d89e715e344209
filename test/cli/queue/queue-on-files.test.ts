import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeItem, writeRemoved } from '../../../src/core/mqueue/item-record.ts';
import { FileQueueStore } from '../../../src/edges/file/file-queue-store.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { bytes } from '../../queues/store-content.ts';
import { type CommandResult, runCommand, startCommand } from '../run-command.ts';

const CALLS = ['--mqueue', 'name=calls;dbmode=both'];

describe('kdmq queue on queues in files', { timeout: 90_000 }, () => {
  let folder: string;
  let store: FileQueueStore;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-queue-'));
    store = new FileQueueStore({
      folder: join(folder, 'queues'),
      fsync: 'no',
      clock: new SystemClock(),
      log: new MemoryLog(),
    });
    await store.open(new AbortController().signal);
  });

  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const queue = (...args: string[]): Promise<CommandResult> => runCommand(['queue', ...args, '--data-dir', folder]);
  const claimOf = (partition: string, name = 'calls'): Promise<PartitionClaim> =>
    store.claim({ cluster: 'kdmq', queue: name, partition }, `node-${partition}`);
  const item = (sequence: number, parts: { value?: Uint8Array; dueAt?: number; deliveries?: number } = {}) =>
    writeItem({
      epoch: 1,
      sequence,
      addedAt: 1_000,
      dueAt: 0,
      key: bytes(`k${sequence}`),
      value: bytes('v'),
      ...parts,
    });
  const save = async (claim: PartitionClaim, ...records: Uint8Array[]): Promise<PartitionClaim> => {
    await store.stage(claim, 's1', 0, records);
    return store.commit(claim, { saveId: 's1', count: records.length, mode: 'replace', journalEnd: 0 });
  };
  const write = (name: string, ...lines: unknown[]): string => {
    const path = join(folder, name);
    writeFileSync(path, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
    return path;
  };

  describe('ls', () => {
    it('shows every partition of the cluster, for people and for programs', async () => {
      await save(await claimOf('10'), item(1), item(2));
      const released = await save(await claimOf('9'), item(1));
      await store.append(released, 0, [item(2)]);
      await store.release(released);
      await claimOf('0', 'alarms');
      await store.claim({ cluster: 'other', queue: 'calls', partition: '0' }, 'x');
      const { code, output, errors } = await queue('ls');
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(output.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
        'QUEUE PARTITION ITEMS JOURNAL OWNER QUIET ADOPTER STATE',
        expect.stringMatching(/^alarms 0 0 0 node-0 \d s - served$/),
        expect.stringMatching(/^calls 9 1 1 - \d s - stopped$/),
        expect.stringMatching(/^calls 10 2 0 node-10 \d s - served$/),
        '',
      ]);
      const json = JSON.parse((await queue('ls', '--output', 'json', '--cluster-name', 'other')).output) as unknown;
      const quiet_ms = expect.any(Number);
      expect(json).toEqual([
        {
          queue: 'calls',
          partition: '0',
          items: 0,
          journal: 0,
          owner: 'x',
          quiet_ms,
          adopter: null,
          epoch: 1,
          state: 'served',
        },
      ]);
    });

    it('says so when there is nothing, and when the folder is not there', async () => {
      expect(await queue('ls')).toMatchObject({ code: 0, errors: expect.stringContaining('no queue of cluster kdmq') });
      rmSync(join(folder, 'queues'), { recursive: true });
      const { code, output, errors } = await queue('ls');
      expect({ code, output }).toEqual({ code: 66, output: '' });
      expect(errors).toMatch(/no queue is kept in .*queues: give the configuration of the node/);
      expect(errors).toMatch(/; --url asks a node that runs\n$/);
      expect(existsSync(join(folder, 'queues'))).toBe(false);
    });
  });

  describe('export', () => {
    it('gives what a restart would read, while the owner goes on', async () => {
      let claim = await save(await claimOf('0'), item(1), item(2), item(3, { value: Uint8Array.of(255) }));
      claim = await store.append(claim, 0, [
        writeRemoved({ epoch: 1, sequence: 2 }),
        item(4, { dueAt: 2_000, deliveries: 1 }),
      ]);
      claim = await store.moveCursor(claim, 1);
      const { code, output, errors } = await queue('export', 'calls');
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(output.split('\n')).toEqual([
        '{"id":"1-3","partition":"0","key":"k3","value":{"base64":"/w=="},"added_at":"1970-01-01T00:00:01.000Z"}',
        '{"id":"1-4","partition":"0","key":"k4","value":"v","added_at":"1970-01-01T00:00:01.000Z","due_at":"1970-01-01T00:00:02.000Z","deliveries":1}',
        '',
      ]);
      await store.append(claim, 2, [item(5)]);
      expect((await store.list('kdmq'))[0]).toMatchObject({ owner: 'node-0', epoch: 1 });
    });

    it('takes all partitions, or the one that is named', async () => {
      for (const partition of ['10', '9']) await save(await claimOf(partition), item(Number(partition)));
      const ids = (text: string) => text.match(/(?<="id":")[^"]+/g);
      expect(ids((await queue('export', 'calls')).output)).toEqual(['1-9', '1-10']);
      const to = join(folder, 'out.jsonl');
      const named = await queue('export', 'calls', '--partition', '10', '--to', to);
      expect(named).toEqual({ code: 0, output: `1 item of queue calls is in ${to}\n`, errors: '' });
      expect(ids(readFileSync(to, 'utf8'))).toEqual(['1-10']);
    });

    it('ends in peace when its reader has seen enough', async () => {
      const claim = await claimOf('0');
      await save(claim, ...Array.from({ length: 30_000 }, (_, index) => item(index + 1)));
      const command = startCommand(['queue', 'export', 'calls', '--data-dir', folder]);
      command.process.stdout.once('data', () => command.process.stdout.destroy());
      expect(await command.ended).toBe(0);
      expect(command.errors()).toBe('');
    });
  });

  describe('import', () => {
    it('brings an export back, for the node of the partition to take on', async () => {
      const claim = await save(
        await claimOf('0'),
        item(1, { value: Uint8Array.of(0, 255) }),
        item(2, { deliveries: 3 }),
      );
      const lines = join(folder, 'calls.jsonl');
      await queue('export', 'calls', '--to', lines);
      const { code, output, errors } = await queue('import', 'calls', lines, '--partition', '0', ...CALLS);
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(output).toMatch(
        /^2 items for queue calls are in file:\S+, as partition import-\d{8}T\d{6}\.\d{3}-\w{6}\.\n/,
      );
      expect(output).toContain('Partition 0 is to serve them. Its node runs: it serves them within some ten seconds');
      const imported = (await store.list('kdmq')).find(({ address }) => address.partition.startsWith('import-'))!;
      expect(imported).toMatchObject({ items: 2, owner: undefined, adopter: '0' });
      const again = await queue('export', 'calls', '--partition', imported.address.partition);
      const withoutNames = (text: string) => text.replace(/"id":"[^"]*","partition":"[^"]*",/g, '');
      expect(withoutNames(again.output)).toBe(withoutNames(readFileSync(lines, 'utf8')));
      expect(again.output).not.toContain('"id":"1-');
      await store.keepAlive(claim);
    });

    it('checks all lines first, names those that are wrong and writes nothing', async () => {
      const many = Array.from({ length: 2_500 }, () => ({ key: 'k', value: 'v' }));
      const path = write('bad.jsonl', ...many, 'nonsense', '', { key: 'k' }, { key: 'k', value: 'v' });
      const { code, output, errors } = await queue('import', 'calls', path, ...CALLS);
      expect({ code, output }).toEqual({ code: 65, output: '' });
      expect(errors.split('\n')).toEqual([
        'kdmq: 2 of 2,503 items are wrong, so nothing was imported:',
        '  line 2501 is not JSON',
        '  line 2503 has no "value"',
        'Mend that, or leave it out with --skip-bad.',
        '',
      ]);
      expect(await store.list('kdmq')).toEqual([]);
      const skipped = await queue('import', 'calls', path, '--skip-bad', '--partition', '3', ...CALLS);
      expect(skipped.code).toBe(0);
      expect(skipped.output).toMatch(/^2,501 items for queue calls are/);
      expect(skipped.errors).toMatch(/^kdmq: 2 were left out:\n {2}line 2501 is not JSON\n/);
      expect(await store.list('kdmq')).toMatchObject([{ items: 2_501, adopter: '3' }]);
    });

    it('reads standard input, and is called off by a signal', async () => {
      const args = ['queue', 'import', 'calls', '-', '--data-dir', folder, ...CALLS];
      const whole = startCommand(args);
      whole.process.stdin.end('{"key":"k","value":"v"}');
      expect(await whole.ended).toBe(0);
      expect(whole.output()).toContain('1 item for queue calls is in');
      const half = startCommand(args);
      half.process.stdin.write('{"key":"k","value":"v"}\n'.repeat(5_000));
      await expect.poll(() => store.list('kdmq'), { timeout: 20_000 }).toHaveLength(2);
      half.process.kill('SIGTERM');
      expect(await half.ended).toBe(143);
      expect(half.errors()).toBe('kdmq: called off\n');
      expect(await store.list('kdmq')).toHaveLength(1);
    });

    it('says what the queue will do with so many', async () => {
      const path = write('many.jsonl', ...Array.from({ length: 5 }, () => ({ key: 'k', value: 'v', added_at: 1_000 })));
      const small = ['--mqueue', 'name=calls;dbmode=load;size=3;ttl_ms=60000'];
      const { output } = await queue('import', 'calls', path, ...small);
      expect(output).toContain('The queue holds 3 items: the oldest may be dropped');
      expect(output).toContain('Some are older than the ttl of the queue');
      expect(output).toContain('Nothing is known of its node: it serves them once it runs');
    });

    it.each([
      ['an empty file', []],
      ['a file of empty lines', ['', '']],
    ])('does nothing with nothing, and names it: %s', async (_, lines) => {
      const path = write('empty.jsonl', ...lines);
      const { code, output, errors } = await queue('import', 'calls', path, ...CALLS);
      const said = `There are no items in ${path}, and nothing was done.\n`;
      expect({ code, output, errors }).toEqual({ code: 0, output: said, errors: '' });
      expect(await store.list('kdmq')).toEqual([]);
    });

    it('says so when the queue is a new one, or not in the configuration at hand', async () => {
      const path = write('one.jsonl', { key: 'k', value: 'v' });
      const made = await queue('import', 'calls', path, '--partition', '0', ...CALLS);
      expect(made.output).toContain('Nothing of this queue was stored before.\n');
      const more = await queue('import', 'calls', path, '--partition', '0');
      expect(more.code).toBe(0);
      expect(more.output).not.toContain('Nothing of this queue');
      expect(more.output).toContain(
        'The queue is not in the configuration at hand, so its limits are not known here.\n',
      );
    });

    it.each<[origin: string, args: readonly string[], environment: Record<string, string>, words: string]>([
      ['a flag', ['--partition', '3'], {}, 'Partition 3 is to serve them.'],
      ['a variable', [], { KDMQ_PARTITION: '3' }, 'Partition 3 (KDMQ_PARTITION) is to serve them.'],
      [
        'the pod',
        [],
        { POD_NAME: 'kdmq-3' },
        'Partition 3 (from POD_NAME; --partition names another one) is to serve them.',
      ],
      [
        'the host',
        [],
        { HOSTNAME: 'desk' },
        'Partition desk (from HOSTNAME; --partition names another one) is to serve them.',
      ],
    ])('says which partition is meant, and where that comes from: %s', async (_, args, environment, words) => {
      const path = write('one.jsonl', { key: 'k', value: 'v' });
      const all = ['queue', 'import', 'calls', path, ...args, '--data-dir', folder, ...CALLS];
      expect((await runCommand(all, environment)).output).toContain(words);
    });

    it.skipIf(process.getuid?.() !== 0)('leaves no files of root in the folder of another user', async () => {
      chownSync(join(folder, 'queues'), 12_345, 12_345);
      const { code, errors } = await queue('import', 'calls', write('a.jsonl', { key: 'k', value: 'v' }), ...CALLS);
      expect({ code, errors }).toEqual({ code: 77, errors: expect.stringContaining('setpriv --reuid 12345') });
      expect(readdirSync(join(folder, 'queues'))).toEqual([]);
    });
  });

  describe('adopt', () => {
    it('assigns a partition that its node has left', async () => {
      await store.release(await save(await claimOf('2'), item(1)));
      await claimOf('0');
      const { code, output } = await queue('adopt', 'calls', '--from', '2', '--partition', '0');
      expect(code).toBe(0);
      expect(output).toContain('Partition 2 of queue calls, with 1 item, is assigned to partition 0.\nIts node runs: ');
      expect(await store.list('kdmq')).toContainEqual(expect.objectContaining({ items: 1, adopter: '0' }));
      const changed = await queue('adopt', 'calls', '--from', '2', '--to', '7');
      expect(changed.output).toContain('is assigned to partition 7 (no longer to 0).\nNothing is known of its node: ');
      expect(changed.output).toContain('behind what it has saved. Nodes that run have 0.\n');
      const back = await queue('adopt', 'calls', '--from', '2', '--to', '2');
      expect(back.output).toContain('Partition 2 of queue calls is its own again (no longer assigned to 7).');
      expect(await store.list('kdmq')).toContainEqual(expect.objectContaining({ items: 1, adopter: undefined }));
    });

    it('takes nothing from a node that is alive, unless it is forced to', async () => {
      await save(await claimOf('2'), item(1));
      const args = ['adopt', 'calls', '--from', '2', '--to', '0'];
      const { code, output, errors } = await queue(...args);
      expect({ code, output }).toEqual({ code: 77, output: '' });
      expect(errors).toMatch(/is served by node-2, which gave a sign of life \d s ago: .*60 s \(mqueue_orphan_after\)/);
      expect(await store.list('kdmq')).toMatchObject([{ adopter: undefined }]);
      const forced = await queue(...args, '--force');
      expect(forced.output).toContain('node-2 goes on serving it. When it stops');
      expect(await store.list('kdmq')).toMatchObject([{ adopter: '0', owner: 'node-2', epoch: 1 }]);
    });
  });
});
