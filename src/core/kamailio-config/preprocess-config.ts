import { type ConfigToken, readConfigTokens } from './config-token.ts';
import type { LeftOut } from './left-out.ts';

/** What a Kamailio would be told from outside. */
export interface ConfigSurroundings {
  /** Symbols of `kamailio -A NAME=value`. */
  readonly defines: ReadonlyMap<string, string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface PreprocessedConfig {
  /** Without directives, with symbols replaced. */
  readonly tokens: readonly ConfigToken[];
  readonly leftOut: readonly LeftOut[];
}

const MOST_TOKENS = 1_000_000;
const DEEPEST = 8;

interface Branch {
  /** Whether the lines that follow count, as far as this condition goes. */
  taken: boolean;
  readonly condition: string;
  readonly line: number;
  /** The first line of ours in a branch that is not taken. */
  passedOver: number | undefined;
}

/** Carries out `#!define`, `#!substdef`, `#!ifdef` and their like; what can't be known here is said in `leftOut`. */
export function preprocessConfig(source: string, surroundings: ConfigSurroundings): PreprocessedConfig {
  const state = new Preprocessor(surroundings);
  for (const token of readConfigTokens(source)) state.take(token);
  return state.end();
}

class Preprocessor {
  readonly #environment: ConfigSurroundings['environment'];
  readonly #defines: Map<string, string>;
  readonly #substitutions: (readonly [pattern: string, replacement: string])[] = [];
  readonly #branches: Branch[] = [];
  readonly #tokens: ConfigToken[] = [];
  readonly #leftOut: LeftOut[] = [];

  constructor({ defines, environment }: ConfigSurroundings) {
    this.#environment = environment;
    this.#defines = new Map(defines);
  }

  take(token: ConfigToken): void {
    if (token.kind === 'directive') this.#direct(token);
    else if (this.#isTaken()) this.#push(token, 0);
    else this.#passOver(token);
  }

  end(): PreprocessedConfig {
    for (const branch of this.#branches) this.#close(branch);
    return { tokens: this.#tokens, leftOut: this.#leftOut };
  }

  #isTaken(): boolean {
    return this.#branches.every(({ taken }) => taken);
  }

  #passOver({ kind, text, line }: ConfigToken): void {
    const isOurs =
      (kind === 'text' && /\b(dmq|mqueue)\b/.test(text)) || (kind === 'word' && /^(listen|socket)$/.test(text));
    const branch = this.#branches.at(-1);
    if (isOurs && branch !== undefined) branch.passedOver ??= line;
  }

  #direct({ text, line }: ConfigToken): void {
    const [, word = '', rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(text) ?? [];
    if (word === 'ifdef' || word === 'ifndef') {
      const name = rest.split(/\s/)[0] ?? '';
      this.#branches.push({
        taken: this.#defines.has(name) === (word === 'ifdef'),
        condition: `${word} ${name}`,
        line,
        passedOver: undefined,
      });
    } else if (word === 'ifexp') {
      this.#branches.push({ taken: false, condition: `ifexp ${rest}`, line, passedOver: undefined });
    } else if (word === 'else') this.#otherwise(line);
    else if (word === 'endif') {
      const branch = this.#branches.pop();
      if (branch !== undefined) this.#close(branch);
    } else if (this.#isTaken()) this.#define(word, rest, line);
  }

  #otherwise(line: number): void {
    const branch = this.#branches.pop();
    if (branch === undefined) return;
    this.#close(branch);
    this.#branches.push({
      taken: !branch.taken,
      condition: `else of ${branch.condition}`,
      line,
      passedOver: undefined,
    });
  }

  /** Says what a condition that was not met has kept out, where that was ours. */
  #close({ condition, line, passedOver }: Branch): void {
    if (passedOver === undefined) return;
    const name = /^ifdef (\S+)$/.exec(condition)?.[1];
    const why =
      name === undefined
        ? 'it was not evaluated, or not met'
        : `${name} is not defined here: --define ${name} takes it in`;
    this.#leftOut.push({
      line,
      what: `#!${condition}, with lines for dmq, mqueue or listen from line ${passedOver} on`,
      why,
    });
  }

  #define(word: string, rest: string, line: number): void {
    if (/^(try|re)?def(ine)?$/.test(word)) {
      const [, name = '', value = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
      // The first one holds, so a symbol of the command line is stronger than the file's.
      if (word.startsWith('re') || !this.#defines.has(name)) this.#defines.set(name, value);
    } else if (/^(try)?defenvs?$/.test(word)) this.#defineFromEnvironment(word, rest, line);
    else if (/^subst(def|defs)?$/.test(word)) this.#substitute(word, rest, line);
  }

  #defineFromEnvironment(word: string, rest: string, line: number): void {
    const [name = '', variable = name] = rest.trim().split('=');
    const value = this.#environment[variable];
    if (value !== undefined) this.#defines.set(name, word.endsWith('s') ? JSON.stringify(value) : value);
    else this.#leftOut.push({ line, what: `#!${word} ${rest}`, why: `the variable ${variable} is not set here` });
  }

  #substitute(word: string, rest: string, line: number): void {
    const [, text = ''] = /^"([\s\S]*)"$|^'([\s\S]*)'$/.exec(rest) ?? [undefined, rest];
    const [pattern = '', replacement = ''] = text.slice(1).split(text[0] ?? '/');
    if (!/^[\w.-]+$/.test(pattern)) {
      this.#leftOut.push({ line, what: `#!${word} ${rest}`, why: 'only a plain word is replaced here, no expression' });
      return;
    }
    const value = replacement.replaceAll(/\$env\((\w+)\)/g, (shown, name: string) => {
      const found = this.#environment[name];
      if (found === undefined)
        this.#leftOut.push({ line, what: `#!${word} ${rest}`, why: `the variable ${name} is not set here` });
      return found ?? shown;
    });
    this.#substitutions.push([pattern, value]);
    if (word !== 'subst') this.#defines.set(pattern, word === 'substdefs' ? JSON.stringify(value) : value);
  }

  #push(token: ConfigToken, depth: number): void {
    if (this.#tokens.length >= MOST_TOKENS) return;
    if (token.kind === 'text') {
      const text = this.#substitutions.reduce((done, [pattern, value]) => done.replaceAll(pattern, value), token.text);
      this.#tokens.push({ ...token, text });
      return;
    }
    const value = token.kind === 'word' && depth < DEEPEST ? this.#defines.get(token.text) : undefined;
    if (value !== undefined) {
      for (const inner of readConfigTokens(value, token.line)) this.#push({ ...inner, line: token.line }, depth + 1);
    } else if (token.kind === 'word') this.#tokens.push({ ...token, text: this.#partsReplaced(token.text) });
    else this.#tokens.push(token);
  }

  /** Of `udp:MY_IP:5060` each part may be a symbol. */
  #partsReplaced(word: string): string {
    if (!word.includes(':') || word.includes('[')) return word;
    const parts = word.split(':').map((part) => this.#defines.get(part)?.replaceAll(/^["']|["']$/g, '') ?? part);
    return parts.join(':');
  }
}
