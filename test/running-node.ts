import { createNode } from '../src/app.ts';
import { parseSettings } from '../src/edges/config/parse-settings.ts';
import { SystemClock } from '../src/edges/system/system-clock.ts';
import { MessageTaps } from '../src/edges/trace/message-taps.ts';
import type { KdmqNode, NodeEventView, ReplyContent, SettingValues, SipRequest } from '../src/index.ts';
import { MemoryLog } from './fakes/memory-log.ts';

/** A message that reached a peer of a RunningNode. */
export interface ReceivedMessage {
  readonly channel: string;
  readonly body: string;
  readonly request: SipRequest;
}

/** Something that happened to a node as another one saw it, with the monotonic time of it. */
export interface SeenEvent extends NodeEventView {
  readonly at: number;
}

const transitions = ['joined', 'suspected', 'recovered', 'died', 'left', 'removed'] as const;

/** One of our nodes on real sockets in this process. `await using` ends it with the test. */
export class RunningNode {
  readonly node: KdmqNode;
  readonly log = new MemoryLog();
  /** Where its SIP messages can be followed. */
  readonly taps = new MessageTaps(new SystemClock());
  /** Messages of the channels that `listen` was called for, oldest first. */
  readonly received: ReceivedMessage[] = [];
  readonly events: SeenEvent[] = [];

  /** Use startNode. */
  constructor(settings: SettingValues) {
    this.node = createNode({ settings: parseSettings(settings), log: this.log, taps: this.taps });
    for (const transition of transitions) {
      this.node.on(transition, (event) => this.events.push({ ...event, at: performance.now() }));
    }
  }

  get uri(): string {
    return this.node.uri;
  }

  /** The address that it announces. */
  get host(): string {
    return this.node.nodes()[0]!.host;
  }

  /** Its node list without itself, URI → status. */
  others(): Record<string, string> {
    const others = this.node.nodes().filter(({ local }) => !local);
    return Object.fromEntries(others.map(({ uri, status }) => [uri, status]));
  }

  /** The URIs that its broadcasts go to. */
  active(): string[] {
    return Object.entries(this.others())
      .filter(([, status]) => status === 'active')
      .map(([uri]) => uri)
      .sort();
  }

  /** Makes a peer that keeps what it gets. */
  listen(channel: string, answer?: ReplyContent): void {
    this.node.registerPeer({
      name: channel,
      callback: (request) => {
        this.received.push({ channel, body: Buffer.from(request.body).toString(), request });
        return answer;
      },
    });
  }

  /** The bodies of the messages that came on a channel, oldest first. */
  bodies(channel: string): string[] {
    return this.received.filter((message) => message.channel === channel).map(({ body }) => body);
  }

  /** What carried the messages of a channel. */
  carriers(channel: string): string[] {
    return this.received.filter((one) => one.channel === channel).map(({ request }) => request.source.transport);
  }

  /** Sends to all; host → code of the answer. */
  async broadcast(channel: string, body: string, deadlineMs = 5_000): Promise<Record<string, number>> {
    const deliveries = await this.node.broadcastMessage(channel, body, { deadlineMs });
    return Object.fromEntries(deliveries.map(({ node, code }) => [node.host, code]));
  }

  /** Puts an item into a queue; resolves when it is as safe as the queue's durability says. */
  async addItem(queue: string, key: string, value: string): Promise<void> {
    await this.node.queues.ready();
    await this.node.queues.get(queue).add(key, value);
  }

  /** The items of a queue that could be fetched, oldest first. */
  async items(queue: string): Promise<[key: string, value: string][]> {
    await this.node.queues.ready();
    const { items } = this.node.queues.get(queue).peek({ limit: 1_000_000 });
    return items.map((item) => [item.keyText(), item.valueText()]);
  }

  async stop(): Promise<void> {
    await this.node.stop();
  }

  counter(name: string, reason?: string): number {
    const found = this.node.counters().filter((one) => one.name === name && (!reason || one.reason === reason));
    return found.reduce((sum, { value }) => sum + value, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.stop();
  }
}

/** Starts one of our nodes; `server_address` is the only setting that must be named. Rejects when it can't bind. */
export async function startNode(settings: SettingValues): Promise<RunningNode> {
  const running = new RunningNode({ ping_interval: 1, ...settings });
  await running.node.start();
  return running;
}
