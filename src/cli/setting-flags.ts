import { type Command, Option } from 'commander';
import type { SettingEntry } from '../core/settings/read-settings.ts';
import { environmentName, flagName, type SettingDeclaration } from '../core/settings/setting-declaration.ts';
import { SETTING_NAMES, SETTING_SECTIONS } from '../core/settings/setting-declarations.ts';

/** Gives a command one flag for each setting, or for those that are named, with its help and its default. */
export function addSettingFlags(command: Command, names?: readonly string[]): Command {
  for (const { title, settings } of SETTING_SECTIONS) {
    for (const [name, declaration] of Object.entries(settings)) {
      if (names !== undefined && !names.includes(name)) continue;
      command.addOption(settingOption(name, declaration).helpGroup(`${title}:`));
    }
  }
  return command;
}

/** The settings that were given as flags. */
export function flagEntries(command: Command): SettingEntry[] {
  return SETTING_NAMES.flatMap((setting) => {
    const flag = flagName(setting);
    const option = command.options.find(({ long }) => long === flag);
    const raw: unknown = option === undefined ? undefined : command.getOptionValue(option.attributeName());
    return raw === undefined ? [] : [{ setting, raw, origin: { kind: 'flag', name: flag } as const }];
  });
}

/** `--ping_interval` may be written for `--ping-interval`: people know the names from Kamailio's configuration. */
export function withFlagNames(args: readonly string[]): string[] {
  const exact = new Map(SETTING_NAMES.map((setting) => [`--${setting}`, flagName(setting)]));
  const end = args.indexOf('--');
  return args.map((arg, index) => {
    if (end >= 0 && index > end) return arg;
    const [name = '', ...value] = arg.split('=');
    return [exact.get(name) ?? name, ...value].join('=');
  });
}

function settingOption(name: string, declaration: SettingDeclaration): Option {
  const { format, doc } = declaration;
  const value = format.flagAlone === true ? `[${format.placeholder}]` : `<${format.placeholder}>`;
  const several = format.list === true ? ' May be given several times.' : '';
  const option = new Option(
    `${flagName(name)} ${value}`,
    `${firstSentence(doc)}${several} (${defaultOf(declaration)})`,
  );
  if (format.list === true) {
    option.argParser((item: string, items: readonly string[] | undefined) => [...(items ?? []), item]);
  }
  return option;
}

function defaultOf({ format, default: value, defaultText }: SettingDeclaration): string {
  const text = defaultText ?? (typeof value === 'boolean' ? (value ? 'on' : 'off') : String(format.write(value)));
  return `default: ${text.replaceAll('`', '')}`;
}

function firstSentence(doc: string): string {
  const end = doc.search(/\.(?:\s|$)/);
  return (end < 0 ? doc : doc.slice(0, end + 1)).replaceAll('`', '');
}

/** The variables beside the flags, for the help texts. */
export const VARIABLES_HELP = `
Each setting is also read from the environment (--ping-interval is ${environmentName('ping_interval')}), from a directory with one
file a setting and from a YAML or JSON file. Later wins: defaults, file, directory, environment, flags.`;
