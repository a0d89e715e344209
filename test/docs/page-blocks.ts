import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of the project. */
export const PROJECT = resolve(import.meta.dirname, '../..');

/** Pages that tell users and operators what to type. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...globSync('docs/*.md', { cwd: PROJECT }).sort(),
  'charts/kdmq/README.md',
];

/** A fenced block, or a comment that says something to the test. */
export interface Block {
  readonly page: string;
  readonly line: number;
  /** First word behind the fence; `comment` for `<!-- fixture bus -->` and `<!-- ctrl-c -->`. */
  readonly language: string;
  /** Second word behind the fence, or the first one of the comment. Empty when there is none. */
  readonly kind: string;
  /** What else stands there: `exit=69`, `reason="needs a registry"`; of a comment its second word, as `name`. */
  readonly options: Readonly<Record<string, string>>;
  readonly text: string;
}

const SHELLS: readonly string[] = ['sh', 'bash', 'shell', 'console', 'zsh'];

export const isShell = ({ language }: Block): boolean => SHELLS.includes(language);

/** Where a block stands, for people. */
export const placeOf = ({ page, line }: Block): string => `${page}:${line}`;

/** What may stand behind the fence of a shell block, and what is done with it. */
export const SHELL_KINDS: ReadonlyMap<string, string> = new Map([
  ['run', 'run by make test'],
  ['stays', 'started by make test in a terminal of its own'],
  ['cluster', 'run by make e2e'],
  ['show', 'not run'],
]);

const FENCE = /^( *)(`{3,})(.*)$/;
const COMMENT = /^ *<!-- (fixture|ctrl-c)(?: (\S+))? -->$/;

/** The blocks of a page in its order. */
export function blocksOf(page: string, markdown = readFileSync(join(PROJECT, page), 'utf8')): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const comment = COMMENT.exec(lines[at] ?? '');
    if (comment !== null) {
      const [, kind = '', name = ''] = comment;
      blocks.push({ page, line: at + 1, language: 'comment', kind, options: { name }, text: '' });
    }
    const fence = FENCE.exec(lines[at] ?? '');
    if (fence === null) continue;
    const [, indent = '', marks = '', info = ''] = fence;
    const end = lines.indexOf(`${indent}${marks}`, at + 1);
    if (end < 0) throw new Error(`${page}:${at + 1}: the block does not end`);
    const text = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ page, line: at + 1, ...infoOf(info), text: `${text.join('\n')}\n` });
    at = end;
  }
  return blocks;
}

function infoOf(info: string): Pick<Block, 'language' | 'kind' | 'options'> {
  const words = [...info.matchAll(/[\w-]+="[^"]*"|\S+/g)].map(([word]) => word);
  const options = words.flatMap((word) => {
    const equals = word.indexOf('=');
    return equals < 0 ? [] : [[word.slice(0, equals), word.slice(equals + 1).replace(/^"(.*)"$/, '$1')]];
  });
  const [language = '', kind = ''] = words.filter((word) => !word.includes('='));
  return { language, kind, options: Object.fromEntries(options) };
}
