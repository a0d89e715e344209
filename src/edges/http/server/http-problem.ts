/** The media type of RFC 9457. */
export const problemType = 'application/problem+json';

/** What is wrong with a request, or with the node that got it, as RFC 9457 says it. */
export interface Problem {
  /** `urn:kdmq:problem:` and the code in small letters. */
  readonly type: string;
  /** The same for every occurrence of the code. */
  readonly title: string;
  readonly status: number;
  /** What was wrong this time, and what would be right. */
  readonly detail: string;
  /** Stable, for programs. */
  readonly code: string;
}

export interface ProblemParts {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a handler: the answer is this problem. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor({ status, code, title, detail, headers = {} }: ProblemParts) {
    super(detail);
    this.name = 'HttpProblem';
    this.status = status;
    this.code = code;
    this.title = title;
    this.headers = headers;
  }

  get problem(): Problem {
    const { status, code, title, message: detail } = this;
    return { type: `urn:kdmq:problem:${code.toLowerCase()}`, title, status, detail, code };
  }
}
