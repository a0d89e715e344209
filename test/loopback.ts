import { createSocket } from 'node:dgram';
import { relative } from 'node:path';

const blocks = 180 * 64;
const addressesPerBlock = 4 * 254;

/** Needs no rights, and lies outside of the range that the kernel gives out by itself. */
const claimPort = 61_999;

/** The n-th address of a block: 127.B.C.D with B 20..199, four values of C, D 1..254. */
function addressOf(block: number, n: number): string {
  const second = 20 + Math.floor(block / 64);
  const third = (block % 64) * 4 + Math.floor(n / 254);
  return `127.${second}.${third}.${1 + (n % 254)}`;
}

function preferredBlock(name: string): number {
  let hash = 2166136261;
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  return (hash >>> 0) % blocks;
}

/** A bound socket is the claim: the kernel lifts it when the process ends, however it ends. */
function claim(block: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createSocket('udp4');
  socket.once('error', () => {
    socket.close();
    resolve(false);
  });
  socket.bind({ address: addressOf(block, addressesPerBlock - 1), port: claimPort, exclusive: true }, () => {
    socket.unref();
    resolve(true);
  });
  return promise;
}

/**
 * Claims a block of about 1,000 loopback addresses for a test file, `await loopbackAddresses(import.meta.filename)`, and
 * returns a function that hands out one after another. The same file gets the same addresses in each run, unless
 * another process on the machine holds them at that moment; then the next free block.
 */
export async function loopbackAddresses(filename: string): Promise<() => string> {
  const preferred = preferredBlock(relative(import.meta.dirname, filename));
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const block = (preferred + attempt) % blocks;
    if (!(await claim(block))) continue;
    let next = 0;
    return () => {
      if (next === addressesPerBlock - 1) throw new Error('all loopback addresses of this test file are in use');
      next += 1;
      return addressOf(block, next - 1);
    };
  }
  throw new Error(`no free block of loopback addresses: is something else bound to port ${claimPort} everywhere?`);
}
