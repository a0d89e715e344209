import type { MqueueDefinition } from './mqueue-definition.ts';

/** Writes a definition with its modes as words: `name=myq;size=20;dbmode=both;addmode=append;max_bytes=268435456;durability=stop`. */
export function writeMqueueDefinition(definition: MqueueDefinition): string {
  const { name, size, dbMode, addMode, maxBytes, durability, leaseMs, ttlMs, delayMs, maxDeliveries, deadLetter } =
    definition;
  const always = [
    `name=${name};size=${size};dbmode=${dbMode};addmode=${addMode}`,
    `max_bytes=${maxBytes};durability=${durability}`,
  ];
  const whereSet = [
    leaseMs > 0 && `lease_ms=${leaseMs}`,
    ttlMs > 0 && `ttl_ms=${ttlMs}`,
    delayMs > 0 && `delay_ms=${delayMs}`,
    maxDeliveries > 0 && `max_deliveries=${maxDeliveries}`,
    deadLetter !== undefined && `dead_letter=${deadLetter}`,
  ];
  return [...always, ...whereSet.filter((part) => part !== false)].join(';');
}
