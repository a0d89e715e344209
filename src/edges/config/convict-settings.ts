import convict from 'convict';
import type { GivenSettings } from '../../core/settings/complete-settings.ts';
import type { SettingReading } from '../../core/settings/read-settings.ts';
import { environmentName, flagName, type SettingDeclaration } from '../../core/settings/setting-declaration.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../../core/settings/setting-declarations.ts';

/**
 * Lays what was read over the defaults. The schema is convict's; reading is not left to it, because its own formats
 * turn what they can't read into something else (`off` is true, `10s` is 10).
 */
export function overDefaults(readings: ReadonlyMap<string, SettingReading>): GivenSettings {
  const config = convict(convictSchema(), { env: {}, args: [] });
  for (const [name, { value }] of readings) config.set(name, value);
  config.validate({ allowed: 'strict' });
  const values = SETTING_NAMES.map((name) => [name, config.get(name) ?? undefined] as const);
  return Object.fromEntries(values) as unknown as GivenSettings;
}

function convictSchema(): convict.Schema<Record<string, unknown>> {
  const properties = Object.entries<SettingDeclaration>(SETTING_DECLARATIONS).map(([name, declaration]) => [
    name,
    {
      doc: declaration.doc,
      format: (value: unknown) => assertWritable(declaration, value),
      default: declaration.default ?? null,
      nullable: true,
      env: environmentName(name),
      arg: flagName(name).slice(2),
      sensitive: declaration.secret,
    },
  ]);
  return Object.fromEntries(properties);
}

/** A value belongs to its format when what is written for it can be read again. */
function assertWritable({ format }: SettingDeclaration, value: unknown): void {
  const written = format.write(value);
  if (Array.isArray(written) && written.length === 0) return;
  const reading = format.read(written);
  if (!reading.ok) throw new Error(`${reading.problem}; expected ${format.expected}`);
}
