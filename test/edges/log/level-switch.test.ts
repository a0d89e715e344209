import { describe, expect, it } from 'vitest';
import { LevelSwitch } from '../../../src/edges/log/level-switch.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';

function switchAt(setting: 'debug' | 'info' | 'error' = 'info') {
  const log = new MemoryLog();
  log.setLevel(setting);
  const clock = new FakeClock();
  return { log, clock, levels: new LevelSwitch({ log, setting, clock }) };
}

describe('the level of the log', () => {
  it('is that of the setting at first', () => {
    const { levels } = switchAt();
    expect(levels.view()).toEqual({ level: 'info', setting: 'info', until: undefined });
  });

  it('is another one for some time, then that of the setting again', () => {
    const { levels, log, clock } = switchAt();
    expect(levels.set('debug', 600_000)).toEqual({
      level: 'debug',
      setting: 'info',
      until: clock.wallTime() + 600_000,
    });
    clock.advance(599_999);
    expect(log.level).toBe('debug');
    clock.advance(1);
    expect(log.level).toBe('info');
    expect(levels.view()).toEqual({ level: 'info', setting: 'info', until: undefined });
  });

  it('stays without a time, and each change ends the one before', () => {
    const { levels, log, clock } = switchAt();
    levels.set('debug', 1_000);
    levels.set('error', undefined);
    clock.advance(1_000_000_000);
    expect(log.level).toBe('error');
    expect(clock.pending).toBe(0);
  });

  it('is what the setting says when that changes, whatever was set', () => {
    const { levels, log, clock } = switchAt();
    levels.set('debug', 1_000);
    levels.configure('warn');
    expect(levels.view()).toEqual({ level: 'warn', setting: 'warn', until: undefined });
    clock.advance(1_000);
    expect(log.level).toBe('warn');
  });

  it('goes back to what the setting says by then', () => {
    const { levels, log, clock } = switchAt();
    levels.configure('error');
    levels.set('debug', 1_000);
    clock.advance(1_000);
    expect(log.level).toBe('error');
  });

  it.each([
    ['error', 'debug', 'debug'],
    ['debug', 'error', 'debug'],
  ] as const)('is told when it goes from %s to %s, while the level is %s', (from, to, heard) => {
    const { levels, log } = switchAt(from);
    const heardAt: string[] = [];
    const { info } = log;
    log.info = (message, fields) => {
      heardAt.push(log.level);
      info.call(log, message, fields);
    };
    levels.set(to, undefined);
    expect(heardAt).toEqual([heard]);
    expect(log.lines[0]?.fields).toMatchObject({ from, to });
  });

  it('stays when it is stopped', () => {
    const { levels, log, clock } = switchAt();
    levels.set('debug', 1_000);
    levels.stop();
    clock.advance(10_000);
    expect(log.level).toBe('debug');
  });
});
