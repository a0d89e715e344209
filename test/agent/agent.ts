/** Runs in a process, and network namespace, of its own: makes nodes, Kamailios and name servers, and does with them what the test asks. */
import type { DnsFault } from '../dns/dns-faults.ts';
import { DnsServer } from '../dns/dns-server.ts';
import { type Exchange, exchange } from '../faults/exchange.ts';
import { startKamailio } from '../kamailio/kamailio.ts';
import { startNode } from '../running-node.ts';
import type { AgentCall, AgentReply } from './calls.ts';

const things: object[] = [];

let clockOffsetMs = Number(process.env.KDMQ_TEST_CLOCK_MS ?? 0);
const realNow = Date.now;
Date.now = () => realNow() + clockOffsetMs;

/** A name server that is told what to say by plain values. */
class NameServer {
  readonly #server: DnsServer;

  constructor(host: string) {
    this.#server = new DnsServer({ host, port: 53 });
  }

  start(): Promise<void> {
    return this.#server.start();
  }

  /** The A records of a name. */
  setAddresses(name: string, addresses: readonly string[]): void {
    this.#server.zone.set(name, 'A', addresses);
  }

  /** From now on every query meets this fault; undefined: none. */
  setFault(fault: DnsFault | undefined): void {
    this.#server.heal();
    if (fault !== undefined) this.#server.fail(fault);
  }

  /** How many queries have come in. */
  count(): number {
    return this.#server.count();
  }
}

export type { Machine, NameServer };

/** What concerns the whole process. */
class Machine {
  /** Its wall clock jumps. */
  jumpClock(ms: number): void {
    clockOffsetMs += ms;
  }

  /** Sends a datagram from an address of its network. */
  exchange(message: Exchange): Promise<string[]> {
    return exchange(message);
  }
}

async function startNameServer(host: string): Promise<NameServer> {
  const server = new NameServer(host);
  await server.start();
  return server;
}

const makers: Record<string, (options: never) => Promise<object>> = {
  node: startNode,
  kamailio: startKamailio,
  nameServer: startNameServer,
  machine: async () => new Machine(),
};

async function carryOut({ make, thing, method, args }: AgentCall): Promise<unknown> {
  if (make !== undefined) return things.push(await makers[make]!(args[0] as never)) - 1;
  const target = things[thing!] as Record<string, unknown>;
  const member = target[method!];
  return typeof member === 'function' ? await member.apply(target, args) : member;
}

process.on('message', (call: AgentCall) => {
  const answer = (reply: Omit<AgentReply, 'id'>) => process.send?.({ id: call.id, ...reply });
  carryOut(call).then(
    (result) => answer({ result }),
    (error: Error) => answer({ error: error.message }),
  );
});

// The test is gone: so is the agent, and with it its namespace.
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, result: 'ready' });
