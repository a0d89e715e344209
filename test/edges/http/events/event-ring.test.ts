import { describe, expect, it } from 'vitest';
import { EventRing } from '../../../../src/edges/http/events/event-ring.ts';

function ringWith(count: number, size = 10) {
  const ring = new EventRing('life', size);
  const ids = Array.from({ length: count }, (_, index) => ring.add('node', String(index)).id);
  return { ring, ids };
}
const dataAfter = (ring: EventRing, id: string) => ring.after(id).events.map(({ data }) => Number(data));

describe('the ring of events', () => {
  it('gives what came after an event', () => {
    const { ring, ids } = ringWith(5);
    expect(dataAfter(ring, ids[2]!)).toEqual([3, 4]);
    expect(ring.after(ids[4]!)).toEqual({ events: [], gap: false });
  });

  it('keeps at least as many as its size, and at most twice as many', () => {
    const { ring, ids } = ringWith(1_000);
    expect(dataAfter(ring, ids[989]!)).toHaveLength(10);
    expect(ring.after(ids[979]!).gap).toBe(true);
  });

  it('has a last id before the first event too, and after an interruption', () => {
    const { ring } = ringWith(0);
    const before = ring.lastId;
    expect(ring.after(before)).toEqual({ events: [], gap: false });
    const { id } = ring.add('node', '0');
    expect(ring.lastId).toBe(id);
    expect(dataAfter(ring, before)).toEqual([0]);
    ring.interrupt();
    expect([ring.after(id).gap, ring.after(ring.lastId).gap]).toEqual([true, false]);
  });

  it.each([
    ['of another life', 'other-1'],
    ['of nothing', ''],
    ['that is none', 'life-x'],
    ['that has not been', 'life-99'],
  ])('says that something was missed after an id %s', (_, id) => {
    expect(ringWith(5).ring.after(id)).toEqual({ events: [], gap: true });
  });

  it('says that something was missed after an interruption, but not after what came then', () => {
    const { ring, ids } = ringWith(5);
    ring.interrupt();
    expect(ring.after(ids[4]!).gap).toBe(true);
    const { id } = ring.add('node', '5');
    ring.add('node', '6');
    expect(ids).not.toContain(id);
    expect(dataAfter(ring, id)).toEqual([6]);
  });
});
