import type { TranslatedConfig } from '../../core/kamailio-config/translate-kamailio-config.ts';
import { ConfigError } from '../../edges/config/config-error.ts';
import { parseSettings } from '../../edges/config/parse-settings.ts';

/** What the settings say together may be wrong although each is right alone: then those that are named are left out too. */
export function acceptedConfig(config: TranslatedConfig): TranslatedConfig {
  const { settings, leftOut } = config;
  const values = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
  try {
    // An address that is missing is told by itself.
    parseSettings({ server_address: 'sip:127.0.0.1', ...values });
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const blamed = new Map<string, string>();
    for (const { setting, problem } of error.problems) {
      // The other one of the two may be a default.
      for (const { name } of settings) {
        if (name === setting || problem.includes(name)) blamed.set(name, `${setting} ${problem}`);
      }
    }
    if (blamed.size === 0) throw error;
    const more = settings.flatMap(({ name, line }) => {
      const why = blamed.get(name);
      return why === undefined ? [] : [{ line, what: name, why }];
    });
    return acceptedConfig({
      settings: settings.filter(({ name }) => !blamed.has(name)),
      leftOut: [...leftOut, ...more].sort((one, two) => one.line - two.line),
    });
  }
}
