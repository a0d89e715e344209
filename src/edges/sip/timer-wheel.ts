import type { Clock, Timer } from '../../ports/clock.ts';

/** What a wheel fires. A class extends it, so that arming a timer allocates nothing. It sits on one wheel at most once. */
export abstract class WheelTimer {
  /** Neighbours in the ring of a slot; itself while it is not armed. Only the wheel writes these three. */
  next: WheelTimer = this;
  previous: WheelTimer = this;
  dueTick = 0;

  /** Called once per arming, after the timer has left the wheel: it may arm itself again. Must not throw. */
  abstract expire(): void;

  get armed(): boolean {
    return this.next !== this;
  }
}

class Ring extends WheelTimer {
  override expire(): void {}
}

const TICK_MS = 10;
const SLOTS = 2048;

/**
 * All timers of the transactions and connections on one clock timer: starting and cancelling cost the same at 100,000
 * timers as at one. Times are rounded up to the next 10 ms. The clock rests while no timer is armed.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #slots: Ring[] = Array.from({ length: SLOTS }, () => new Ring());
  readonly #expired = new Ring();
  #size = 0;
  /** The last tick that has been worked off. */
  #tick = 0;
  #beat: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Timers that are armed. */
  get size(): number {
    return this.#size;
  }

  /** Arms the timer, anew when it is armed already. It fires `delayMs` from now or up to 10 ms later, never earlier. */
  start(timer: WheelTimer, delayMs: number): void {
    if (timer.armed) unlink(timer);
    else this.#size++;
    const now = this.#clock.now();
    if (this.#beat === undefined) this.#tick = Math.floor(now / TICK_MS);
    timer.dueTick = Math.max(Math.ceil((now + delayMs) / TICK_MS), this.#tick + 1);
    append(this.#slots[timer.dueTick % SLOTS]!, timer);
    if (this.#beat === undefined) this.#armBeat(now);
  }

  /** A no-op when the timer is not armed. */
  cancel(timer: WheelTimer): void {
    if (!timer.armed) return;
    unlink(timer);
    this.#size--;
  }

  /** Forgets all timers without firing them. */
  stop(): void {
    this.#beat?.cancel();
    this.#beat = undefined;
    for (const slot of this.#slots) {
      while (slot.armed) unlink(slot.next);
    }
    this.#size = 0;
  }

  #armBeat(now: number): void {
    this.#beat = this.#clock.after((this.#tick + 1) * TICK_MS - now, () => this.#turn());
  }

  #turn(): void {
    const now = this.#clock.now();
    const target = Math.floor(now / TICK_MS);
    // After a long pause of the process one round sees every slot, however many ticks were missed.
    const first = Math.max(this.#tick + 1, target - SLOTS + 1);
    for (let tick = first; tick <= target; tick++) this.#takeDue(this.#slots[tick % SLOTS]!, target);
    this.#tick = Math.max(target, this.#tick);
    while (this.#expired.armed) {
      const timer = this.#expired.next;
      this.cancel(timer);
      timer.expire();
    }
    this.#beat = undefined;
    if (this.#size > 0) this.#armBeat(this.#clock.now());
  }

  /** Moved aside before any is fired, since firing one may cancel another or arm one in the same slot. */
  #takeDue(slot: Ring, target: number): void {
    for (let timer = slot.next; timer !== slot; ) {
      const next = timer.next;
      if (timer.dueTick <= target) {
        unlink(timer);
        append(this.#expired, timer);
      }
      timer = next;
    }
  }
}

function append(ring: WheelTimer, timer: WheelTimer): void {
  timer.previous = ring.previous;
  timer.next = ring;
  ring.previous.next = timer;
  ring.previous = timer;
}

function unlink(timer: WheelTimer): void {
  timer.previous.next = timer.next;
  timer.next.previous = timer.previous;
  timer.next = timer;
  timer.previous = timer;
}
