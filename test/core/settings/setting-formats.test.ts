import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  booleanFormat,
  channelFormat,
  choice,
  dnsNameFormat,
  pathFormat,
  seconds,
  wholeNumber,
} from '../../../src/core/settings/setting-formats.ts';

describe('booleans', () => {
  it.each([true, 1, '1', 'yes', 'on', 'true', 'ON', ' Yes ', 'TRUE'])('takes %j as true', (raw) => {
    expect(booleanFormat.read(raw)).toEqual({ ok: true, value: true });
  });

  it.each([false, 0, '0', 'no', 'off', 'false', 'OFF', 'No\n'])('takes %j as false', (raw) => {
    expect(booleanFormat.read(raw)).toEqual({ ok: true, value: false });
  });

  it.each([
    [2, 'is neither yes nor no'],
    ['', 'is neither yes nor no'],
    ['y', 'is neither yes nor no'],
    ['ON=0', 'is neither yes nor no'],
    [null, 'is nothing'],
    [[true], 'is a list'],
    [{ on: true }, 'is a map'],
  ])('refuses %j', (raw, problem) => {
    expect(booleanFormat.read(raw)).toEqual({ ok: false, problem });
  });
});

describe('whole numbers', () => {
  const format = wholeNumber({ min: 1, max: 100, unit: 'messages' });

  it.each([
    [1, 1],
    ['100', 100],
    [' 7\n', 7],
    ['+5', 5],
    ['007', 7],
    [3.0, 3],
    ['3.0', 3],
  ])('reads %j as %i', (raw, value) => {
    expect(format.read(raw)).toEqual({ ok: true, value });
  });

  it.each([
    [0, 'is below 1'],
    ['-1', 'is below 1'],
    [101, 'is above 100'],
    ['1.5', 'is not a whole number'],
    ['', 'is not a number'],
    ['ten', 'is not a number'],
    ['0x10', 'is not a number'],
    ['1e2', 'is not a number'],
    ['1_000', 'is not a number'],
    ['5 6', 'is not a number'],
    [Number.NaN, 'is not a number'],
    [Number.POSITIVE_INFINITY, 'is not a number'],
    ['5k', 'is not a plain number: leave the unit out, it is messages'],
    [true, 'is a boolean'],
    [[1], 'is a list'],
  ])('refuses %j', (raw, problem) => {
    expect(format.read(raw)).toEqual({ ok: false, problem });
  });

  it('names range and unit', () => {
    expect(format.expected).toBe('a whole number of messages from 1 to 100');
  });
});

describe('seconds', () => {
  const parts = seconds({ min: 0.1, max: 60, parts: true });
  const whole = seconds({ min: 1, max: 3600, parts: false });

  it.each([
    ['0.2', 0.2],
    ['.5', 0.5],
    [1, 1],
  ])('reads %j as %d where parts of a second make sense', (raw, value) => {
    expect(parts.read(raw)).toEqual({ ok: true, value });
  });

  it('refuses parts of a second elsewhere', () => {
    expect(whole.read('0.5')).toEqual({ ok: false, problem: 'is not a whole number' });
  });

  it.each(['10s', '200ms', '1 min'])('says for %j that the unit has to go', (raw) => {
    expect(parts.read(raw)).toMatchObject({ problem: 'is not a plain number: leave the unit out, it is seconds' });
  });
});

describe('words', () => {
  const format = choice(['debug', 'info', 'warn', 'error']);

  it.each(['info', 'INFO', ' info '])('reads %j', (raw) => {
    expect(format.read(raw)).toEqual({ ok: true, value: 'info' });
  });

  it('names the word that was meant', () => {
    expect(format.read('warning')).toEqual({ ok: false, problem: 'is not known', suggestion: 'warn' });
  });
});

describe('paths', () => {
  it('takes a path as it is', () => {
    expect(pathFormat.read('/etc/kdmq/tls.crt')).toEqual({ ok: true, value: '/etc/kdmq/tls.crt' });
  });

  it.each([
    ['-----BEGIN PRIVATE KEY-----\nx', 'holds the contents of the file instead of its path'],
    [' ', 'is empty'],
    ['a\0b', 'holds a line break or another control character'],
    [5, 'is a number'],
  ])('refuses %j', (raw, problem) => {
    expect(pathFormat.read(raw)).toEqual({ ok: false, problem });
  });
});

describe('channels', () => {
  it.each(['notification_peer', 'a', 'htable', "x-y_z.!~*'()&=+$,/"])('takes %s', (raw) => {
    expect(channelFormat.read(raw)).toEqual({ ok: true, value: raw });
  });

  it.each(['', 'a b', 'a@b', 'a;b', 'a?b', '%41', 'ä', 'x'.repeat(65), '<a>', 'a\r\nb'])('refuses %j', (raw) => {
    expect(channelFormat.read(raw).ok).toBe(false);
  });
});

describe('DNS names', () => {
  it('keeps them in lower case', () => {
    expect(dnsNameFormat.read('KDMQ.Example.org')).toEqual({ ok: true, value: 'kdmq.example.org' });
  });

  it.each(['', 'a..b', '-a.b', 'a b', `${'a'.repeat(64)}.org`, 'x.'.repeat(200)])('refuses %j', (raw) => {
    expect(dnsNameFormat.read(raw).ok).toBe(false);
  });
});

describe('every format', () => {
  const formats = [
    booleanFormat,
    wholeNumber({ min: 0, max: 10, unit: 'things' }),
    seconds({ min: 0, max: 1, parts: true }),
    choice(['a', 'b']),
    pathFormat,
    channelFormat,
    dnsNameFormat,
  ];

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.constantFrom(...formats), fc.anything(), (format, raw) => {
        format.read(raw);
      }),
    );
  });
});
