import { describe, expect, it } from 'vitest';
import { readKamailioConfig } from '../../../src/core/kamailio-config/kamailio-config.ts';
import { translateKamailioConfig } from '../../../src/core/kamailio-config/translate-kamailio-config.ts';

function translated(
  lines: readonly string[],
  defines: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
) {
  const surroundings = { defines: new Map(Object.entries(defines)), environment };
  const { settings, leftOut } = translateKamailioConfig(readKamailioConfig(lines.join('\n'), surroundings));
  return {
    settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])),
    notes: settings.flatMap(({ notes }) => notes),
    lines: Object.fromEntries(settings.map(({ name, line }) => [name, line])),
    leftOut: leftOut.map(({ line, what, why }) => `${line}: ${what}: ${why}`),
  };
}

const dmq = (name: string, value: string | number) =>
  `modparam("dmq", "${name}", ${typeof value === 'number' ? value : `"${value}"`})`;
const mqueue = (definition: string) => `modparam("mqueue", "mqueue", "${definition}")`;

describe('the module dmq', () => {
  it('has the same parameters', () => {
    const lines = [
      dmq('server_address', 'sip:10.0.0.1:5060;transport=tcp'),
      dmq('notification_address', 'sip:kdmq.default.svc'),
      dmq('notification_address', 'sip:10.0.0.2:5060'),
      dmq('multi_notify', 1),
      dmq('remove_inactive', 0),
      dmq('ping_interval', 60),
      dmq('ping_interval', 90),
    ];
    const { settings, lines: from, leftOut } = translated(lines);
    expect(settings).toEqual({
      server_address: 'sip:10.0.0.1:5060;transport=tcp',
      notification_address: ['sip:kdmq.default.svc', 'sip:10.0.0.2:5060'],
      multi_notify: true,
      remove_inactive: false,
      ping_interval: 90,
    });
    expect(from).toMatchObject({ server_address: 1, ping_interval: 7 });
    expect(leftOut).toEqual([]);
  });

  it.each([
    [`modparam('dmq|htable', 'multi_notify', 1)`, true],
    [`modparam("^(htable|dmq)$", "multi_notify", 1)`, true],
    [`modparam("dmq", "multi_" "notify",\n  0)`, false],
    [`modparamx("dmq", "multi_notify", 1)`, true],
  ])('is meant by %s', (line, value) => {
    expect(translated([line]).settings).toEqual({ multi_notify: value });
  });

  it.each<[line: string, why: RegExp]>([
    ['modparam("dmq", "enable_x", 1)', /^1: modparam\("dmq", "enable_x", "1"\): kdmq has no such setting$/],
    ['modparam("dmq", "log_level", "debug")', /no such setting/],
    ['modparam("dmq", "num_workers", 0)', /is below 1; kdmq expects a whole number/],
    ['modparam("dmq", "server_address", "sip:kam.example.org")', /names a host/],
    ['modparamx("dmq", "server_address", "$env(A)")', /its variables are not known here/],
    ['include_file "dmq.cfg"', /^1: include_file "dmq.cfg": other files are not read/],
    ['alias=sip.example.org', /^1: alias=sip.example.org: kdmq needs no aliases/],
    ['advertised_address="203.0.113.1"', /kdmq announces its server_address/],
  ])('is left out, with the line and the reason: %s', (line, why) => {
    expect(translated([line])).toMatchObject({ settings: {}, leftOut: [expect.stringMatching(why)] });
  });

  it('is not looked for in routes and other modules', () => {
    const route = 'request_route { if (1) { listen=udp:10.0.0.1:5060; } }';
    expect(translated([route, 'modparam("tm", "fr_timer", 1)', 'debug=2'])).toMatchObject({
      settings: {},
      leftOut: [],
    });
  });
});

describe('queues', () => {
  it.each([
    ['name=a;size=2;dbmode=0;addmode=0', 'name=a;size=2;dbmode=none;addmode=append'],
    ['name=a;size=2;dbmode=1;addmode=1;', 'name=a;size=2;dbmode=both;addmode=keep_old'],
    ['name=a;size=2;dbmode=2;addmode=2', 'name=a;size=2;dbmode=load;addmode=replace'],
    ['name=a;size=2;dbmode=3', 'name=a;size=2;dbmode=save'],
  ])('%s is %s', (text, definition) => {
    expect(translated([mqueue(text)]).settings).toEqual({ mqueue: [definition] });
  });

  it('have their differences said', () => {
    expect(translated([mqueue('name=a;size=2;dbmode=3'), mqueue('name=b')]).notes).toEqual([
      "a: with dbmode 3 Kamailio's code writes at the stop and does not read, which is save here",
      'b: without a size Kamailio has no limit; here max_bytes holds, 256Mi unless you set it',
    ]);
  });

  it('are in the same Redis, whose password is not printed', () => {
    const { settings, notes } = translated(['modparam("mqueue", "db_url", "redis://u:hunter2@10.0.0.9:6379/3")']);
    expect(settings).toEqual({ db_url: 'redis://u@10.0.0.9:6379/3' });
    expect(notes[0]).toContain('db_password_file');
  });

  it('are in no SQL database', () => {
    const { settings, leftOut } = translated(['modparam("mqueue", "db_url", "mysql://u:hunter2@h/kamailio")']);
    expect(settings).toEqual({});
    expect(leftOut[0]).toMatch(/SQL.*kdmq queue import/);
    expect(leftOut[0]).not.toContain('hunter2');
  });
});

describe('sockets', () => {
  it.each<[lines: string, listen: readonly string[]]>([
    ['listen=udp:10.0.0.1:5070', ['udp:10.0.0.1:5070']],
    ['listen=10.0.0.1', ['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060']],
    ['port=5080\nlisten=udp:10.0.0.1', ['udp:10.0.0.1:5080']],
    ['listen=udp:[2001:db8::1]:5060', ['udp:[2001:db8::1]:5060']],
    ['port=5080 listen=udp:[2001:db8::1]', ['udp:[2001:db8::1]:5080']],
    ['listen="tcp:10.0.0.1:5060"', ['tcp:10.0.0.1:5060']],
    ['listen=(udp:10.0.0.1, tcp:10.0.0.1):5070', ['udp:10.0.0.1:5070', 'tcp:10.0.0.1:5070']],
    ['socket = {\n bind = udp:10.0.0.1:5060;\n name = "a";\n}', ['udp:10.0.0.1:5060']],
    ['#!define IP 10.0.0.1\nlisten=udp:IP:5060', ['udp:10.0.0.1:5060']],
  ])('%s', (lines, listen) => {
    expect(translated([lines]).settings).toMatchObject({ listen });
  });

  it('give the announced address where none is set', () => {
    const { settings, notes } = translated(['listen=tcp:0.0.0.0:5060', 'listen=tcp:10.0.0.1:5060']);
    expect(settings).toMatchObject({ server_address: 'sip:10.0.0.1:5060;transport=tcp' });
    expect(notes).toEqual([expect.stringContaining('from the first socket')]);
  });

  it('speak TLS where the module tls names the certificate', () => {
    const tls = [
      'listen=tls:10.0.0.1:5061',
      'modparam("tls", "certificate", "/c")',
      'modparam("tls", "private_key", "/k")',
    ];
    expect(translated(tls).settings).toMatchObject({ listen: ['tls:10.0.0.1:5061'], tls_certificate: '/c' });
    expect(translated(tls.slice(0, 1))).toMatchObject({
      settings: {},
      leftOut: [expect.stringContaining('TLS needs')],
    });
    expect(translated(tls.slice(0, 2))).toMatchObject({
      settings: {},
      leftOut: [expect.stringContaining('TLS needs'), expect.stringContaining('kdmq needs private_key beside it')],
    });
  });

  it.each([
    ['listen=eth0', 'which is not an IP address'],
    ['listen=sctp:10.0.0.1:5060', 'sctp'],
    ['listen=udp:10.0.0.1:5060 advertise 203.0.113.1:5060', 'advertise 203.0.113.1:5060'],
  ])('are left out: %s', (line, words) => {
    expect(translated([line]).leftOut).toEqual([expect.stringContaining(words)]);
  });
});

describe('directives', () => {
  const address = dmq('server_address', 'sip:MY_IP:5060');

  it.each<[what: string, lines: readonly string[]]>([
    ['#!substdef', ['#!substdef "!MY_IP!10.0.0.1!g"']],
    ['#!subst', ['#!subst "/MY_IP/10.0.0.1/g"']],
    ['#!substdef with a variable', ['#!substdef "!MY_IP!$env(ADDRESS)!g"']],
  ])('%s replaces in texts', (_, lines) => {
    const { settings } = translated([...lines, address], {}, { ADDRESS: '10.0.0.1' });
    expect(settings).toEqual({ server_address: 'sip:10.0.0.1:5060' });
  });

  it('the capture server of siptrace is taken over, what kdmq has no word for is named', () => {
    const { settings, leftOut, notes } = translated([
      'modparam("siptrace", "duplicate_uri", "sip:10.0.0.9:9060")',
      'modparam("siptrace", "hep_capture_id", 2001)',
      'modparam("siptrace", "trace_to_database", 0)',
    ]);
    expect(settings).toEqual({ duplicate_uri: 'sip:10.0.0.9:9060', hep_capture_id: 2_001 });
    expect(notes).toEqual([expect.stringContaining('HEP version 3')]);
    expect(leftOut).toEqual([expect.stringContaining('trace_to_database')]);
  });

  it.each<[what: string, lines: readonly string[], found: boolean]>([
    ['defined', ['#!define A', '#!ifdef A', 'LINE', '#!endif'], true],
    ['not defined', ['#!ifdef A', 'LINE', '#!endif'], false],
    ['ifndef', ['#!ifndef A', 'LINE', '#!endif'], true],
    ['else', ['#!ifdef A', '#!else', 'LINE', '#!endif'], true],
    ['nested', ['#!define A', '#!ifdef A', '#!ifdef B', 'LINE', '#!endif', '#!endif'], false],
    [
      'defined in a branch that is not taken',
      ['#!ifdef A', '#!define B', '#!endif', '#!ifdef B', 'LINE', '#!endif'],
      false,
    ],
    ['an expression', ['#!ifexp KAMAILIO_VERSION > 1', 'LINE', '#!endif'], false],
    ['never ended', ['#!ifdef A', 'LINE'], false],
  ])('conditions: %s', (_, lines, found) => {
    const { settings, leftOut } = translated(lines.map((line) => (line === 'LINE' ? dmq('multi_notify', 1) : line)));
    expect(settings).toEqual(found ? { multi_notify: true } : {});
    expect(leftOut).toHaveLength(found ? 0 : 1);
  });

  it('take symbols from outside, which are stronger', () => {
    const lines = [
      '#!define WHERE "sip:10.0.0.1"',
      '#!ifdef WITH_DMQ',
      'modparam("dmq", "server_address", WHERE)',
      '#!endif',
    ];
    expect(translated(lines).leftOut).toEqual([expect.stringContaining('--define WITH_DMQ takes it in')]);
    const defines = { WITH_DMQ: '', WHERE: '"sip:10.0.0.2"' };
    expect(translated(lines, defines).settings).toEqual({ server_address: 'sip:10.0.0.2:5060' });
  });

  it('say what is not known here', () => {
    expect(translated(['#!defenv IP=ADDRESS']).leftOut).toEqual([expect.stringContaining('ADDRESS is not set here')]);
    expect(translated(['#!subst "/a.*b/c/"']).leftOut).toEqual([expect.stringContaining('only a plain word')]);
    expect(
      translated(['#!defenv IP=ADDRESS', 'listen=udp:IP:5060'], {}, { ADDRESS: '10.0.0.1' }).settings,
    ).toMatchObject({
      listen: ['udp:10.0.0.1:5060'],
    });
  });

  it('that name themselves come to an end', () => {
    expect(translated(['#!define A A B', '#!define B A', 'A=1']).settings).toEqual({});
  });
});
