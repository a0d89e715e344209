import { readFileSync } from 'node:fs';
import process from 'node:process';
import { expect, vi } from 'vitest';

const { E2E_PREVIOUS_IMAGE: previousImage, E2E_PREVIOUS_CHART: previousChart, E2E_PREVIOUS_BUILT: built } = process.env;

/** An older kdmq, whose nodes stand on one bus with those of today: `make e2e` builds that of the commit in `previous-version`. */
export const previous =
  previousImage === undefined || previousChart === undefined
    ? undefined
    : { image: previousImage, chart: previousChart };

/** Waits until the cluster has its image, which is built while the first tests run. */
export async function previousIsThere(): Promise<void> {
  if (built === undefined) return;
  const status = await vi.waitFor(() => readFileSync(built, 'utf8').trim(), { timeout: 240_000, interval: 500 });
  expect(status, 'the build of the older version failed').toBe('0');
}
