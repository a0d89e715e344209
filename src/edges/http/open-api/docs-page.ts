import { createHash } from 'node:crypto';
import type { ApiDocument, MediaTypes, Operation, Parameter } from './api-document.ts';

const style =
  ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}' +
  'code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow:auto;padding:.5rem;border:1px solid #8884}' +
  'article{border-top:1px solid #8886;margin-top:1.5rem}h3{margin-bottom:0}table{border-collapse:collapse}' +
  'td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}';

/** The page needs nothing but itself: no script, no network. */
export const docsPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The document as a page for people. */
export function docsPage(document: ApiDocument): string {
  const { info, tags, paths, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = tags.map(({ name, description = '' }) => {
    const ofTag = operations.filter(({ operation }) => operation.tags?.includes(name));
    const articles = ofTag.map(({ path, method, operation }) => article(method, path, operation));
    return `<section><h2>${markup(name)}</h2><p>${prose(description)}</p>${articles.join('')}</section>`;
  });
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) => `<h3 id="${markup(name)}">${markup(name)}</h3>${json(schema)}`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${markup(info.title)} ${markup(info.version)}</title><style>${style}</style></head><body>
<h1>${markup(info.title)} ${markup(info.version)}</h1><p>${prose(info.description ?? '')}</p>
<p>For programs: <a href="openapi.json">openapi.json</a></p>
${sections.join('\n')}
<section><h2>Schemas</h2>${schemas.join('')}</section></body></html>
`;
}

function article(method: string, path: string, operation: Operation): string {
  const { operationId = '', summary = '', description = '', parameters = [], requestBody, responses = {} } = operation;
  const answers = Object.entries(responses).map(
    ([status, answer]) =>
      `<tr><td>${markup(status)}</td><td>${prose(answer.description ?? '')}</td><td>${contents(answer.content)}</td></tr>`,
  );
  return `<article id="${markup(operationId)}"><h3><code>${method} ${markup(path)}</code></h3><p>${prose(summary)}. ${prose(description)}</p>
${parameters.length === 0 ? '' : `<table>${parameters.map(parameterRow).join('')}</table>`}
${requestBody === undefined ? '' : `<p>Body: ${contents(requestBody.content)}</p>`}
<table>${answers.join('')}</table></article>`;
}

function parameterRow({ name, in: place, required, description = '', schema }: Parameter): string {
  const need = required === true ? ', needed' : '';
  return `<tr><td><code>${markup(name)}</code></td><td>${markup(place)}${need}</td><td>${prose(description)} <code>${markup(JSON.stringify(schema ?? {}))}</code></td></tr>`;
}

function contents(content: MediaTypes = {}): string {
  return Object.entries(content)
    .map(([type, { schema }]) => {
      const reference = typeof schema?.$ref === 'string' ? schema.$ref.replace('#/components/schemas/', '') : undefined;
      if (reference !== undefined)
        return `<code>${markup(type)}</code>: <a href="#${markup(reference)}">${markup(reference)}</a>`;
      if (schema === undefined || Object.keys(schema).length === 0) return `<code>${markup(type)}</code>`;
      return `<details><summary><code>${markup(type)}</code></summary>${json(schema)}</details>`;
    })
    .join(' ');
}

function json(schema: object): string {
  return `<pre>${markup(JSON.stringify(schema, undefined, 2))}</pre>`;
}

/** What stands in back quotes is code. */
function prose(text: string): string {
  return markup(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function markup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
