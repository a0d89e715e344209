import type { AddAnswer } from '../../../kdmq-node.ts';
import { HttpProblem, type Problem } from '../server/http-problem.ts';
import { nodeProblem } from './node-problem.ts';

/** Of a list some items were not added: the problem is that of the first of them, and says of each what became of it. */
export class AddProblem extends HttpProblem {
  readonly #items: readonly (AddAnswer | Pick<Problem, 'code' | 'detail'>)[];

  /** Undefined when all were added. Throws what is no error of a queue. */
  static of(outcomes: readonly PromiseSettledResult<AddAnswer>[]): HttpProblem | undefined {
    const items = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value : problemOf(outcome.reason),
    );
    const first = items.find((item) => item instanceof HttpProblem);
    if (first === undefined || outcomes.length === 1) return first;
    return new AddProblem(first, items);
  }

  constructor(first: HttpProblem, items: readonly (AddAnswer | HttpProblem)[]) {
    const failed = items.filter((item) => item instanceof HttpProblem).length;
    const detail = `${failed} of ${items.length} items were not added, the first because: ${first.message}`;
    super({ status: first.status, code: first.code, title: first.title, detail, headers: first.headers });
    this.#items = items.map((item) => (item instanceof HttpProblem ? { code: item.code, detail: item.message } : item));
  }

  override get problem(): Problem & { readonly items: readonly object[] } {
    return { ...super.problem, items: this.#items };
  }
}

function problemOf(error: unknown): HttpProblem {
  const problem = nodeProblem(error);
  if (problem === undefined) throw error;
  return problem;
}
