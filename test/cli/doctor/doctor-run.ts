import { expect } from 'vitest';
import { runCommand } from '../run-command.ts';

export interface SeenFinding {
  readonly check: string;
  readonly level: string;
  readonly what: string;
  readonly next?: string;
}

export interface DoctorRun {
  readonly code: number | string;
  readonly findings: readonly SeenFinding[];
  /** The findings of one check. */
  of(check: string): readonly SeenFinding[];
}

/** Runs `kdmq doctor`, which has nothing to say on standard error. Nothing is served over HTTP where `flags` do not say so. */
export async function doctor(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<DoctorRun> {
  const { code, output, errors } = await runCommand(['doctor', '-o', 'json', ...flags], {
    KDMQ_HTTP_LISTEN: 'off',
    ...environment,
  });
  expect(errors).toBe('');
  const { findings } = JSON.parse(output) as { findings: SeenFinding[] };
  return { code, findings, of: (check) => findings.filter((one) => one.check === check) };
}
