import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { GuardedProcess } from '../guarded-process.ts';
import { ask } from '../http-request.ts';

const project = resolve(import.meta.dirname, '../..');

/** Tokens of the nodes that ask for one. */
export const readToken = 'reader-of-the-dashboard';
export const writeToken = 'writer-of-the-dashboard';

/** The command and the dashboard as the image has them, in a folder of its own. `using` removes it. */
export class BundledKdmq {
  readonly folder = mkdtempSync(join(tmpdir(), 'kdmq-dashboard-'));
  /** Where the dashboard is. */
  readonly webFolder = join(this.folder, 'kdmq/dist/web');

  constructor() {
    mkdirSync(join(this.folder, 'data'));
    for (const [role, token] of Object.entries({ read: readToken, write: writeToken })) {
      writeFileSync(join(this.folder, role), token, { mode: 0o600 });
    }
    execFileSync(process.execPath, ['image/bundle.ts', join(this.folder, 'kdmq')], { cwd: project, stdio: 'inherit' });
  }

  /** The settings that make a node ask for a token. */
  get guarded(): readonly string[] {
    return ['read', 'write'].map((role) => `--http-${role}-token-file=${join(this.folder, role)}`);
  }

  /** A process of it at that address, which answers over HTTP when this resolves. */
  async start(host: string, ...settings: readonly string[]): Promise<NodeProcess> {
    const lines: string[] = [];
    const main = join(this.folder, 'kdmq/dist/image/cli/main.js');
    const flags = [
      `--server-address=sip:${host}:5060`,
      `--http-listen=${host}:8080`,
      `--data-dir=${join(this.folder, 'data')}`,
      `--partition=${host}`,
      '--ping-interval=1',
      '--log-level=warn',
      ...settings,
    ];
    const node = await GuardedProcess.start(process.execPath, [main, 'start', ...flags], {
      onLine: (line) => lines.push(line),
    });
    const running = new NodeProcess(host, node);
    await eventually(async () => {
      if (!node.running) throw new Error(`the node has ended: ${lines.join('\n')}`);
      await ask(`${running.url}/livez`);
    });
    return running;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A running node. `await using` kills it. */
export class NodeProcess {
  readonly uri: string;
  readonly url: string;
  readonly #process: GuardedProcess;

  constructor(host: string, process: GuardedProcess) {
    this.uri = `sip:${host}:5060`;
    this.url = `http://${host}:8080`;
    this.#process = process;
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** An answer under /api/v1, asked for by a program and not by a browser. */
  async api<T>(path: string, method = 'GET', body?: unknown, token = writeToken): Promise<T> {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const answer = await ask(`${this.url}/api/v1/${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`);
    return (answer.text === '' ? undefined : answer.json()) as T;
  }

  /** Waits until it holds exactly these, and itself, as active. */
  async sees(...others: readonly Pick<NodeProcess, 'uri'>[]): Promise<void> {
    const wanted = [this, ...others].map(({ uri }) => uri).sort();
    await eventually(async () => {
      const { nodes } = await this.api<{ nodes: { uri: string; status: string }[] }>('nodes');
      const active = nodes.filter(({ status }) => status === 'active').map(({ uri }) => uri);
      if (active.sort().join() !== wanted.join()) throw new Error(`${this.uri} holds ${active.join()} as active`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Until the check passes, or rejects with its error. Without vitest: `make pictures` uses it too. */
async function eventually(check: () => Promise<void>, deadlineMs = 20_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await after(50);
  }
}
