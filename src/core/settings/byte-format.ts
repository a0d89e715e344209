import { kindOf, type Reading, right, type SettingFormat, wrong } from './setting-format.ts';

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  m: 1000 ** 2,
  g: 1000 ** 3,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
};
/** No machine has a pebibyte of memory; a number beyond it is a mistake in the unit. */
const MOST = 1024 ** 5;

/** A number of bytes, plain or as Kubernetes writes it: k, m, g for powers of 1000, Ki, Mi, Gi for powers of 1024, in any case. */
export function byteQuantity(min: number): SettingFormat<number> {
  return {
    type: 'bytes',
    expected: `bytes, at least ${min}: a number, also with k, M, G (powers of 1000) or Ki, Mi, Gi (powers of 1024), for example 64Mi`,
    placeholder: 'bytes',
    schema: {
      type: ['integer', 'string'],
      minimum: min,
      maximum: MOST,
      pattern: '^\\s*[0-9]+(?:\\.[0-9]+)?(?:[kKmMgG][iI]?)?\\s*$',
    },
    read(raw) {
      if (typeof raw !== 'string' && typeof raw !== 'number') return wrong(`is ${kindOf(raw)}`);
      const bytes = typeof raw === 'number' ? right(raw) : bytesIn(raw.trim());
      if (!bytes.ok) return bytes;
      if (!Number.isInteger(bytes.value)) return wrong('is not a whole number of bytes');
      if (bytes.value < min) return wrong(`is below ${min}`);
      return bytes.value > MOST ? wrong('is more than any machine has') : bytes;
    },
    write: (value) => value,
  };
}

const QUANTITY = /^([0-9]+(?:\.[0-9]+)?)([kmg]i?)?$/i;

function bytesIn(text: string): Reading<number> {
  const [, digits, suffix = ''] = QUANTITY.exec(text) ?? [];
  if (digits !== undefined) return right(Number(digits) * (FACTORS[suffix.toLowerCase()] ?? Number.NaN));
  const withoutUnit = text.replace(/\s*b(?:ytes)?$/i, '').replace(/\s+/, '');
  return wrong('is not a number of bytes', QUANTITY.test(withoutUnit) ? withoutUnit : undefined);
}
