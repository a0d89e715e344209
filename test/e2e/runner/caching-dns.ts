/**
 * Runs in a pod: a DNS server that passes questions on to that of its resolv.conf and keeps "there is no such name" for
 * 30 s, as NodeLocal DNSCache and older clusters do. It listens by TCP for the probe alone.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const keptMs = 30_000;
const [, upstream = ''] = /^nameserver\s+(\S+)/m.exec(readFileSync('/etc/resolv.conf', 'utf8')) ?? [];
/** By the question: the answer without its id, and until when it is given. */
const missing = new Map<string, { readonly answer: Buffer; readonly until: number }>();

/** Name, type and class: what stands between the twelve bytes of the head and what EDNS adds. */
const questionOf = (message: Buffer): string => {
  let end = 12;
  while (message[end] !== 0 && end < message.length) end += (message[end] ?? 0) + 1;
  return message
    .subarray(12, end + 5)
    .toString('latin1')
    .toLowerCase();
};
/** No record in the answer: the name or the type is not there. */
const isMissing = (answer: Buffer): boolean => answer.readUInt16BE(6) === 0;

const server = createSocket('udp6');
server.on('message', (query, { port, address }) => {
  const question = questionOf(query);
  const kept = missing.get(question);
  if (kept !== undefined && kept.until > Date.now()) {
    const answer = Buffer.from(kept.answer);
    query.copy(answer, 0, 0, 2);
    server.send(answer, port, address);
    return;
  }
  const asked = createSocket('udp4');
  const close = setTimeout(() => asked.close(), 5_000);
  asked.on('message', (answer) => {
    if (isMissing(answer)) missing.set(question, { answer, until: Date.now() + keptMs });
    server.send(answer, port, address);
    clearTimeout(close);
    asked.close();
  });
  asked.send(query, 53, upstream);
});
server.bind(53);
createServer((socket) => socket.destroy()).listen(53);
process.on('SIGTERM', () => process.exit(0));
