import type { SettingDeclaration } from './setting-declaration.ts';
import { SETTING_DECLARATIONS } from './setting-declarations.ts';

/** The JSON Schema (draft 2020-12) of a configuration file, for editors. A key without a value leaves it unset. */
export function settingsSchema(): Readonly<Record<string, unknown>> {
  const properties = Object.entries<SettingDeclaration>(SETTING_DECLARATIONS).map(([name, declaration]) => [
    name,
    propertySchema(declaration),
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of kdmq',
    type: ['object', 'null'],
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

function propertySchema({ format, default: value, defaultText, doc, deviation }: SettingDeclaration): unknown {
  const description = deviation === undefined ? doc : `${doc} Difference to Kamailio: ${deviation}`;
  const byDefault = value === undefined ? {} : { default: format.write(value) };
  const inWords = defaultText === undefined ? '' : ` Default: ${defaultText}.`;
  return { description: description + inWords, ...byDefault, anyOf: [format.schema, { type: 'null' }] };
}
