import { kindOf, right, type SettingFormat, wrong } from './setting-format.ts';

/** RFC 1123 subdomain, as most names in Kubernetes are. */
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** The name of an object in Kubernetes. */
export function kubernetesName(what: string): SettingFormat<string> {
  return {
    type: 'text',
    expected: `${what}: 1 to 253 lower-case letters, digits, - and ., with a letter or digit at both ends`,
    placeholder: 'name',
    schema: { type: 'string', pattern: NAME.source },
    read(raw) {
      if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
      const name = raw.trim();
      if (NAME.test(name)) return right(name);
      return wrong("can't be a name in Kubernetes", NAME.test(name.toLowerCase()) ? name.toLowerCase() : undefined);
    },
    write: (value) => value,
  };
}

/** UIDs are UUIDs; those of static pods are hash sums. */
const UID = /^[A-Za-z0-9-]{1,63}$/;

/** The UID of an object in Kubernetes. */
export const uidFormat: SettingFormat<string> = {
  type: 'UID',
  expected: 'a UID, for example 5d2c1b9e-7a0f-4c1e-9c55-3f0d3d1a2b4c',
  placeholder: 'uid',
  schema: { type: 'string', pattern: UID.source },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    return UID.test(raw.trim()) ? right(raw.trim()) : wrong('is not a UID');
  },
  write: (value) => value,
};

/** What a term of a selector can hold; whether it makes sense the API says. */
const SELECTOR = /^[A-Za-z0-9_./=!,() -]{1,1000}$/;

/** A label selector as kubectl takes it. */
export const selectorFormat: SettingFormat<string> = {
  type: 'label selector',
  expected: 'a label selector, for example app.kubernetes.io/instance=kdmq or app in (kdmq, kamailio)',
  placeholder: 'selector',
  schema: { type: 'string', pattern: SELECTOR.source },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    const selector = raw.trim();
    if (selector === '') return wrong('is empty');
    return SELECTOR.test(selector) ? right(selector) : wrong("can't be a label selector");
  },
  write: (value) => value,
};
