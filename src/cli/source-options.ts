import type { Command } from 'commander';
import type { StartInput } from '../edges/config/setting-sources.ts';
import { addSettingFlags, flagEntries } from './setting-flags.ts';

/** A command as all of ours are: errors are thrown, what is too much is an error. */
export function addCommand(parent: Command, name: string): Command {
  return parent.command(name).exitOverride().allowExcessArguments(false).helpOption('-h, --help', 'print help');
}

/** Gives a command the flags that say where settings are read, and one for each setting, or for those that are named. */
export function withSources(target: Command, settings?: readonly string[]): Command {
  target.optionsGroup('Where settings are read:');
  target.option('-c, --config <file>', 'YAML or JSON file (KDMQ_CONFIG; default: /etc/kdmq/config.yaml, if there)');
  target.option(
    '--config-dir <directory>',
    'directory of one file a setting, as a mounted ConfigMap or Secret (KDMQ_CONFIG_DIR; default: /etc/kdmq/conf.d, if there)',
  );
  return addSettingFlags(target, settings);
}

/** What the settings are read from, once the command line has been parsed. */
export function inputOf(target: Command, environment: StartInput['environment']): StartInput {
  return {
    environment,
    flags: flagEntries(target),
    configFile: target.getOptionValue('config') as string | undefined,
    configDirectory: target.getOptionValue('configDir') as string | undefined,
  };
}
