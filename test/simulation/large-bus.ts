import { expect } from 'vitest';
import { VirtualBus, type VirtualNode } from '../bus/virtual-bus.ts';

/** What a bus of a size costs and how fast it learns; printed with the test. */
export interface Figures {
  readonly joinMs: number;
  readonly messagesPerNodeSecond: number;
  readonly bytesPerNodeSecond: number;
  readonly killedMs: number;
  readonly silentMs: number;
  readonly goodbyeMs: number;
  readonly newcomerMs: number;
  /** Only with a split. */
  readonly healMs: number | undefined;
}

const settledMs = 20_000;
const measuredMs = 10_000;

/** Whole nodes, their real core and bus, all started in the same moment on a virtual network with 1 ms one way. */
export async function liveThrough(size: number, split: boolean, print: (line: string) => void): Promise<Figures> {
  const bus = new VirtualBus(size);
  const nodes = await bus.addMany(size);
  const joinMs = await bus.until(() => everyoneHolds(nodes, size - 1), 30_000, 50);
  await bus.clock.advanceAsync(settledMs);
  const { messages, bytes } = await cost(bus, nodes);

  const killed = nodes[3]!;
  bus.kill(killed);
  const afterKill = nodes.filter((node) => node !== killed);
  const killedMs = await bus.until(() => everyoneHolds(afterKill, size - 2), 10_000);

  const silent = afterKill[Math.floor(size / 2)]!;
  bus.network.freeze(silent.uri);
  const awake = afterKill.filter((node) => node !== silent);
  const silentMs = await bus.until(() => everyoneHolds(awake, size - 3), 20_000);
  bus.network.thaw(silent.uri);
  await bus.until(() => everyoneHolds(afterKill, size - 2), 30_000);

  const leaver = awake[1]!;
  void leaver.bus.stop(10_000);
  const stayers = afterKill.filter((node) => node !== leaver);
  const goodbyeMs = await bus.until(() => everyoneHolds(stayers, size - 3), 10_000);

  const newcomer = await bus.add(VirtualBus.uri(size + 1));
  const all = [...stayers, newcomer];
  const newcomerMs = await bus.until(() => everyoneHolds(all, size - 2), 10_000);

  const healMs = split ? await splitAndHeal(bus, all) : undefined;
  const figures = {
    joinMs,
    messagesPerNodeSecond: messages,
    bytesPerNodeSecond: bytes,
    killedMs,
    silentMs,
    goodbyeMs,
    newcomerMs,
    healMs,
  };
  print(
    `${size} nodes: ${Object.entries(figures)
      .map(([name, value]) => `${name} ${value === undefined ? '-' : Math.round(value)}`)
      .join(', ')}`,
  );
  return figures;
}

/** The bars that hold whatever the size. */
export function expectFlatAndFast(figures: Figures): void {
  expect(figures.messagesPerNodeSecond).toBeLessThan(12);
  expect(figures.bytesPerNodeSecond).toBeLessThan(8_000);
  expect(figures.killedMs).toBeLessThanOrEqual(1_000);
  expect(figures.silentMs).toBeLessThanOrEqual(5_000);
  expect(figures.goodbyeMs).toBeLessThanOrEqual(1_000);
  expect(figures.newcomerMs).toBeLessThanOrEqual(1_000);
  expect(figures.healMs ?? 0).toBeLessThanOrEqual(15_000);
}

function everyoneHolds(nodes: readonly VirtualNode[], others: number): boolean {
  return nodes.every((node) => node.bus.directory.activeCount === others);
}

async function cost(bus: VirtualBus, nodes: readonly VirtualNode[]): Promise<{ messages: number; bytes: number }> {
  const sum = (read: (node: VirtualNode) => number): number => nodes.reduce((total, node) => total + read(node), 0);
  const messages = sum((node) => node.transport.sent.messages);
  const bytes = sum((node) => node.transport.sent.bytes);
  await bus.clock.advanceAsync(measuredMs);
  const nodeSeconds = nodes.length * (measuredMs / 1_000);
  return {
    messages: (sum((node) => node.transport.sent.messages) - messages) / nodeSeconds,
    bytes: (sum((node) => node.transport.sent.bytes) - bytes) / nodeSeconds,
  };
}

/** Two halves lose sight of each other for 20 s; returns the milliseconds from the heal until all see all again. */
async function splitAndHeal(bus: VirtualBus, nodes: readonly VirtualNode[]): Promise<number> {
  const half = new Set(nodes.slice(0, Math.floor(nodes.length / 2)).map((node) => node.uri.host));
  bus.network.connected = (from, to) => half.has(from.host) === half.has(to.host);
  await bus.clock.advanceAsync(20_000);
  for (const node of nodes) expect(node.bus.directory.activeCount).toBeLessThan(nodes.length - 1);
  bus.network.connected = () => true;
  return bus.until(() => everyoneHolds(nodes, nodes.length - 1), 60_000, 50);
}
