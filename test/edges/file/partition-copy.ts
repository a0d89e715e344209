import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartitionState } from '../../../src/edges/file/partition-state.ts';
import { type FileStoreUnderTest, makeFileStore, memoryFolder, paths } from './file-store-under-test.ts';

/** A copy of the files of a store with one partition, to be damaged and then opened. */
export class PartitionCopy {
  readonly folder: string;
  readonly epochFolder: string;
  readonly state: PartitionState;
  #under: FileStoreUnderTest | undefined;
  #before: string | undefined;

  private constructor(folder: string, epochFolder: string, state: PartitionState) {
    this.folder = folder;
    this.epochFolder = epochFolder;
    this.state = state;
  }

  static async make(original: string): Promise<PartitionCopy> {
    const folder = await mkdtemp(join(memoryFolder, 'kdmq-copy-'));
    await cp(original, folder, { recursive: true });
    const partition = join(folder, 'test', 'calls', '0');
    const [epoch = ''] = await readdir(partition);
    const text = await readFile(join(partition, epoch, 'claim'), 'utf8');
    return new PartitionCopy(folder, join(partition, epoch), JSON.parse(text.slice(text.indexOf('\n'))));
  }

  get journal(): string {
    return join(this.epochFolder, this.state.tail ?? '');
  }

  get items(): string {
    return join(this.epochFolder, this.state.items[0]!.file);
  }

  get claim(): string {
    return join(this.epochFolder, 'claim');
  }

  async flip(path: string, offset: number): Promise<void> {
    const content = await readFile(path);
    content[offset]! ^= 1 << (offset % 8);
    await writeFile(path, content);
  }

  /** Opens the files as they are now. */
  async opened(): Promise<FileStoreUnderTest> {
    this.#before = await this.#contents();
    this.#under = await makeFileStore({ folder: this.folder });
    return this.#under;
  }

  async unchanged(): Promise<boolean> {
    return (await this.#contents()) === this.#before;
  }

  async remove(): Promise<void> {
    await this.#under?.destroy();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #contents(): Promise<string> {
    const hash = createHash('sha256');
    for (const path of (await paths(this.folder)).sort()) hash.update(path).update(await readFile(path));
    return hash.digest('hex');
  }
}
