import { formatNodeUri } from '../node-uri.ts';
import { listenFormat, serverAddressFormat } from '../settings/address-formats.ts';
import type { SettingName } from '../settings/setting-declaration.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../settings/setting-declarations.ts';
import type { WrittenValue } from '../settings/setting-format.ts';
import type { KamailioConfig, ModuleParameter } from './kamailio-config.ts';
import type { LeftOut } from './left-out.ts';
import { translateDbUrl } from './translate-db-url.ts';
import { translateQueue } from './translate-queue.ts';
import { translateSockets } from './translate-sockets.ts';

/** A setting of kdmq and where it comes from. */
export interface TranslatedSetting {
  readonly name: SettingName;
  readonly value: WrittenValue;
  /** In the Kamailio configuration. */
  readonly line: number;
  /** What has another meaning, or should be known. */
  readonly notes: readonly string[];
}

export interface TranslatedConfig {
  readonly settings: readonly TranslatedSetting[];
  /** By line. */
  readonly leftOut: readonly LeftOut[];
}

const TLS_SETTINGS: Readonly<Record<string, SettingName>> = {
  certificate: 'tls_certificate',
  private_key: 'tls_private_key',
  ca_list: 'tls_ca_list',
  require_certificate: 'tls_require_certificate',
};

/** Says in kdmq's settings what a Kamailio configuration says. Each value is one that kdmq takes. */
export function translateKamailioConfig(config: KamailioConfig): TranslatedConfig {
  const settings = new Map<SettingName, TranslatedSetting>();
  const leftOut: LeftOut[] = [...config.leftOut];
  for (const parameter of config.parameters) {
    const { module, name, line } = parameter;
    const part =
      module === 'mqueue'
        ? queuePart(parameter)
        : module === 'dmq'
          ? plain(parameter, name)
          : module === 'siptrace'
            ? capturePart(parameter)
            : plain(parameter, TLS_SETTINGS[name]);
    if ('why' in part) leftOut.push({ line, what: shown(parameter), why: part.why });
    else settings.set(part.name, joined(settings.get(part.name), part));
  }
  const connections = config.core.get('tcp_max_connections');
  if (connections !== undefined) {
    const part = plain({ module: 'core', name: 'max_connections', ...connections }, 'max_connections', 'core');
    if ('why' in part)
      leftOut.push({ line: connections.line, what: `tcp_max_connections=${connections.value}`, why: part.why });
    else settings.set(part.name, part);
  }
  leftOut.push(...halfPair(settings));
  const hasTls = settings.has('tls_certificate');
  const sockets = translateSockets(config, hasTls);
  leftOut.push(...sockets.leftOut);
  if (sockets.listen !== undefined) settings.set('listen', { name: 'listen', notes: [], ...sockets.listen });
  const address = settings.get('server_address') ?? addressOfSocket(sockets.listen);
  if (address !== undefined) settings.set('server_address', address);
  const ordered = SETTING_NAMES.map((name) => settings.get(name)).filter((setting) => setting !== undefined);
  return { settings: ordered, leftOut: leftOut.sort((one, two) => one.line - two.line) };
}

/** Takes a certificate without its key out, and a key without its certificate: kdmq has no default for either. */
function halfPair(settings: Map<SettingName, TranslatedSetting>): LeftOut[] {
  const [one, ...more] = (['tls_certificate', 'tls_private_key'] as const).flatMap((name) => settings.get(name) ?? []);
  if (one === undefined || more.length > 0) return [];
  settings.delete(one.name);
  const other = one.name === 'tls_certificate' ? 'private_key' : 'certificate';
  return [
    { line: one.line, what: one.name, why: `kdmq needs ${other} beside it, which no modparam of the module tls names` },
  ];
}

type Part = TranslatedSetting | { readonly why: string };

/** A parameter that kdmq has under the same name, or under `name`. */
function plain({ value, line }: ModuleParameter, name: string | undefined, source?: string): Part {
  const declaration = SETTING_NAMES.find((one) => one === name);
  const wanted = source ?? (name?.startsWith('tls_') ? 'tls' : 'dmq');
  if (declaration === undefined || SETTING_DECLARATIONS[declaration].source !== wanted) {
    return { why: 'kdmq has no such setting' };
  }
  return read(declaration, value, line);
}

function read(name: SettingName, raw: string, line: number): Part {
  const { format } = SETTING_DECLARATIONS[name] as {
    readonly format: { read(raw: unknown): ReadingOf; write(value: unknown): WrittenValue; readonly expected: string };
  };
  const reading = format.read(raw);
  if (!reading.ok) return { why: `${reading.problem}; kdmq expects ${format.expected}` };
  return { name, value: format.write(reading.value), line, notes: [] };
}

type ReadingOf = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

function queuePart({ name, value, line }: ModuleParameter): Part {
  if (name === 'mqueue') {
    const queue = translateQueue(value);
    return 'why' in queue ? queue : { name: 'mqueue', value: [queue.definition], line, notes: queue.notes };
  }
  if (name !== 'db_url') return { why: 'kdmq has no such setting' };
  const url = translateDbUrl(value);
  return 'why' in url ? url : { name: 'db_url', value: url.url, line, notes: url.notes };
}

/** kdmq has no switch beside the address: what is named there is sent to. */
function capturePart(parameter: ModuleParameter): Part {
  const part = plain(parameter, parameter.name, 'siptrace');
  if ('why' in part || part.name !== 'duplicate_uri') return part;
  return { ...part, notes: ['all messages are sent there, by HEP version 3: take it out where trace_on is 0'] };
}

/** Lists grow with each line, of the rest the last one holds. */
function joined(before: TranslatedSetting | undefined, part: TranslatedSetting): TranslatedSetting {
  if (before === undefined || !Array.isArray(before.value) || !Array.isArray(part.value)) return part;
  return { ...before, value: [...new Set([...before.value, ...part.value])], notes: [...before.notes, ...part.notes] };
}

/** The module needs server_address; where that is a name, the first socket with an address is what is meant. */
function addressOfSocket(
  listen: { readonly value: WrittenValue; readonly line: number } | undefined,
): TranslatedSetting | undefined {
  for (const socket of Array.isArray(listen?.value) ? listen.value : []) {
    const reading = listenFormat.read(String(socket));
    const [first] = reading.ok ? reading.value : [];
    const uri = first === undefined ? undefined : formatNodeUri(first);
    if (uri === undefined || !serverAddressFormat.read(uri).ok) continue;
    return {
      name: 'server_address',
      value: uri,
      line: listen?.line ?? 0,
      notes: ['from the first socket: see whether the others reach it there'],
    };
  }
  return undefined;
}

function shown({ module, name, value }: ModuleParameter): string {
  const hidden = value.replace(/(:\/\/[^:@/]*):[^@]*@/, '$1:(hidden)@');
  return `modparam("${module}", "${name}", "${hidden.length > 80 ? `${hidden.slice(0, 80)}…` : hidden}")`;
}
