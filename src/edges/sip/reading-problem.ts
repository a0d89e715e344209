/** What is wrong with a message: the reply that says so (RFC 3261 21.4, 21.5). */
export interface ReadingProblem {
  readonly code: 400 | 413 | 416 | 420 | 505 | 513;
  readonly reason: string;
}

const bad = (reason: string): ReadingProblem => ({ code: 400, reason });

/** Every fault that the reader names. The reason phrase tells the sender's operator where to look. */
export const PROBLEMS = {
  startLine: bad('Malformed Request-Line'),
  requestUri: bad('Malformed Request-URI'),
  header: bad('Malformed Header Line'),
  control: bad('Control Character in Header'),
  lineFeed: bad('Line Not Ended by CRLF'),
  noBlankLine: bad('No Blank Line after Headers'),
  via: bad('Malformed Via'),
  from: bad('Malformed From'),
  to: bad('Malformed To'),
  cseq: bad('Malformed CSeq'),
  cseqMethod: bad('CSeq Method Differs from Request'),
  contentLength: bad('Malformed Content-Length'),
  bodyShort: bad('Body Shorter than Content-Length'),
  noContentLength: bad('Missing Content-Length'),
  noFrom: bad('Missing From'),
  noTo: bad('Missing To'),
  noCallId: bad('Missing Call-ID'),
  noCseq: bad('Missing CSeq'),
  twice: bad('Header That May Stand Once Is Repeated'),
  headerTooLarge: { code: 513, reason: 'Header Too Large' },
  bodyTooLarge: { code: 413, reason: 'Request Entity Too Large' },
  scheme: { code: 416, reason: 'Unsupported URI Scheme' },
  extension: { code: 420, reason: 'Bad Extension' },
  version: { code: 505, reason: 'Version Not Supported' },
} as const satisfies Record<string, ReadingProblem>;
