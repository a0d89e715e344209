import { Ajv, type ErrorObject } from 'ajv';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';

/** The parts of a request as its sender knows them. */
const PARTS: Readonly<Record<string, string>> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the path',
  headers: 'the header',
};

/** Path and query are text, so numbers are read out of it; a body says itself what its values are. What is not known is refused, nothing is removed. */
const options = { useDefaults: true, removeAdditional: false, allErrors: false, strict: true, verbose: true } as const;
/** Numbers so long that they are infinite are numbers here: else Ajv reads them, and holds no limit against them. */
const ofText = new Ajv({ ...options, coerceTypes: true, strictNumbers: false });
const ofBody = new Ajv(options);

/** Compiles the schemas of requests. */
export const requestValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? ofBody : ofText).compile(schema);

/** Says in words what of a request is wrong. */
export function describeInvalid(errors: FastifySchemaValidationError[], part: string): Error {
  // Of several ways to write it, the one that was followed furthest was meant.
  const [error] = (errors as ErrorObject[]).toSorted((one, other) => depth(other) - depth(one));
  const whole = PARTS[part] ?? part;
  return new Error(error === undefined ? `${whole} is not as it has to be` : wordsFor(error, whole));
}

function wordsFor(
  { instancePath, keyword, params, message = 'is wrong', parentSchema }: ErrorObject,
  whole: string,
): string {
  const path = instancePath.slice(1).split('/').map(unescaped).join('.');
  const where = path === '' ? whole : `${whole}: "${path}"`;
  if (keyword === 'additionalProperties') return `${where} may not have "${params.additionalProperty}"`;
  if (keyword === 'required') return `${where} needs "${params.missingProperty}"`;
  if (keyword === 'enum') return `${where} must be one of ${params.allowedValues.join(', ')}`;
  // Nobody wants to read a regular expression.
  if (keyword === 'pattern') return `${where} is not well formed${expected(parentSchema?.description)}`;
  return `${where} ${message}`;
}

/** The descriptions of what has a pattern say it in words. */
function expected(description: unknown): string {
  return typeof description === 'string' ? `; expected: ${description.replaceAll('`', '').replace(/\.$/, '')}` : '';
}

function depth({ instancePath }: ErrorObject): number {
  return instancePath.split('/').length;
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
