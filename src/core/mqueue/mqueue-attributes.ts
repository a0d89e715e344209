import { byteQuantity } from '../settings/byte-format.ts';
import { kindOf, right, type SettingFormat, wrong } from '../settings/setting-format.ts';
import { choice, wholeNumber } from '../settings/setting-formats.ts';
import { ADD_MODES, type AddMode, DB_MODES, type DbMode, type Durability } from './mqueue-definition.ts';

/** The attributes of a queue as they are written. What is left out is undefined. */
export interface MqueueAttributes {
  readonly name: string;
  readonly size: number;
  readonly dbmode: DbMode;
  readonly addmode: AddMode;
  readonly max_bytes: number;
  readonly durability: Durability;
  readonly lease_ms: number;
  readonly ttl_ms: number;
  readonly delay_ms: number;
  readonly max_deliveries: number;
  readonly dead_letter: string;
}

type AttributeFormat<T> = Pick<SettingFormat<T>, 'expected' | 'schema' | 'read'>;

const QUEUE_NAME = /^[A-Za-z0-9_.-]{1,64}$/;

const queueName: AttributeFormat<string> = {
  expected: '1 to 64 letters, digits, - _ or .',
  schema: { type: 'string', pattern: QUEUE_NAME.source },
  read(raw) {
    if (typeof raw === 'number') return wrong('is a number: put it in quotes');
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    if (raw === '') return wrong('is empty');
    return QUEUE_NAME.test(raw) ? right(raw) : wrong("can't be the name of a queue");
  },
};

/** A mode by its word, or by Kamailio's number for it. */
function mode<Word extends string>(numbers: Readonly<Record<Word, number>>): AttributeFormat<Word> {
  const words = Object.keys(numbers) as Word[];
  const { read } = choice(words);
  return {
    expected: words.map((word) => `${numbers[word]} (${word})`).join(', '),
    schema: { enum: words.flatMap((word) => [word, numbers[word], String(numbers[word])]) },
    read(raw) {
      const text = typeof raw === 'string' ? raw.trim().toLowerCase() : raw;
      const numbered = words.find((word) => String(numbers[word]) === String(text));
      if (numbered !== undefined && (typeof raw === 'string' || typeof raw === 'number')) return right(numbered);
      return typeof raw === 'number'
        ? wrong('is not known')
        : read(typeof text === 'string' ? text.replaceAll('-', '_') : text);
    },
  };
}

/** One item with its header takes more than this. */
const LEAST_BYTES = 64;
/** A year: a longer time is a mistake in the unit. */
const milliseconds = wholeNumber({ min: 0, max: 31_536_000_000, unit: 'milliseconds' });

/** How each attribute is written. */
export const MQUEUE_ATTRIBUTES: { readonly [Name in keyof MqueueAttributes]: AttributeFormat<MqueueAttributes[Name]> } =
  {
    name: queueName,
    size: wholeNumber({ min: 0, max: 1_000_000_000, unit: 'items' }),
    dbmode: mode(DB_MODES),
    addmode: mode(ADD_MODES),
    max_bytes: byteQuantity(LEAST_BYTES),
    durability: choice(['none', 'stop', 'always']),
    lease_ms: milliseconds,
    ttl_ms: milliseconds,
    delay_ms: milliseconds,
    // A record counts its deliveries in 16 bits.
    max_deliveries: wholeNumber({ min: 0, max: 65_535, unit: 'deliveries' }),
    dead_letter: queueName,
  };

export const MQUEUE_ATTRIBUTE_NAMES = Object.keys(MQUEUE_ATTRIBUTES) as readonly (keyof MqueueAttributes)[];
