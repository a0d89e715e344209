import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { docsPage } from '../../../../src/edges/http/open-api/docs-page.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { RunningRest } from '../rest/running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

it('/docs shows every operation, from nothing but the page itself', async () => {
  await using rest = await RunningRest.start(nextAddress());
  const { status, headers, text } = await rest.http.ask('/docs');
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(text).toContain('<code>POST /api/v1/queues/{queue}/items/{receipt}/ack</code>');
  expect(text).not.toMatch(/<script|https?:|\son\w+=|style="/);
  const [, style = ''] = /<style>(.*?)<\/style>/s.exec(text) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  expect(headers['content-security-policy']).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(headers['x-content-type-options']).toBe('nosniff');
});

it('/docs may be linked to by other sites; nothing else of the API may, and no frame may show it', async () => {
  await using rest = await RunningRest.start(nextAddress());
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const frame = { ...link, 'sec-fetch-dest': 'iframe' };
  const asked = ['/docs', '/openapi.json', '/events', '/api/v1/trace', '/api/v1/nodes'].flatMap((path) =>
    [link, frame].map((headers) => rest.http.ask(path, { headers }).then(({ status }) => status)),
  );
  expect(await Promise.all(asked)).toEqual([200, ...Array.from({ length: 9 }, () => 403)]);
});

it('what stands in the document can not become markup', () => {
  const evil = '<img src=x onerror="alert(1)">';
  const operation = {
    tags: [evil],
    operationId: evil,
    summary: evil,
    parameters: [{ name: evil, in: evil, description: evil }],
  };
  const page = docsPage({
    info: { title: evil, version: evil, description: evil },
    tags: [{ name: evil, description: evil }],
    paths: { [evil]: { get: operation } },
    components: { schemas: { [evil]: { description: evil } } },
  });
  expect(page).not.toContain('<img');
  expect(page).not.toContain('onerror="');
});
