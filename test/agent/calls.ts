/** What the test asks of an agent: to make a thing, or to call a method (or read a property) of one. */
export interface AgentCall {
  readonly id: number;
  readonly make?: string;
  readonly thing?: number;
  readonly method?: string;
  readonly args: readonly unknown[];
}

export interface AgentReply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
