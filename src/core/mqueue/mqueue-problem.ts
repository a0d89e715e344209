/** One thing that is wrong with the definition of a queue. */
export interface MqueueProblem {
  /** The queue as people know it: `queue myq`, or `definition 2` where it has no name. */
  readonly queue: string;
  readonly attribute: string | undefined;
  /** The value as it was written; undefined where there is none. */
  readonly value?: unknown;
  /** What is wrong, continuing queue, attribute and value: "is not a number". */
  readonly problem: string;
  readonly expected: string | undefined;
}
