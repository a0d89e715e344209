import { ConfigError } from '../edges/config/config-error.ts';
import { type LoadedSettings, loadSettings } from '../edges/config/load-settings.ts';
import { findSources, type StartInput } from '../edges/config/setting-sources.ts';

/** The settings that a node would start with. Without an address of a node too, which commands that start no node do not need. Throws a ConfigError. */
export async function loadCommandSettings(input: StartInput): Promise<LoadedSettings> {
  const sources = await findSources(input);
  try {
    return await loadSettings(sources);
  } catch (error) {
    if (!(error instanceof ConfigError) || !error.problems.some(isNoAddress)) throw error;
    const address = { setting: 'server_address', raw: 'sip:127.0.0.1', origin: { kind: 'default' } } as const;
    return await loadSettings({ ...sources, flags: [...sources.flags, address] });
  }
}

function isNoAddress({ setting, shown }: ConfigError['problems'][number]): boolean {
  return setting === 'server_address' && shown === undefined;
}
