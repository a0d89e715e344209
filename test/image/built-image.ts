import { spawnSync } from 'node:child_process';
import { globSync, lstatSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

const project = resolve(import.meta.dirname, '../..');
const env = { ...process.env, STORAGE_DRIVER: 'overlay', BUILDAH_ISOLATION: 'chroot' };

/** Runs buildah and gives what it printed; throws an Error with what it complained of. It yields to what else runs. */
function buildah(...args: readonly string[]): string {
  const options = { encoding: 'utf8', env, maxBuffer: 1 << 26 } as const;
  const { status, stdout, stderr, error } = spawnSync('nice', ['-n', '10', 'buildah', ...args], options);
  if (status !== 0) throw error ?? new Error(`buildah ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

/** Whether the image is here, as buildah built it. */
export function isHere(reference: string): boolean {
  return spawnSync('buildah', ['inspect', '--type', 'image', reference], { env }).status === 0;
}

/** Builds the project and gives the image's id: the digest of its configuration and, by that, of its layers. */
export function build(base: string): string {
  return buildah('build', '--quiet', '--timestamp', '0', '--build-arg', `BASE_IMAGE=${base}`, project).trim();
}

/** A file, a folder or a link of an image. */
export interface ImageFile {
  readonly path: string;
  readonly onDisk: string;
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  readonly isFile: boolean;
}

/** The configuration and the files of an image. `using` unmounts it. */
export class BuiltImage {
  readonly config: Readonly<Record<string, unknown>>;
  readonly #container: string;
  readonly #root: string;

  constructor(reference: string) {
    this.config = JSON.parse(buildah('inspect', '--type', 'image', reference)).OCIv1.config;
    this.#container = buildah('from', '--pull-never', reference).trim();
    this.#root = buildah('mount', this.#container).trim();
  }

  /** What is in a folder of it, the folder itself among them. */
  filesIn(folder: string): ImageFile[] {
    const paths = [folder, ...globSync(`${folder}/**`, { cwd: this.#root })];
    return [...new Set(paths)].map((path) => {
      const onDisk = join(this.#root, path);
      const stats = lstatSync(onDisk);
      return { path, onDisk, mode: stats.mode & 0o7777, uid: stats.uid, size: stats.size, isFile: stats.isFile() };
    });
  }

  /** Where a link of it leads. Throws when there is none. */
  linkAt(path: string): string {
    return readlinkSync(join(this.#root, path));
  }

  [Symbol.dispose](): void {
    buildah('rm', this.#container);
  }
}
