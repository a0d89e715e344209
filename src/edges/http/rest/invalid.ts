import { HttpProblem } from '../server/http-problem.ts';

/** For what a schema can't say. `detail` says which part of the request is wrong and what would be right. */
export function invalid(detail: string): HttpProblem {
  return new HttpProblem({ status: 400, code: 'REQUEST_INVALID', title: 'The request is not as it has to be', detail });
}
