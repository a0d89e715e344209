import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { loopbackAddresses } from '../../../loopback.ts';
import { RunningRest } from '../rest/running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
}
interface Document {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

await using rest = await RunningRest.start(nextAddress());
const answer = await rest.http.ask('/openapi.json');
const document = answer.json<Document>();
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, method, operation })),
);

it('the document is one of OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(answer.json<Record<string, unknown>>());
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(document.openapi).toBe('3.1.0');
});

it('a linter has nothing to say against it', async () => {
  const rules = {
    'no-ambiguous-paths': 'error',
    'operation-4xx-problem-details-rfc7807': 'error',
    'operation-singular-tag': 'error',
    'spec-strict-refs': 'error',
    'tag-description': 'error',
  } as const;
  const config = await createConfig({ extends: ['recommended-strict'], rules });
  const found = await lintFromString({ source: answer.text, absoluteRef: '/openapi.json', config });
  expect(found.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer}: ${message}`)).toEqual([]);
});

it('it has every route of the API, and nothing else', () => {
  const names = operations.map(({ name }) => name).sort();
  expect(names).toEqual([
    'delete /api/v1/nodes/{uri}',
    'delete /api/v1/queues/{queue}/items',
    'get /api/v1/bindings',
    'get /api/v1/channels',
    'get /api/v1/config',
    'get /api/v1/counters',
    'get /api/v1/log-level',
    'get /api/v1/nodes',
    'get /api/v1/queues',
    'get /api/v1/queues/{queue}',
    'get /api/v1/queues/{queue}/export',
    'get /api/v1/queues/{queue}/items',
    'get /api/v1/status',
    'get /api/v1/trace',
    'get /api/v1/version',
    'get /api/v1/views',
    'get /events',
    'patch /api/v1/nodes/{uri}',
    'post /api/v1/channels/{channel}/broadcast',
    'post /api/v1/channels/{channel}/send',
    'post /api/v1/nodes',
    'post /api/v1/queues/{queue}/fetch',
    'post /api/v1/queues/{queue}/items',
    'post /api/v1/queues/{queue}/items/{receipt}/ack',
    'post /api/v1/queues/{queue}/items/{receipt}/nack',
    'put /api/v1/log-level',
  ]);
});

it('each operation has a name of its own, a summary and a known tag', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(operations.length);
  const tags = document.tags.map(({ name }) => name);
  for (const { operation } of operations) {
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(tags).toEqual(expect.arrayContaining([...operation.tags]));
  }
});

it('every error is a problem detail', () => {
  for (const { operation, name } of operations) {
    for (const [status, { content }] of Object.entries(operation.responses)) {
      if (Number(status) >= 400)
        expect([name, Object.keys(content ?? {})]).toEqual([name, ['application/problem+json']]);
    }
  }
});
