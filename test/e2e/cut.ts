import { runProgram } from '../cluster/run-program.ts';
import { processesWith } from './node-process.ts';

/** A pod of the test cluster on this machine. */
export interface CutPod {
  readonly uid: string;
  /** Its IPv4 address. */
  readonly host: string;
}

/** To port 5060 of the pod itself, from another pod. Probes of the kubelet and everything else pass. */
const rules = (from: CutPod): string[][] =>
  ['udp', 'tcp'].map((protocol) => ['INPUT', '-s', from.host, '-p', protocol, '--dport', '5060', '-j', 'DROP']);

/**
 * Cuts the bus between pods, in their own networks: what one of them sends to the SIP port of the other is dropped there
 * without a word, in both directions. Kubernetes still reaches both. Root on the machine of the test cluster only.
 */
export class Cut {
  readonly #dropped: { readonly pid: number; readonly rule: readonly string[] }[] = [];

  private constructor() {}

  /** Between a pod and each of the others. `await using` lets everything pass again. */
  static async between(one: CutPod, others: readonly CutPod[]): Promise<Cut> {
    const cut = new Cut();
    try {
      for (const other of others) {
        await cut.#drop(one, other);
        await cut.#drop(other, one);
      }
    } catch (error) {
      await cut[Symbol.asyncDispose]();
      throw error;
    }
    return cut;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid, rule } of this.#dropped.splice(0)) await iptables(pid, '-D', rule);
  }

  async #drop(at: CutPod, from: CutPod): Promise<void> {
    const [pid = 0] = processesWith(`POD_UID=${at.uid}`);
    for (const rule of rules(from)) {
      await iptables(pid, '-A', rule);
      this.#dropped.push({ pid, rule });
    }
  }
}

/** In the network of the pod that a process belongs to. */
async function iptables(pid: number, action: '-A' | '-D', rule: readonly string[]): Promise<void> {
  await runProgram('nsenter', [`--net=/proc/${pid}/ns/net`, 'iptables', '--wait', action, ...rule]);
}
