import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isReadyzAnswer, readinessFindings } from '../../../src/cli/doctor/readiness-findings.ts';

/** What a node answers, with these lines in the place of those that are well. */
const readyz = (...lines: readonly string[]): string =>
  `${['[+]shutdown ok', ...lines, 'readyz check failed'].join('\n')}\n`;

describe('what /readyz?verbose means to kdmq doctor', () => {
  it.each([
    ['[-]shutdown the node is stopping', 'shutdown_grace'],
    ['[-]bus not joined: the first search is not over', 'docs/troubleshooting.md#nodes-dont-find-each-other'],
    ['[-]queues calls failed: connect ECONNREFUSED', 'docs/runbooks.md#kdmqqueuenotserved'],
    ['[-]queues calls failed: x.log: damaged at byte 7', 'docs/runbooks.md#a-queue-is-damaged'],
    ['[-]queues calls failed: 3 items were committed and 2 are there', 'docs/runbooks.md#a-queue-is-damaged'],
    ['[-]queues calls fenced: it belongs to another process', 'docs/runbooks.md#a-queue-is-fenced'],
    ['[-]something new', 'log'],
  ])('a check that fails is an error, with what to do: %s', (line, next) => {
    const [, name = ''] = /^\[-\](\S+)/.exec(line) ?? [];
    expect(readinessFindings(readyz(line))).toEqual([
      expect.objectContaining({
        level: 'error',
        what: expect.stringContaining(`is not ready: ${name}: `),
        next: expect.stringContaining(next),
      }),
    ]);
  });

  it.each([
    ['[i]dns failing: nobody.invalid: ENOTFOUND', 'names'],
    ['[i]store failing: no answer', 'docs/runbooks.md#kdmqstorefails'],
    ['[i]kubernetes forbidden: pods', 'docs/runbooks.md#kdmqkubernetesaway'],
  ])('what it does without is a warning: %s', (line, next) => {
    const [ready, warning, ...more] = readinessFindings(readyz(line));
    expect(ready).toMatchObject({ level: 'ok' });
    expect(warning).toMatchObject({ level: 'warning', next: expect.stringContaining(next) });
    expect(more).toEqual([]);
  });

  it.each(['[i]dns answered', '[i]store unused', '[i]kubernetes off: not in a pod'])(
    'nothing is said of %s',
    (line) => {
      expect(readinessFindings(readyz(line))).toEqual([expect.objectContaining({ level: 'ok' })]);
    },
  );

  it('leads to parts of pages that there are', () => {
    const lines = ['bus x', 'queues damaged at byte 1', 'queues fenced', 'queues x', 'shutdown x'];
    const nexts = readinessFindings(
      readyz(...lines.map((line) => `[-]${line}`), '[i]store failing', '[i]kubernetes forbidden'),
    )
      .map(({ next = '' }) => /(docs\/[a-z]+\.md)#([a-z0-9-]+)/.exec(next))
      .filter((place) => place !== null);
    expect(nexts.length).toBe(7);
    for (const [, page = '', anchor = ''] of nexts) {
      const titles = [...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(titles).toContain(anchor);
    }
  });

  it('is told from what somebody else answers', () => {
    expect(isReadyzAnswer(readyz())).toBe(true);
    expect(isReadyzAnswer('readyz check passed\n')).toBe(false);
    expect(isReadyzAnswer('<html></html>')).toBe(false);
  });
});
