import { describe, expect, it } from 'vitest';
import { httpListenFormat } from '../../../src/core/settings/http-formats.ts';

const { read, write } = httpListenFormat;

describe('the address of HTTP', () => {
  it.each<[unknown, ReturnType<typeof write>]>([
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    [' 10.0.0.1:80 ', '10.0.0.1:80'],
    ['*:8080', '0.0.0.0:8080'],
    ['[::]:8080', '[::]:8080'],
    ['[FD00::0:3]:8080', '[fd00::3]:8080'],
    ['off', 'off'],
    ['OFF', 'off'],
    [false, 'off'],
  ])('reads %j', (raw, written) => {
    const reading = read(raw);
    expect(reading.ok && write(reading.value)).toBe(written);
  });

  it.each<[unknown, string, string | undefined]>([
    ['8080', 'has no address', '127.0.0.1:8080 or *:8080'],
    [8080, 'has no address', '127.0.0.1:8080 or *:8080'],
    [':8080', 'has no address', '127.0.0.1:8080 or *:8080'],
    ['10.0.0.1', 'has no port', '10.0.0.1:8080'],
    ['', 'has no port', undefined],
    ['localhost:8080', 'names a host', '127.0.0.1:8080'],
    ['example.org:8080', 'has the address "example.org", which is not an IP address', undefined],
    ['10.0.0.1:0', 'has the port "0", which is not a number from 1 to 65535', undefined],
    ['10.0.0.1:http', 'has the port "http", which is not a number from 1 to 65535', undefined],
    ['::1:8080', 'holds an IPv6 address without brackets', undefined],
    ['[::1:8080', 'is no address', undefined],
    ['http://10.0.0.1:8080/', 'is a URL', '10.0.0.1:8080'],
    [true, 'is a boolean', undefined],
    [['10.0.0.1:8080'], 'is a list', undefined],
  ])('refuses %j: %s', (raw, problem, suggestion) => {
    expect(read(raw)).toEqual({ ok: false, problem, ...(suggestion === undefined ? {} : { suggestion }) });
  });
});
