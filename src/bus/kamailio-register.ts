import { fittingNodes, joinLists, type KamailioList, readKamailioList } from '../core/kamailio-list.ts';
import { isLiving } from '../core/node-list.ts';
import { type NodeUri, nodeKey } from '../core/node-uri.ts';
import { writeNotificationLine } from '../core/notification.ts';
import { type TellableNode, toldNodes } from '../core/told-nodes.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Directory } from './directory.ts';

export interface KamailioRegisterOptions {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  /** Sends a list to a Kamailio; calls back with whether it answered. Its answer has been noted by then. */
  readonly say: (uri: NodeUri, body: string, deadlineMs: number, done: (answered: boolean) => void) => void;
}

const nothingHeld: KamailioList = { nodes: new Map(), bytes: 0, surplus: new Set() };
const maxRemembered = 1_000;
const deadlineMs = 1_500;
/** Before a node names itself at a Kamailio it waits up to so many round trips: of 60 that come at once one or two do it in the same moment. */
const roundTripsOfRoom = 50;
const shortestWaitMs = 100;
const longestWaitMs = 10_000;
/** From so many bytes on a Kamailio that falls silent may have too long a list. */
const suspiciousBytes = 512;

/**
 * In which Kamailio nodes' lists this node stands. Only as many of our nodes as fit name themselves there: a Kamailio whose list grows
 * over its bytes answers nobody any more. The others know of the Kamailio nodes and send to them, but stay out of their lists.
 */
export class KamailioRegister {
  readonly #options: KamailioRegisterOptions;
  readonly #lists = new Map<string, KamailioList>();
  /** Kamailio nodes that may hold this node: since it named itself there, or since they have it as their notification address. */
  readonly #holders = new Map<string, NodeUri>();
  readonly #underWay = new Set<string>();
  readonly #timers = new Set<Timer>();
  #told: ReadonlySet<string> | undefined;
  /** The incarnation of this node with which that was reckoned. */
  #toldAs = 0;

  constructor(options: KamailioRegisterOptions) {
    this.#options = options;
    options.directory.onChange(({ key, before, after, transition }) => {
      if (transition === 'died' && after !== undefined) this.#makeRoom(after.uri);
      if (before?.claim !== after?.claim || before?.verified !== after?.verified) this.#told = undefined;
      if (after !== undefined && !after.buried) return;
      this.#holders.delete(key);
      this.#lists.delete(key);
    });
  }

  /** Whether this node is one of those that Kamailio nodes are told of. */
  isTold(): boolean {
    return this.#toldKeys().has(this.#options.directory.local.key);
  }

  /** Whether that Kamailio, when it last said its list, held this node active. */
  isListedAt(uri: NodeUri): boolean {
    return this.#lists.get(nodeKey(uri))?.nodes.has(this.#options.directory.local.key) ?? false;
  }

  /** A Kamailio said its list. */
  noteList(uri: NodeUri, body: string): void {
    const key = nodeKey(uri);
    if (this.#lists.has(key) || this.#lists.size < maxRemembered) this.#lists.set(key, readKamailioList(body));
  }

  /** A Kamailio spoke to this node: it has it in its list, whatever it holds about it. */
  noteHolder(uri: NodeUri): void {
    if (this.#holders.size < maxRemembered) this.#holders.set(nodeKey(uri), uri);
  }

  /** A Kamailio said goodbye. */
  forget(key: string): void {
    this.#holders.delete(key);
    this.#lists.delete(key);
  }

  /**
   * The list to say to a Kamailio: this node and the active Kamailio nodes, as far as they fit. Our other nodes name themselves: who
   * names others can't know how many more do the same in this moment. A node that is not told, or does not fit, calls itself disabled:
   * any other 200 would bring it into a Kamailio's broadcasts.
   */
  listFor(uri: NodeUri): string {
    return this.#write([...this.#ownIfTold(), ...this.#activeKamailios()], this.#heldWith(uri));
  }

  /** The list for who only asks and names nobody: it goes into no Kamailio's list, so those of ours that are told stand in it too. */
  wholeList(): string {
    const told = this.#toldKeys();
    const ours = this.#options.directory.active().filter(({ kind, key }) => kind === 'kdmq' && told.has(key));
    return this.#write([...this.#ownIfTold(), ...this.#activeKamailios(), ...ours.map(({ uri }) => uri)], nothingHeld);
  }

  /** After a fresh look: names this node there if it should be and is not, takes it away if it is and should not be. */
  settle(uri: NodeUri, roundTrip: number): void {
    if (this.isTold() === this.isListedAt(uri)) return;
    if (!this.isTold()) this.withdraw(uri);
    else this.#nameSoon(uri, roundTrip);
  }

  /**
   * Says `disabled` of this node to every Kamailio that holds it; `done` when all have answered or the deadline is over. One that may have
   * heard of this node from others is asked first: a Kamailio takes an unknown node that is said to be disabled into its list.
   */
  goodbye(graceMs: number, done: () => void): void {
    const holders = [...this.#holders.values()];
    const others = this.isTold() ? this.#livingOthers().filter((uri) => !this.#holders.has(nodeKey(uri))) : [];
    this.#holders.clear();
    let open = holders.length + others.length;
    const finished = (): void => {
      open -= 1;
      if (open === 0) done();
    };
    if (open === 0) done();
    for (const uri of holders) this.#sayDisabled(uri, graceMs, finished);
    for (const uri of others) {
      this.#options.say(uri, '', graceMs / 2, () => {
        if (this.isListedAt(uri)) this.#sayDisabled(uri, graceMs / 2, finished);
        else finished();
      });
    }
  }

  /** Takes this node out of a Kamailio's list. */
  withdraw(uri: NodeUri): void {
    this.#holders.delete(nodeKey(uri));
    this.#sayDisabled(uri, deadlineMs, () => {});
  }

  /**
   * Another node is gone for certain: the Kamailio nodes that list it are told. A Kamailio takes an unknown node that is said to be
   * disabled into its list, so one whose list is not known to hold it is asked first. The nodes that are told of do it, each for itself.
   */
  tellDeath(gone: NodeUri): void {
    if (!this.isTold() || this.#options.directory.local.leaving) return;
    const isHeld = (uri: NodeUri): boolean => this.#lists.get(nodeKey(uri))?.nodes.has(nodeKey(gone)) ?? false;
    const line = writeNotificationLine(gone, 'disabled');
    for (const uri of this.#activeKamailios()) {
      const tell = (): void => this.#options.say(uri, line, deadlineMs, () => {});
      if (isHeld(uri)) tell();
      else this.#options.say(uri, '', deadlineMs, () => isHeld(uri) && tell());
    }
  }

  /** Names this node nowhere any more. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /**
   * Waits a while, looks again so that those who came meanwhile are counted, and names this node if there is still room. An answer that
   * takes much longer than the wait was made for was old when it came: then once more, with a wait for that.
   */
  #nameSoon(uri: NodeUri, roundTrip: number): void {
    const { random, directory } = this.#options;
    const key = nodeKey(uri);
    if (this.#underWay.has(key) || this.#underWay.size >= maxRemembered) return;
    this.#underWay.add(key);
    this.#after(roomFor(roundTrip) * random.fraction(), () => {
      this.#lookAtAll(uri, (took) => {
        this.#underWay.delete(key);
        if (took === undefined || directory.local.leaving || !this.isTold()) return;
        if (roomFor(took) > 2 * roomFor(roundTrip)) this.#nameSoon(uri, took);
        else this.#name(uri);
      });
    });
  }

  /**
   * Looks at a Kamailio, and before at the others, whose nodes it may hear of in the next moment: one of them that is silent keeps this
   * waiting, and what was seen before that is old. Calls back with the milliseconds that it took to answer, undefined where it did not.
   */
  #lookAtAll(uri: NodeUri, done: (tookMs: number | undefined) => void): void {
    const { clock, say } = this.#options;
    const others = this.#activeKamailios().filter((other) => nodeKey(other) !== nodeKey(uri));
    const look = (): void => {
      const askedAt = clock.now();
      say(uri, '', deadlineMs, (answered) => done(answered ? clock.now() - askedAt : undefined));
    };
    let open = others.length;
    if (open === 0) look();
    for (const other of others) {
      say(other, '', deadlineMs, () => {
        open -= 1;
        if (open === 0) look();
      });
    }
  }

  /** Where the name gets no answer it was one too many: a Kamailio whose list has grown too long obeys although it can't answer. */
  #name(uri: NodeUri): void {
    const { directory, say } = this.#options;
    const list = this.listFor(uri);
    if (!list.startsWith(writeNotificationLine(directory.local.uri, 'active'))) return;
    this.noteHolder(uri);
    say(uri, list, deadlineMs, (answered) => {
      const isSurplus = this.#lists.get(nodeKey(uri))?.surplus.has(directory.local.key);
      if ((!answered || isSurplus) && !directory.local.leaving) this.withdraw(uri);
    });
  }

  /**
   * A Kamailio that has died may only have fallen silent because its list is too long: one after another goes, those first who should
   * not be in it (another Kamailio may have named them), until it speaks again.
   */
  #makeRoom(uri: NodeUri): void {
    const key = nodeKey(uri);
    const isFull = this.#holders.has(key) && (this.#lists.get(key)?.bytes ?? 0) >= suspiciousBytes;
    if (!isFull && !this.#isCrowd()) return;
    const wait = (longestWaitMs / 2) * this.#options.random.fraction();
    this.#after(this.isTold() ? wait + longestWaitMs / 2 : wait, () => this.#withdrawIfSilent(uri));
  }

  /** Whether there are more of our nodes than a Kamailio can hold. */
  #isCrowd(): boolean {
    const told = this.#toldKeys();
    for (const record of this.#options.directory.records()) {
      if (record.kind === 'kdmq' && isLiving(record) && !told.has(record.key)) return true;
    }
    return !this.isTold();
  }

  /** Silent, and again when it is only asked: its list has grown too long. It obeys although it can't answer. */
  #withdrawIfSilent(uri: NodeUri): void {
    const { directory, say } = this.#options;
    if (directory.local.leaving) return;
    say(uri, '', deadlineMs, (lives) => {
      if (!lives && !directory.local.leaving) this.withdraw(uri);
    });
  }

  #sayDisabled(uri: NodeUri, within: number, done: () => void): void {
    this.#options.say(uri, writeNotificationLine(this.#options.directory.local.uri, 'disabled'), within, done);
  }

  #after(delayMs: number, run: () => void): void {
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  /** What a Kamailio holds, and what it will hear of the other Kamailio nodes: they tell one another all that they hold. */
  #heldWith(uri: NodeUri): KamailioList {
    const uris = [uri, ...this.#activeKamailios()];
    return joinLists(uris.map((each) => this.#lists.get(nodeKey(each)) ?? nothingHeld));
  }

  #ownIfTold(): NodeUri[] {
    return this.isTold() ? [this.#options.directory.local.uri] : [];
  }

  #activeKamailios(): NodeUri[] {
    const active = this.#options.directory.active().filter(({ kind }) => kind !== 'kdmq');
    return active.map(({ uri }) => uri);
  }

  #write(named: readonly NodeUri[], held: KamailioList): string {
    const { local } = this.#options.directory;
    const fitting = fittingNodes(named, held);
    const own = fitting[0] === local.uri ? '' : writeNotificationLine(local.uri, 'disabled');
    return own + fitting.map((node) => writeNotificationLine(node, 'active')).join('');
  }

  #livingOthers(): NodeUri[] {
    const records = [...this.#options.directory.records()].filter(isLiving);
    return records.filter(({ kind }) => kind === 'kamailio' || kind === 'other').map(({ uri }) => uri);
  }

  #toldKeys(): ReadonlySet<string> {
    const { local } = this.#options.directory;
    if (this.#told !== undefined && this.#toldAs === local.incarnation) return this.#told;
    this.#toldAs = local.incarnation;
    const ours: TellableNode[] = [{ uri: local.uri, incarnation: local.incarnation }];
    const others = [];
    for (const record of this.#options.directory.records()) {
      if (!isLiving(record)) continue;
      if (record.kind === 'kdmq') ours.push({ uri: record.uri, incarnation: record.claim.incarnation });
      else others.push(record);
    }
    this.#told = toldNodes(ours, others);
    return this.#told;
  }
}

/** Milliseconds within which nodes that come at once spread out where a Kamailio takes `roundTrip` milliseconds to answer. */
function roomFor(roundTrip: number): number {
  return Math.min(longestWaitMs, Math.max(shortestWaitMs, roundTripsOfRoom * roundTrip));
}
