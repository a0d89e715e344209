import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SettingValues } from '../../src/index.ts';
import { GuardedProcess } from '../guarded-process.ts';
import type { Kamailio, KamailioOptions } from '../kamailio/kamailio.ts';
import type { RunningNode } from '../running-node.ts';
import type { Machine, NameServer } from './agent.ts';
import type { AgentReply } from './calls.ts';

/** The methods and plain properties of a thing that lives in an agent: all of them asynchronous. */
export type Remote<T> = {
  readonly [K in keyof T & string]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : () => Promise<T[K]>;
};

const run = promisify(execFile);
const deadlineMs = 60_000;

/** A process of its own in which nodes run; killed with everything in it. `await using` ends it with the test. */
export class Agent {
  readonly process: GuardedProcess;
  readonly #open = new Map<number, (reply: AgentReply) => void>();
  #calls = 0;

  private constructor(process: GuardedProcess) {
    this.process = process;
  }

  /** `command` is put before node's, such as `unshare --net`. */
  static async start(command: readonly string[]): Promise<Agent> {
    const ready = Promise.withResolvers<void>();
    const lines: string[] = [];
    let agent: Agent | undefined;
    const [program = '', ...args] = [...command, process.execPath, `${import.meta.dirname}/agent.ts`];
    const child = await GuardedProcess.start(program, args, {
      env: process.env,
      onLine: (line) => lines.push(line),
      onMessage: (message) => {
        const reply = message as AgentReply;
        if (reply.id === 0) ready.resolve();
        else agent?.take(reply);
      },
    });
    agent = new Agent(child);
    void child.exited.then(() => ready.reject(new Error(`the agent ended:\n${lines.join('\n')}`)));
    await ready.promise;
    return agent;
  }

  /** Starts one of our nodes in it. */
  async startNode(settings: SettingValues): Promise<Remote<RunningNode>> {
    return this.#remote(await this.#make('node', settings));
  }

  async startKamailio(options: KamailioOptions): Promise<Remote<Kamailio>> {
    return this.#remote(await this.#make('kamailio', options));
  }

  /** A name server on port 53 of `host`. */
  async startNameServer(host: string): Promise<Remote<NameServer>> {
    return this.#remote(await this.#make('nameServer', host));
  }

  /** The process itself: its clock, its network. */
  async machine(): Promise<Remote<Machine>> {
    return this.#remote(await this.#make('machine', {}));
  }

  /** Runs a command in its network namespace. */
  async command(line: string): Promise<string> {
    const [program = '', ...args] = line.split(' ');
    const { stdout } = await run('nsenter', [`--net=/proc/${this.process.pid}/ns/net`, program, ...args]);
    return stdout;
  }

  /** Takes an answer of the process. */
  take(reply: AgentReply): void {
    this.#open.get(reply.id)?.(reply);
    this.#open.delete(reply.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
  }

  async #make(make: string, options: unknown): Promise<number> {
    return (await this.#ask({ make, args: [options] })) as number;
  }

  #remote<T>(thing: number): Remote<T> {
    const get = (_: object, method: string | symbol) =>
      typeof method === 'symbol' || method === 'then'
        ? undefined
        : (...args: unknown[]) => this.#ask({ thing, method, args });
    return new Proxy({}, { get }) as Remote<T>;
  }

  #ask(call: { make?: string; thing?: number; method?: string; args: readonly unknown[] }): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#calls += 1;
    const id = this.#calls;
    const what = call.make ?? call.method;
    const late = setTimeout(() => reject(new Error(`agent: no answer to ${what}`)), deadlineMs);
    this.#open.set(id, ({ result, error }) => {
      clearTimeout(late);
      if (error === undefined) resolve(result);
      else reject(new Error(`${what}: ${error}`));
    });
    this.process.send({ id, ...call });
    return promise;
  }
}

/** An agent in a network namespace that goes with it: loopback only, with all of 127.0.0.0/8 and the addresses that are added. */
export async function startAgentInOwnNetwork(): Promise<Agent> {
  const agent = await Agent.start(['unshare', '--net']);
  await agent.command('ip link set lo up');
  return agent;
}
