import type { CertificateName } from '../http/certificate-names.ts';
import { kindOf, listItems, right, type SettingFormat, wrong } from './setting-format.ts';

/** A text of them, as an editor and the chart can check it. */
const names = { type: 'string', pattern: '^\\s*(?:(?:dns|uri|email|cn):[^\\s",]+[\\s,]*)*$' };
const NAME = /^(dns|uri|email|cn):([^\s",]+)$/;

/** Names of client certificates. */
export const certificateNamesFormat: SettingFormat<readonly CertificateName[]> = {
  type: 'list of names of certificates',
  expected: 'dns:NAME, uri:URI, email:ADDRESS or cn:NAME, for example dns:operator.example',
  placeholder: 'name',
  list: true,
  schema: { anyOf: [names, { type: 'array', items: names }] },
  read(raw) {
    const items = listItems(raw);
    if (items === undefined) return wrong(`is ${kindOf(raw)}`);
    const found: CertificateName[] = [];
    for (const item of items) {
      const [, kind, name] = NAME.exec(item) ?? [];
      if (kind === undefined || name === undefined)
        return wrong(`holds "${item}", which does not say what kind of name it is`, `dns:${item}`);
      found.push({ kind: kind as CertificateName['kind'], name });
    }
    return right(found);
  },
  write: (names) => names.map(({ kind, name }) => `${kind}:${name}`),
};
