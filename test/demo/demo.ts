import { formatNodeUri } from '../../src/core/node-uri.ts';
import type { Delivery, KdmqNode } from '../../src/index.ts';
import type { Kamailio } from '../kamailio/kamailio.ts';
import type { KamailioVersion } from '../kamailio/launch.ts';
import { machineHas } from '../machine.ts';
import { Stage, service } from './stage.ts';
import { StepFailed, waitUntil } from './step.ts';
import type { Paint, View } from './table.ts';
import { Watcher } from './watcher.ts';

export interface DemoOptions {
  readonly print: (line: string) => void;
  readonly paint: Paint;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
  /** Runs when every step has held, with everything still running; what it awaits keeps the stage open. */
  readonly beforeEnd?: (stage: Stage) => Promise<void>;
  /** Kamailio versions that join; by default those that are installed. */
  readonly kamailios?: readonly KamailioVersion[];
  /** Names that every observer is expected to see as active beside the real ones: how a test sees the demo fail. */
  readonly alsoExpected?: readonly string[];
  /** How long the processes of the first step may search for each other once they are up, in milliseconds. */
  readonly findDeadlineMs?: number;
}

const versions = ['5.6', '6.1'] as const;
const own = 'demo';

/** Plays the whole demo. True when every step held; what did not is printed. Rejects when it was called off by the signal. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { print, paint, beforeEnd } = options;
  const start = performance.now();
  const stage = await Stage.open();
  print(paint('bold', 'One bus on loopback addresses of this machine'));
  let failed = false;
  let kept = false;
  try {
    await new Demo(stage, options).play();
    print(`\n${paint('bold', 'Every step held')}, after ${seconds(start)}.`);
    kept = true;
    await beforeEnd?.(stage);
    // Whoever looks may have killed some.
    for (const { name, process } of stage.present) if (process?.running === false) stage.dismiss(name);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    failed = true;
    printFailure(error, options);
  } finally {
    const unclean = await stage.close();
    // Called off early, some may have been too young to stop by themselves.
    if (unclean.length > 0 && (kept || !options.signal.aborted)) {
      failed = true;
      print(paint('red', `Did not stop with exit code 0: ${unclean.join(', ')}`));
    } else print('All nodes have stopped.');
    if (failed) print(`Their logs are in ${stage.folder}`);
    else stage.removeFolder();
  }
  return !failed;
}

/** The steps, told as they happen. */
class Demo {
  readonly #stage: Stage;
  readonly #options: DemoOptions;
  readonly #watch: Watcher;
  #step = 0;

  constructor(stage: Stage, options: DemoOptions) {
    this.#stage = stage;
    this.#options = options;
    this.#watch = new Watcher(stage, options);
  }

  async play(): Promise<void> {
    const node = await this.#findEachOther();
    await this.#broadcast(node);
    const kamailios = await this.#joinKamailios();
    if (kamailios.length > 0) await this.#exchangeWithKamailios(node, kamailios);
    await this.#kill();
    await this.#add();
    await this.#stop(node);
  }

  async #findEachOther(): Promise<KdmqNode> {
    const { dns, ipv6, port } = this.#stage;
    this.#title('Three nodes find each other by a name');
    this.#say(`A DNS server on ${dns.address} holds ${service}, as Kubernetes publishes a headless service:`);
    this.#say(`SRV, A${ipv6 ? ' and AAAA (kdmq-0 has ::1 too)' : '; no AAAA, for this machine has no IPv6'}.`);
    this.#say(`kdmq-0, kdmq-1, kdmq-2 are processes on port ${port} of addresses of their own, told only "sip:kdmq";`);
    this.#say('"demo" is a node inside this program, made with createNode().');
    const start = performance.now();
    await Promise.all(['kdmq-0', 'kdmq-1', 'kdmq-2'].map((name) => this.#stage.startProcess(name, 'peer')));
    const node = await this.#stage.startOwn(own);
    const up = await waitUntil({
      what: 'the processes answer',
      deadlineMs: 30_000,
      look: async () => await this.#stage.view(this.#watch.names()),
      holds: (view) => [...view.values()].every((row) => row.size > 0),
      expected: () => ['an answer of each'],
      describe: (view) => this.#watch.draw(view),
      signal: this.#options.signal,
    });
    this.#say(`the last process was up ${up.ms} ms after the start`);
    const { ms, view } = await this.#watch.allSeeAll(this.#options.findDeadlineMs ?? 20_000);
    this.#result(`all see all after ${ms} ms more, ${seconds(start)} with the start of the processes`);
    this.#show(view);
    const asked = new Set(dns.queries.map(({ type }) => type));
    for (const type of ['SRV', 'A', 'AAAA']) {
      if (!asked.has(type)) throw new StepFailed('DNS was asked for SRV, A and AAAA', ['SRV, A, AAAA'], [...asked]);
    }
    return node;
  }

  async #broadcast(node: KdmqNode): Promise<void> {
    this.#title('A broadcast is answered by all');
    const deliveries = await node.broadcastMessage('demo', 'hello from the demo', { deadlineMs: 5_000 });
    this.#showDeliveries(deliveries);
    this.#watch.answered(deliveries, { 'kdmq-0': 200, 'kdmq-1': 200, 'kdmq-2': 200 });
    this.#heard('hello from the demo', await this.#watch.heardByAll('hello from the demo', [own]));
  }

  async #joinKamailios(): Promise<Kamailio[]> {
    const { kamailios = versions.filter((version) => machineHas(`kamailio-${version}`)) } = this.#options;
    const first = this.#stage.members.get('kdmq-0');
    if (kamailios.length === 0 || first === undefined) {
      this.#say('\nNo Kamailio is installed here: the bus stays without one.');
      return [];
    }
    const names = kamailios.map((version) => `Kamailio ${version}`);
    this.#title(`${names.join(' and ')} ${kamailios.length > 1 ? 'join' : 'joins'}`);
    this.#say('Real ones; their rows are what their own dmq.list_nodes says.');
    const started = await Promise.all(
      kamailios.map((version) => this.#stage.startKamailio(`Kamailio ${version}`, version, first)),
    );
    const { ms, view } = await this.#watch.allSeeAll(30_000);
    this.#result(`all see all ${ms} ms after Kamailio was up`);
    this.#show(view);
    return started;
  }

  async #exchangeWithKamailios(node: KdmqNode, kamailios: readonly Kamailio[]): Promise<void> {
    this.#title('Broadcasts both ways between Kamailio and the nodes');
    for (const kamailio of kamailios) {
      const text = `hello from Kamailio ${kamailio.version}`;
      await kamailio.broadcast('demo', text);
      this.#heard(text, await this.#watch.heardByAll(text, []));
    }
    const deliveries = await node.broadcastMessage('demo', 'hello to Kamailio', { deadlineMs: 5_000 });
    this.#showDeliveries(deliveries);
    const answers = Object.fromEntries(kamailios.map(({ version }) => [`Kamailio ${version}`, 202]));
    this.#watch.answered(deliveries, { 'kdmq-0': 200, 'kdmq-1': 200, 'kdmq-2': 200, ...answers });
    for (const kamailio of kamailios) {
      await kamailio.waitForRequest(({ body }) => body.toString() === 'hello to Kamailio');
      this.#result(`seen in the request_route of Kamailio ${kamailio.version}`);
    }
  }

  async #kill(): Promise<void> {
    const victim = this.#stage.members.get('kdmq-1');
    this.#title('kdmq-1 is killed');
    this.#say(`kill -9 ${victim?.process?.pid}, and its pod goes out of DNS`);
    const start = performance.now();
    this.#stage.dismiss('kdmq-1');
    await victim?.process?.kill();
    this.#stage.forget('kdmq-1');
    const ours = await this.#watch.gone('kdmq-1', this.#watch.ours(), 10_000, start);
    this.#result(`no node of ours holds it as active any more after ${ours.ms} ms`);
    const kamailios = this.#watch.names().filter((name) => !this.#watch.ours().includes(name));
    let { view } = ours;
    if (kamailios.length > 0) {
      const all = await this.#watch.gone('kdmq-1', this.#watch.names(), 40_000, start);
      this.#result(`nor does Kamailio after ${all.ms} ms: its own pings, here each 5 s, have to fail`);
      view = all.view;
    }
    this.#show(view);
  }

  async #add(): Promise<void> {
    this.#title('A fourth node, kdmq-3, is added');
    this.#say('This one is `kdmq start` as it is, without a peer.');
    const start = performance.now();
    const added = await this.#stage.startProcess('kdmq-3', 'kdmq');
    await waitUntil({
      what: 'kdmq-3 answers',
      deadlineMs: 20_000,
      look: () => added.list(),
      holds: (list) => list !== undefined,
      expected: () => ['an answer'],
      describe: () => ['none'],
      signal: this.#options.signal,
    });
    const { ms, view } = await this.#watch.allSeeAll(30_000);
    this.#result(`all see all ${ms} ms after it was up, ${seconds(start)} with the start of its process`);
    this.#show(view);
  }

  async #stop(node: KdmqNode): Promise<void> {
    const leaver = this.#stage.members.get('kdmq-2');
    if (leaver?.process === undefined) return;
    this.#title('kdmq-2 is stopped, and says goodbye');
    this.#say(`kill -TERM ${leaver.process.pid}`);
    const start = performance.now();
    this.#stage.dismiss('kdmq-2');
    leaver.process.signal('SIGTERM');
    const uri = formatNodeUri(leaver.uri);
    const hearers = this.#watch.names().filter((name) => this.#stage.members.get(name)?.goodbyes !== undefined);
    const heard = await waitUntil({
      what: 'every node of ours heard the goodbye of kdmq-2',
      deadlineMs: 10_000,
      look: async () => hearers.filter((name) => this.#stage.members.get(name)?.goodbyes?.includes(uri)),
      holds: (names) => names.length === hearers.length,
      expected: () => [hearers.join(', ')],
      describe: (names) => [names.join(', ') || 'nobody'],
      signal: this.#options.signal,
    });
    this.#result(`all nodes of ours have heard it after ${heard.ms} ms`);
    const gone = await this.#watch.gone('kdmq-2', this.#watch.names(), 10_000, start);
    this.#result(`nobody sends to it any more after ${gone.ms} ms`);
    const { code } = await leaver.process.exited;
    if (code !== 0) throw new StepFailed('kdmq-2 stopped', ['exit code 0'], [`exit code ${code}`]);
    this.#result(`its exit code is 0, ${Math.round(performance.now() - start)} ms after the signal`);
    this.#stage.forget('kdmq-2');
    this.#show(gone.view);
    const counted = node.counters().find(({ name, reason }) => name === 'node_transitions' && reason === 'left');
    if (counted?.value !== 1) throw new StepFailed('goodbyes counted', ['1'], [String(counted?.value ?? 0)]);
  }

  #showDeliveries(deliveries: readonly Delivery[]): void {
    for (const { node, code, reason, elapsedMs } of deliveries) {
      const uri = formatNodeUri(node);
      this.#say(`${this.#watch.nameOf(uri).padEnd(12)}  ${uri}  ${code} ${reason}  ${elapsedMs.toFixed(1)} ms`);
    }
  }

  #show(view: View): void {
    this.#options.print('');
    for (const line of this.#watch.draw(view)) this.#say(line);
  }

  #heard(text: string, by: readonly string[]): void {
    this.#result(`"${text}" heard by ${by.join(', ')}`);
  }

  #title(text: string): void {
    this.#step += 1;
    this.#options.print(`\n${this.#options.paint('bold', `${this.#step}. ${text}`)}`);
  }

  #say(text: string): void {
    this.#options.print(`   ${text}`);
  }

  #result(text: string): void {
    this.#say(this.#options.paint('green', `✓ ${text}`));
  }
}

function printFailure({ message, expected, seen }: StepFailed, { print, paint }: DemoOptions): void {
  print(`\n${paint('red', `This did not hold: ${message}`)}`);
  print('   expected:');
  for (const line of expected) print(`     ${line}`);
  print('   seen:');
  for (const line of seen) print(`     ${line}`);
  print('');
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1_000).toFixed(1)} s`;
}
