import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  encode,
  encodingLength,
  type Packet,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import type { Zone, ZoneAnswer } from './zone.ts';

export const RCODE = { noerror: 0, formerr: 1, servfail: 2, nxdomain: 3, refused: 5 } as const;

export interface AnswerLimits {
  /** Longest answer over this transport; over UDP the client's own limit (512, or what its EDNS says) also counts. */
  readonly maxSize: number;
  readonly udp: boolean;
  readonly ttl: number;
}

/** The answer to a query out of the zone, cut with TC set where it does not fit (RFC 2181, section 9). */
export function answerFromZone(zone: Zone, query: DecodedPacket, limits: AnswerLimits): Buffer {
  const question = query.questions?.[0];
  if (question === undefined) return answerWithCode(query, RCODE.formerr);
  const found = zone.lookup(question.name, question.type);
  const code = found.exists ? RCODE.noerror : RCODE.nxdomain;
  const records = (list: ZoneAnswer['answers']) => list.map((entry) => toAnswer(entry, limits.ttl));
  const answers = records(found.answers);
  const response = responseTo(query, code, answers, records(found.additionals));
  if (answers.length === 0) response.authorities = [startOfAuthority(question.name)];
  return fitted(query, response, limits);
}

/** An answer without records. */
export function answerWithCode(query: DecodedPacket, code: number, flags = 0): Buffer {
  const response = responseTo(query, code, [], []);
  return encode({ ...response, flags: (response.flags ?? 0) | flags });
}

function responseTo(query: DecodedPacket, code: number, answers: Answer[], additionals: Answer[]): Packet {
  return {
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags: AUTHORITATIVE_ANSWER | (query.flag_rd ? RECURSION_DESIRED : 0) | code,
    questions: query.questions ?? [],
    answers,
    additionals: [...additionals, ...ednsOf(query)],
  };
}

function fitted(query: DecodedPacket, response: Packet, { maxSize, udp }: AnswerLimits): Buffer {
  const limit = udp ? Math.min(maxSize, clientLimit(query)) : maxSize;
  if (encodingLength(response) <= limit) return encode(response);
  const bare = { ...response, additionals: ednsOf(query) };
  if (encodingLength(bare) <= limit) return encode(bare);
  let size = encodingLength({ ...bare, answers: [] });
  const answers: Answer[] = [];
  for (const answer of response.answers ?? []) {
    size += encodingLength({ type: 'response', answers: [answer] }) - encodingLength({ type: 'response' });
    if (size > limit) break;
    answers.push(answer);
  }
  return encode({ ...bare, answers, flags: (bare.flags ?? 0) | TRUNCATED_RESPONSE });
}

function clientLimit(query: DecodedPacket): number {
  const option = query.additionals?.find((record) => record.type === 'OPT');
  return option?.type === 'OPT' ? Math.max(512, option.udpPayloadSize) : 512;
}

function ednsOf(query: DecodedPacket): Answer[] {
  if (!query.additionals?.some((record) => record.type === 'OPT')) return [];
  return [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 1232,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ];
}

function toAnswer({ name, record }: ZoneAnswer['answers'][number], ttl: number): Answer {
  if (record.type === 'SRV') return { type: 'SRV', name, ttl, data: { ...record.value } };
  return { type: record.type, name, ttl, data: record.value };
}

function startOfAuthority(name: string): Answer {
  const zone = name.split('.').slice(-2).join('.');
  const data = {
    mname: `ns.${zone}`,
    rname: `hostmaster.${zone}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
  };
  return { type: 'SOA', name: zone, ttl: 5, data: { ...data, minimum: 5 } };
}
