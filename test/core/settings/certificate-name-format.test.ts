import { describe, expect, it } from 'vitest';
import { certificateNamesFormat as format } from '../../../src/core/settings/certificate-name-format.ts';

describe('names of certificates', () => {
  it.each([
    ['dns:operator.example', ['dns:operator.example']],
    ['dns:a.example, uri:spiffe://voice/b', ['dns:a.example', 'uri:spiffe://voice/b']],
    [
      ['email:ops@voice.example', 'cn:ops'],
      ['email:ops@voice.example', 'cn:ops'],
    ],
    ['', []],
  ])('%j', (raw, written) => {
    const reading = format.read(raw);
    expect(reading.ok && format.write(reading.value)).toEqual(written);
  });

  it.each([
    ['operator.example', 'holds "operator.example", which does not say what kind of name it is'],
    ['dns:', 'holds "dns:", which does not say what kind of name it is'],
    ['ip:10.0.0.1', 'holds "ip:10.0.0.1", which does not say what kind of name it is'],
    [5, 'is a number'],
  ])('not %j', (raw, problem) => {
    expect(format.read(raw)).toMatchObject({ ok: false, problem });
  });
});
