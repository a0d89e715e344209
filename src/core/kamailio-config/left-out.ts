/** Something of a Kamailio configuration that kdmq did not take over. */
export interface LeftOut {
  readonly line: number;
  readonly what: string;
  readonly why: string;
}
