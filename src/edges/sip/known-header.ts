/** The headers that the reader keeps the place of. */
export type KnownHeader =
  | 'via'
  | 'from'
  | 'to'
  | 'cseq'
  | 'call-id'
  | 'content-length'
  | 'content-type'
  | 'max-forwards'
  | 'require'
  | 'other';

const TO = packed('to');
const VI = packed('vi');
const FROM = packed('from');
const CSEQ = packed('cseq');
const CALL = packed('call');
const CONT = packed('cont');
const ENT_ = packed('ent-');
const TYPE = packed('type');
const LENG = packed('leng');
const TH = packed('th');
const MAX_ = packed('max-');
const FORW = packed('forw');
const ARDS = packed('ards');
const ID = packed('id');
const REQU = packed('requ');
const IRE = packed('ire');

/**
 * Which header the token in the range names, long or compact, in any case. Compares four bytes at a time: setting bit 5
 * makes a letter lower-case and no two characters of a token equal.
 */
export function knownHeader(bytes: Uint8Array, start: number, end: number): KnownHeader {
  switch (end - start) {
    case 1:
      return compactHeader(bytes[start]! | 0x20);
    case 2:
      return two(bytes, start) === TO ? 'to' : 'other';
    case 3:
      return two(bytes, start) === VI && (bytes[start + 2]! | 0x20) === 0x61 ? 'via' : 'other';
    case 4: {
      const word = four(bytes, start);
      return word === FROM ? 'from' : word === CSEQ ? 'cseq' : 'other';
    }
    case 7:
      if (four(bytes, start) === CALL && bytes[start + 4] === 0x2d && two(bytes, start + 5) === ID) return 'call-id';
      return four(bytes, start) === REQU && three(bytes, start + 4) === IRE ? 'require' : 'other';
    case 12:
      if (four(bytes, start) === CONT) {
        return four(bytes, start + 4) === ENT_ && four(bytes, start + 8) === TYPE ? 'content-type' : 'other';
      }
      return four(bytes, start) === MAX_ && four(bytes, start + 4) === FORW && four(bytes, start + 8) === ARDS
        ? 'max-forwards'
        : 'other';
    case 14:
      return four(bytes, start) === CONT &&
        four(bytes, start + 4) === ENT_ &&
        four(bytes, start + 8) === LENG &&
        two(bytes, start + 12) === TH
        ? 'content-length'
        : 'other';
    default:
      return 'other';
  }
}

function compactHeader(letter: number): KnownHeader {
  switch (letter) {
    case 0x76:
      return 'via';
    case 0x66:
      return 'from';
    case 0x74:
      return 'to';
    case 0x69:
      return 'call-id';
    case 0x6c:
      return 'content-length';
    case 0x63:
      return 'content-type';
    default:
      return 'other';
  }
}

function packed(text: string): number {
  let word = 0;
  for (let i = 0; i < text.length; i++) word = (word << 8) | text.charCodeAt(i);
  return word;
}

function two(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]! | 0x2020;
}

function three(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]! | 0x202020;
}

function four(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]! | 0x20202020;
}
