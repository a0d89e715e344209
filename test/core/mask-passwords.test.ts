import { describe, expect, it } from 'vitest';
import { escapeControls } from '../../src/core/escape-controls.ts';
import { maskPasswords } from '../../src/core/mask-passwords.ts';

describe('passwords in URLs', () => {
  it.each([
    ['redis://kdmq:hunter2@10.0.0.1:6379/0', 'redis://kdmq:(hidden)@10.0.0.1:6379/0'],
    ['redis://:hunter2@host', 'redis://:(hidden)@host'],
    ['to redis://a:b@c and rediss://d:e@f', 'to redis://a:(hidden)@c and rediss://d:(hidden)@f'],
    ['redis://a:p@ss/w:rd@host', 'redis://a:(hidden)@host'],
    ['http://host:80/path', 'http://host:80/path'],
    ['sip:user@host', 'sip:user@host'],
  ])('%s is shown as %s', (text, shown) => {
    expect(maskPasswords(text)).toBe(shown);
  });
});

describe('control characters', () => {
  it.each([
    ['a\nb', 'a\\u000ab'],
    ['\u001b[31m', '\\u001b[31m'],
    ['\u009b2J', '\\u009b2J'],
    ['\u2028\u202e', '\\u2028\\u202e'],
    ['Grüße, 日本', 'Grüße, 日本'],
  ])('%j is escaped as %j', (text, escaped) => {
    expect(escapeControls(text)).toBe(escaped);
  });
});
