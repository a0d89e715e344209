import type { StartInput } from '../../edges/config/setting-sources.ts';

/** What `kdmq ping` was asked for. */
export interface PingCommand {
  readonly input: StartInput;
  readonly target: string;
  readonly count: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly output: 'text' | 'json';
}
