import { splitMqueueText } from '../mqueue/mqueue-text.ts';
import { mqueueFormat } from '../settings/mqueue-format.ts';

/**
 * What the numbers do in Kamailio's code: it reads with 2 and writes with 3. kdmq's numbers are the other way round, as its users'
 * specification has them, so words are written.
 */
const DB_MODES: Readonly<Record<string, string>> = { 0: 'none', 1: 'both', 2: 'load', 3: 'save' };
const ADD_MODES: Readonly<Record<string, string>> = { 0: 'append', 1: 'keep_old', 2: 'replace' };

/** A definition of Kamailio's mqueue in kdmq's words, or why it is none. */
export function translateQueue(
  text: string,
): { readonly definition: string; readonly notes: readonly string[] } | { readonly why: string } {
  const [attributes = [], ...more] = splitMqueueText(text);
  if (more.length > 0) return { why: 'it is not one queue' };
  const notes: string[] = [];
  const name = String(attributes.find(([attribute]) => attribute === 'name')?.[1] ?? '');
  const words = attributes.map(([attribute, value]) => {
    const written = String(value ?? '');
    if (attribute === 'dbmode') {
      if (written === '2' || written === '3') {
        const does = written === '2' ? 'reads at the start and does not write' : 'writes at the stop and does not read';
        notes.push(`${name}: with dbmode ${written} Kamailio's code ${does}, which is ${DB_MODES[written]} here`);
      }
      return `dbmode=${DB_MODES[written] ?? written}`;
    }
    return attribute === 'addmode' ? `addmode=${ADD_MODES[written] ?? written}` : `${attribute}=${written}`;
  });
  if (!attributes.some(([attribute, value]) => attribute === 'size' && Number(value) > 0)) {
    notes.push(`${name}: without a size Kamailio has no limit; here max_bytes holds, 256Mi unless you set it`);
  }
  const definition = words.join(';');
  const reading = mqueueFormat.read([definition]);
  return reading.ok ? { definition, notes } : { why: reading.problem };
}
