import { describe, expect, it } from 'vitest';
import { deadLetterProblems } from '../../../src/core/mqueue/dead-letter-problems.ts';
import { readMqueueDefinitions } from '../../../src/core/mqueue/read-mqueue-definitions.ts';

/** Queues as `a>b`: the dead letters of a go to b. */
function problemsOf(...queues: string[]): string[] {
  const texts = queues.map((queue) => {
    const [name, deadLetter] = queue.split('>');
    return deadLetter === undefined
      ? `name=${name}`
      : `name=${name};lease_ms=1;max_deliveries=1;dead_letter=${deadLetter}`;
  });
  return deadLetterProblems(readMqueueDefinitions(texts).definitions).map(
    ({ queue, attribute, problem, expected }) => `${queue}: ${attribute} ${problem}; expected ${expected}`,
  );
}

describe('dead letters', () => {
  it.each([[['a']], [['a>b', 'b']], [['a>c', 'b>c', 'c']], [['a>b', 'b>c', 'c>d', 'd']]])(
    'may go as in %j',
    (queues) => {
      expect(problemsOf(...queues)).toEqual([]);
    },
  );

  it.each([
    [['a>a'], ['queue a: dead_letter is the queue itself; expected another queue']],
    [['a>x'], ['queue a: dead_letter is no queue; expected the name of another queue']],
    [['a>callz', 'calls'], ['queue a: dead_letter is no queue; expected calls, if that was meant']],
    [['a>x', 'dlq', 'calls'], ['queue a: dead_letter is no queue; expected one of dlq, calls']],
    [['a>b', 'b>a'], ['queue a: dead_letter leads back: a to b to a; expected a queue at which it ends']],
    [
      ['z>a', 'a>b', 'b>c', 'c>a', 'd>x'],
      [
        'queue a: dead_letter leads back: a to b to c to a; expected a queue at which it ends',
        expect.stringContaining('queue d: dead_letter is no queue'),
      ],
    ],
    [['a>b', 'b>b'], ['queue b: dead_letter is the queue itself; expected another queue']],
  ])('may not go as in %j, each round being named once', (queues, problems) => {
    expect(problemsOf(...queues)).toEqual(problems);
  });
});
