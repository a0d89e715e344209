import type { ConfigToken } from './config-token.ts';
import type { LeftOut } from './left-out.ts';
import { type ConfigSurroundings, preprocessConfig } from './preprocess-config.ts';

/** A parameter of a module: `modparam("dmq", "multi_notify", 1)`. */
export interface ModuleParameter {
  readonly module: string;
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** A socket of `listen=` or `socket={}`. */
export interface KamailioSocket {
  readonly text: string;
  readonly advertise: string | undefined;
  readonly line: number;
}

/** What stands in front of the routes and says something to kdmq. */
export interface KamailioConfig {
  readonly parameters: readonly ModuleParameter[];
  readonly sockets: readonly KamailioSocket[];
  /** Other assignments of the core that mean something here, the last of each name. */
  readonly core: ReadonlyMap<string, { readonly value: string; readonly line: number }>;
  readonly leftOut: readonly LeftOut[];
}

/** Modules whose parameters are looked at. */
const MODULES = ['dmq', 'mqueue', 'siptrace', 'tls'] as const;
const CORE_NAMES = ['port', 'advertised_address', 'advertised_port', 'tcp_max_connections'];

/** Reads the parts of a Kamailio configuration that kdmq has a word for. Never throws. */
export function readKamailioConfig(source: string, surroundings: ConfigSurroundings): KamailioConfig {
  const { tokens, leftOut } = preprocessConfig(source, surroundings);
  const reader = new ConfigReader(tokens);
  reader.read();
  return { ...reader.found, leftOut: [...leftOut, ...reader.found.leftOut] };
}

class ConfigReader {
  readonly #tokens: readonly ConfigToken[];
  #at = 0;
  readonly found = {
    parameters: [] as ModuleParameter[],
    sockets: [] as KamailioSocket[],
    core: new Map<string, { value: string; line: number }>(),
    leftOut: [] as LeftOut[],
  };

  constructor(tokens: readonly ConfigToken[]) {
    this.#tokens = tokens;
  }

  read(): void {
    while (this.#at < this.#tokens.length) {
      const token = this.#next()!;
      if (token.text === '{' && token.kind === 'sign') this.#skipBlock();
      else if (token.kind === 'word') this.#statement(token);
    }
  }

  #next(): ConfigToken | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token;
  }

  #isSign(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === 'sign' && token.text === text;
  }

  #skipBlock(): void {
    for (let depth = 1; depth > 0 && this.#at < this.#tokens.length; ) {
      const token = this.#next()!;
      if (token.kind === 'sign') depth += token.text === '{' ? 1 : token.text === '}' ? -1 : 0;
    }
  }

  #statement({ text, line }: ConfigToken): void {
    if (text === 'modparam' || text === 'modparamx') this.#parameter(text, line);
    else if (text === 'include_file' || text === 'import_file') {
      const file = this.#tokens[this.#at]?.text ?? '';
      this.found.leftOut.push({
        line,
        what: `${text} "${file}"`,
        why: 'other files are not read: import that one too',
      });
    } else if (this.#isSign('=')) this.#assignment(text, line);
  }

  #assignment(name: string, line: number): void {
    if (!['listen', 'socket', 'alias', 'domain', ...CORE_NAMES].includes(name)) return;
    this.#at += 1;
    if (name === 'socket') this.#socketBlock(line);
    else if (name === 'listen') this.#listen(line);
    else if (name === 'alias' || name === 'domain') {
      const names = this.#wordsOfLine(line);
      this.found.leftOut.push({
        line,
        what: `${name}=${names.join(' ')}`,
        why: 'kdmq needs no aliases: it is known by server_address',
      });
    } else {
      const value = this.#next()?.text;
      if (value !== undefined) this.found.core.set(name, { value, line });
    }
  }

  #wordsOfLine(line: number): string[] {
    const words: string[] = [];
    while (this.#tokens[this.#at]?.line === line && !this.#isSign('=', 1)) words.push(this.#next()!.text);
    return words;
  }

  #listen(line: number): void {
    const several = this.#isSign('(');
    if (several) this.#at += 1;
    const texts: string[] = [];
    for (let token = this.#next(); token !== undefined; token = this.#next()) {
      if (token.kind !== 'sign') texts.push(token.text);
      if (!several || (token.kind === 'sign' && token.text === ')')) break;
    }
    // Behind the list a port may stand, for all of them.
    const port = several && /^:\d+$/.test(this.#tokens[this.#at]?.text ?? '') ? this.#next()!.text : '';
    const advertise = this.#tokens[this.#at]?.text === 'advertise' ? this.#tokens[this.#at + 1]?.text : undefined;
    for (const text of texts) this.found.sockets.push({ text: `${text}${port}`, advertise, line });
  }

  #socketBlock(line: number): void {
    if (!this.#isSign('{')) return;
    this.#at += 1;
    const fields = new Map<string, string>();
    while (this.#at < this.#tokens.length && !this.#isSign('}')) {
      const name = this.#next()!.text;
      if (this.#isSign('=')) fields.set(name, this.#tokens[this.#at + 1]?.text ?? '');
    }
    const text = fields.get('bind');
    if (text !== undefined) this.found.sockets.push({ text, advertise: fields.get('advertise'), line });
  }

  #parameter(word: string, line: number): void {
    if (!this.#isSign('(')) return;
    this.#at += 1;
    const parts: string[] = [''];
    while (this.#at < this.#tokens.length && !this.#isSign(')')) {
      const { kind, text } = this.#next()!;
      if (kind === 'sign' && text === ',') parts.push('');
      else parts[parts.length - 1] += text; // texts that follow one another are one
    }
    const [pattern = '', name = '', value] = parts;
    for (const module of MODULES.filter((one) => matches(pattern, one))) {
      if (value === undefined) continue;
      if (word === 'modparamx' && value.includes('$')) {
        this.found.leftOut.push({
          line,
          what: `${word}("${module}", "${name}", "${value}")`,
          why: 'its variables are not known here',
        });
      } else this.found.parameters.push({ module, name, value, line });
    }
  }
}

/** The first part of modparam is an expression; names with `|` between them are what it is used for. */
function matches(pattern: string, module: string): boolean {
  return pattern
    .replaceAll(/[()^$]/g, '')
    .split('|')
    .some((name) => name.trim().toLowerCase() === module);
}
