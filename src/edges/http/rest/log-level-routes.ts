import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import { LOG_LEVELS } from '../../../core/log-level.ts';
import type { LogLevels, LogLevelView } from '../../../ports/log-levels.ts';
import { problems } from './problem-schema.ts';

const level = { type: 'string', enum: LOG_LEVELS } as const;

const newLevelBody = {
  type: 'object',
  required: ['level'],
  additionalProperties: false,
  properties: {
    level,
    for_s: {
      type: 'number',
      minimum: 1,
      maximum: 604_800,
      description: 'Seconds after which it goes back to the setting. Left out: not before the next change or restart.',
    },
  },
  examples: [{ level: 'debug', for_s: 600 }],
} as const;

const levelSchema = {
  type: 'object',
  required: ['level', 'setting'],
  properties: {
    level: { ...level, description: 'The least important lines that are logged now.' },
    setting: { ...level, description: 'What the setting `log_level` says.' },
    until: { type: 'string', format: 'date-time', description: 'When it goes back to the setting.' },
  },
} as const;

/** What is logged, while the node runs. */
export function logLevelRoutes(app: FastifyInstance, levels: LogLevels): void {
  app.get(
    '/log-level',
    {
      schema: {
        tags: ['node'],
        operationId: 'getLogLevel',
        summary: 'The level of the log',
        response: { 200: { description: 'The level', content: json(levelSchema) } },
      },
    },
    () => shown(levels.view()),
  );

  app.put<{ Body: FromSchema<typeof newLevelBody> }>(
    '/log-level',
    {
      schema: {
        tags: ['node'],
        operationId: 'setLogLevel',
        summary: 'Log more or less, for some time or for good',
        description: 'A restart, and a change of `log_level` in the configuration, bring the setting back.',
        body: newLevelBody,
        response: { 200: { description: 'The level', content: json(levelSchema) }, ...problems({}) },
      },
    },
    ({ body }) => shown(levels.set(body.level, body.for_s === undefined ? undefined : body.for_s * 1_000)),
  );
}

const json = (schema: object) => ({ 'application/json': { schema } });

function shown({ level, setting, until }: LogLevelView) {
  return { level, setting, until: until === undefined ? undefined : new Date(until).toISOString() };
}
