import type { CertificateName } from '../http/certificate-names.ts';
import { kindOf, listItems, right, type SettingFormat, wrong } from './setting-format.ts';

const NAME = /^(dns|uri|email|cn):([^\s",]+)$/;

/** Names of client certificates. */
export const certificateNamesFormat: SettingFormat<readonly CertificateName[]> = {
  type: 'list of names of certificates',
  expected: 'dns:NAME, uri:URI, email:ADDRESS or cn:NAME, for example dns:operator.example',
  placeholder: 'name',
  list: true,
  schema: {
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string', pattern: NAME.source } }],
  },
  read(raw) {
    const items = listItems(raw);
    if (items === undefined) return wrong(`is ${kindOf(raw)}`);
    const names: CertificateName[] = [];
    for (const item of items) {
      const [, kind, name] = NAME.exec(item) ?? [];
      if (kind === undefined || name === undefined)
        return wrong(`holds "${item}", which does not say what kind of name it is`, `dns:${item}`);
      names.push({ kind: kind as CertificateName['kind'], name });
    }
    return right(names);
  },
  write: (names) => names.map(({ kind, name }) => `${kind}:${name}`),
};
