import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { GuardedProcess } from '../guarded-process.ts';
import { PROJECT } from './page-blocks.ts';

const RUN_DEADLINE_MS = 60_000;

/** What a process of its own network gets: the addresses 10.0.0.1 to 10.0.0.9, as the pages have them. */
const SETUP = `set -e
ip link set lo up
for n in 1 2 3 4 5 6 7 8 9; do ip address add 10.0.0.$n/32 dev lo; done
hostname vm
echo ready
exec sleep infinity`;

/** Each block is a shell of its own: what one has exported or assigned, and where it stood, goes over to the next. */
const BEGIN = 'set -ea\n[ ! -e ~/.state ] || . ~/.state\n[ ! -e ~/.place ] || cd "$(cat ~/.place)"\n';
const KEEP = `trap 'export -p > ~/.state; pwd > ~/.place' EXIT\n`;

/** A block that was started. */
export class Terminal {
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #printed = '';
  #code: number | null | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    // Not 'close': what runs on in the background may hold the pipe.
    this.ended = once(child, 'exit').then(([code]) => {
      this.#code = code;
    });
  }

  /** All that it wrote, standard error too. */
  get printed(): string {
    return this.#printed;
  }

  /** Its exit code; undefined while it runs, null when a signal ended it. */
  get code(): number | null | undefined {
    return this.#code;
  }

  /** Types Ctrl-C and waits for the end. */
  async interrupt(): Promise<void> {
    this.#child.stdin?.write('\x03');
    await this.ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/**
 * The machine that a page is tried on: a folder, a network, processes and a host name of its own, with `kdmq` and `node` in PATH,
 * which run from the source. All that was started in it ends with it, also when the test process is killed.
 */
export class PageWorld {
  readonly #folder: string;
  readonly #holder: GuardedProcess;
  readonly #init: string;
  readonly #terminals: Terminal[] = [];
  #blocks = 0;

  private constructor(folder: string, holder: GuardedProcess, init: string) {
    this.#folder = folder;
    this.#holder = holder;
    this.#init = init;
  }

  static async open(): Promise<PageWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'kdmq-page-'));
    furnish(folder);
    const { promise: said, resolve } = Promise.withResolvers<string>();
    const spaces = ['--net', '--mount', '--pid', '--uts', '--fork', '--mount-proc', '--kill-child'];
    const holder = await GuardedProcess.start('unshare', [...spaces, 'sh', '-c', SETUP], { folder, onLine: resolve });
    const first = await Promise.race([said, holder.exited.then(({ code }) => `it ended with ${code}`)]);
    if (first !== 'ready') throw new Error(`no namespaces for a page: ${first}`);
    const init = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').trim();
    return new PageWorld(folder, holder, init);
  }

  /** Runs a block to its end. */
  async run(text: string): Promise<Terminal> {
    const terminal = new Terminal(this.#spawn(['bash', this.#script(BEGIN + KEEP + text)]));
    const late = setTimeout(() => terminal.kill(), RUN_DEADLINE_MS);
    await terminal.ended;
    clearTimeout(late);
    return terminal;
  }

  /** Starts a block in a terminal of its own, where it stays. */
  stays(text: string): Terminal {
    const file = this.#script(BEGIN + text);
    const terminal = new Terminal(
      this.#spawn(['script', '--quiet', '--return', '--command', `bash ${file}`, '/dev/null']),
    );
    this.#terminals.push(terminal);
    return terminal;
  }

  /** Ctrl-C where something was started last. */
  async interrupt(): Promise<void> {
    await this.#terminals.pop()?.interrupt();
  }

  /** Writes a file that the page shows. */
  write(name: string, text: string): void {
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #script(text: string): string {
    this.#blocks += 1;
    const path = join(this.#folder, `.block-${this.#blocks}`);
    writeFileSync(path, text);
    return path;
  }

  #spawn(command: readonly string[]): ChildProcess {
    const spaces = ['--target', this.#init, '--net', '--mount', '--pid', '--uts', `--wdns=${this.#folder}`];
    return spawn('nsenter', [...spaces, ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: `${join(this.#folder, 'bin')}:${process.env.PATH}:/usr/sbin:/sbin`,
        HOME: this.#folder,
        LANG: 'C.UTF-8',
        TERM: 'xterm',
        COLUMNS: '160',
        // A start costs a third with it.
        NODE_COMPILE_CACHE: join(PROJECT, 'node_modules/.cache/pages'),
        // Programs of the pages import the package by its name.
        NODE_OPTIONS: '--conditions=kdmq-source --disable-warning=ExperimentalWarning',
      },
    });
  }
}

function furnish(folder: string): void {
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  symlinkSync(PROJECT, join(folder, 'node_modules/kdmq'));
  for (const name of ['examples', 'charts', 'manifests']) symlinkSync(join(PROJECT, name), join(folder, name));
  for (const [name, command] of [
    ['kdmq', `"${process.execPath}" "${PROJECT}/src/cli/main.ts"`],
    ['node24', `"${process.execPath}"`],
    ['node', `"${process.execPath}"`],
  ]) {
    const path = join(folder, 'bin', String(name));
    writeFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(path, 0o755);
  }
}
