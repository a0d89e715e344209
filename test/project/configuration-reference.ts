import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { environmentName, type SettingDeclaration } from '../../src/core/settings/setting-declaration.ts';
import { SETTING_SECTIONS } from '../../src/core/settings/setting-declarations.ts';

/** The page that holds the tables, between two marks. */
export const REFERENCE_PAGE = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url));

const BEGIN = '<!-- settings: made by test/project/configuration-reference.ts -->';
const END = '<!-- end of settings -->';

/** The page with its tables made anew from the declarations. Throws when a mark is missing. */
export function withReference(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page has to hold "${BEGIN}" and, later, "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table()}\n${meanings()}${page.slice(end)}`;
}

function table(): string {
  const head = '| name | environment | type | default | takes effect without a restart |\n|---|---|---|---|---|\n';
  return head + rows(([name, declaration]) => `| ${cells(name, declaration).map(escaped).join(' | ')} |\n`);
}

function cells(name: string, { format, default: value, defaultText, reloadable }: SettingDeclaration): string[] {
  const byDefault = defaultText ?? `\`${String(format.write(value))}\``;
  const link = `[\`${name}\`](#${name})`;
  return [link, `\`${environmentName(name)}\``, format.type, byDefault, reloadable ? 'yes' : 'no'];
}

function meanings(): string {
  return SETTING_SECTIONS.map(({ title, settings }) => {
    const parts = Object.entries(settings).map(([name, declaration]) => meaning(name, declaration));
    return `\n### ${title}\n\n${parts.join('')}`;
  }).join('');
}

const SOURCES = {
  dmq: "Kamailio's dmq module",
  mqueue: "Kamailio's mqueue module",
  siptrace: "Kamailio's siptrace module",
  tls: "Kamailio's tls module",
  core: "Kamailio's core",
  kdmq: '',
};

function meaning(name: string, { format, doc, deviation, source, secret }: SettingDeclaration): string {
  const origin = SOURCES[source] === '' ? '' : ` As in ${SOURCES[source]}.`;
  const other = deviation === undefined ? '' : ` Difference to Kamailio: ${deviation}`;
  const hidden = secret ? ' Never shown in logs and errors.' : '';
  return `#### \`${name}\`\n\n${doc}${origin}${other}${hidden}\n\nExpected: ${format.expected}.\n\n`;
}

function rows(row: (entry: [string, SettingDeclaration]) => string): string {
  return SETTING_SECTIONS.flatMap(({ settings }) => Object.entries(settings).map(row)).join('');
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(REFERENCE_PAGE, withReference(readFileSync(REFERENCE_PAGE, 'utf8')));
}
