import type { Settings } from '../settings.ts';
import type { SettingFormat } from './setting-format.ts';

/** Everything there is to know about one setting. The schema, the flags, the variables and the reference come from it. */
export interface SettingDeclaration<T = unknown> {
  readonly format: SettingFormat<T>;
  /** Undefined: the setting may be left out, or its default follows from others (then `defaultText` says how). */
  readonly default: T | undefined;
  /** The default in words, where there is no fixed one. */
  readonly defaultText?: string;
  /** What it does, in one or two sentences. */
  readonly doc: string;
  /** How it differs from the parameter of the same name in Kamailio. */
  readonly deviation?: string;
  /** The Kamailio module that has a parameter of this meaning, or kdmq for our own. */
  readonly source: 'dmq' | 'mqueue' | 'siptrace' | 'tls' | 'core' | 'kdmq';
  /** The value is never shown: not in errors, not in logs, not by `kdmq config`. */
  readonly secret: boolean;
  /** A change of the file takes effect without a restart. */
  readonly reloadable: boolean;
}

export type SettingName = keyof Settings;

/** The type of a setting's value where it is set at all. */
export type SettingValue<Name extends SettingName> = Exclude<Settings[Name], undefined>;

/** Declarations of some settings, one group a file. */
export type SettingGroup<Name extends SettingName> = { readonly [N in Name]: SettingDeclaration<SettingValue<N>> };

/** `KDMQ_PING_INTERVAL` for `ping_interval`. */
export function environmentName(setting: string): string {
  return `KDMQ_${setting.toUpperCase()}`;
}

/** `--ping-interval` for `ping_interval`. */
export function flagName(setting: string): string {
  return `--${setting.replaceAll('_', '-')}`;
}
