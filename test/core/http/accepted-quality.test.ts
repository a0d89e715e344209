import { expect, it } from 'vitest';
import { acceptedQuality } from '../../../src/core/http/accepted-quality.ts';

const bytes = 'application/octet-stream';

it.each([
  ['application/octet-stream', 1],
  ['Application/Octet-Stream', 1],
  ['application/octet-stream;q=0.5', 0.5],
  ['application/octet-stream ; q=0.25, */*;q=0.1', 0.25],
  ['*/*;q=0.1, application/octet-stream;q=0', 0],
  ['application/*;q=0.3, */*', 0.3],
  ['text/html, */*;q=0.2', 0.2],
  ['application/octet-stream;q=much', 0],
  ['application/json', 0],
  ['', 0],
])('%j', (accept, quality) => expect(acceptedQuality(accept, bytes)).toBe(quality));
