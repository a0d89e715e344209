import { isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, type YAMLParseError } from 'yaml';
import { type SettingEntry, type SettingProblem, shownValue } from '../../core/settings/read-settings.ts';

export interface FileEntries {
  readonly entries: readonly SettingEntry[];
  readonly problems: readonly SettingProblem[];
}

/** The settings in a YAML or JSON text (YAML 1.2 reads both), each with its line. An empty text has none. */
export function yamlEntries(text: string, path: string): FileEntries {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  const problemAt = (problem: string, line?: number): SettingProblem => ({
    setting: '',
    origin: { kind: 'file', path, ...(line === undefined ? {} : { line }) },
    shown: undefined,
    problem,
    expected: undefined,
  });

  if (document.errors.length > 0) {
    const problems = faultsOf(document.errors).map(({ offset, what }) =>
      problemAt(`is not YAML: ${what}`, lineOf(offset)),
    );
    return { entries: [], problems };
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return { entries: [], problems: [] };
  }
  if (!isMap(document.contents)) {
    return { entries: [], problems: [problemAt('is not a map of settings; expected lines as "ping_interval: 10"', 1)] };
  }

  const entries: SettingEntry[] = [];
  const problems: SettingProblem[] = [];
  for (const pair of document.contents.items as readonly Pair<Node, Node | null>[]) {
    const line = lineOf(pair.key.range?.[0] ?? 0);
    if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
      problems.push(
        problemAt(`has the key ${shownValue(pair.key.toJSON(), false)}, which is not the name of a setting`, line),
      );
      continue;
    }
    try {
      const raw: unknown = pair.value?.toJS(document) ?? null;
      entries.push({ setting: pair.key.value, raw, origin: { kind: 'file', path, line } });
    } catch (error) {
      // Aliases are resolved only now: one may be unknown, or too many may stand for too much.
      problems.push(problemAt(`is not YAML: ${error instanceof Error ? plain(error.message) : String(error)}`, line));
    }
  }
  return { entries, problems };
}

interface Fault {
  /** Where to look for it. */
  readonly offset: number;
  readonly what: string;
}

/**
 * A line that is indented too far is two errors to the parser, both at the value of the line above: it takes what stands there and this line
 * for the key of a map. Here it is one, in its own line.
 */
function faultsOf(errors: readonly YAMLParseError[]): Fault[] {
  const keys = new Map(
    errors.flatMap(({ code, pos: [from, to] }) => (code === 'MULTILINE_IMPLICIT_KEY' ? [[from, to] as const] : [])),
  );
  const maps = new Set(errors.flatMap(({ code, pos: [from] }) => (code === 'BLOCK_AS_IMPLICIT_KEY' ? [from] : [])));
  return errors.flatMap(({ code, pos: [from], message }): Fault[] => {
    const end = keys.get(from);
    if (end === undefined || !maps.has(from)) return [{ offset: from, what: plain(message) }];
    if (code !== 'MULTILINE_IMPLICIT_KEY') return [];
    return [{ offset: end, what: 'the line is indented as part of the one above, which has its value already' }];
  });
}

const plain = (message: string): string => message.replaceAll(/\s+/g, ' ');
