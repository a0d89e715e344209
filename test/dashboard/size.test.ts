import { expect, it } from 'vitest';
import { webFiles } from '../../src/edges/http/dashboard/web-files.ts';
import { BundledKdmq } from './bundled-kdmq.ts';

it('the dashboard has less than 30 KB on its way to the browser, and no script or style in its page', async () => {
  using kdmq = new BundledKdmq();
  const files = await webFiles(kdmq.webFolder);
  const sent = files.reduce((sum, { gzipped }) => sum + gzipped.length, 0);
  expect(sent).toBeGreaterThan(5_000);
  expect(sent).toBeLessThan(30_000);
  const page = files.find(({ path }) => path === '/')?.bytes.toString();
  expect(page).toMatch(/<script type="module" crossorigin src="\.\/assets\/[^"]+\.js"><\/script>/);
  expect(page).not.toMatch(/<style|style=|<script>|https?:\/\//);
  expect(files.find(({ path }) => path === '/licences.txt')?.bytes.toString()).toContain(
    'Permission is hereby granted',
  );
});
