import { describe, expect, it } from 'vitest';
import { describeProblem } from '../../../src/core/settings/describe-problem.ts';
import { environmentEntries } from '../../../src/core/settings/environment-entries.ts';
import { type Origin, readSettings, type SettingEntry } from '../../../src/core/settings/read-settings.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../../../src/core/settings/setting-declarations.ts';
import { pathFormat } from '../../../src/core/settings/setting-formats.ts';

const file: Origin = { kind: 'file', path: '/etc/kdmq/config.yaml', line: 3 };
const variable: Origin = { kind: 'variable', name: 'KDMQ_PING_INTERVAL' };
const flag: Origin = { kind: 'flag', name: '--ping-interval' };

const read = (...entries: SettingEntry[]) => readSettings(entries, SETTING_DECLARATIONS);
const lines = (...entries: SettingEntry[]) => read(...entries).problems.map(describeProblem);

describe('reading settings', () => {
  it('lets the later source win and remembers it', () => {
    const { readings } = read(
      { setting: 'ping_interval', raw: 5, origin: file },
      { setting: 'ping_interval', raw: '7', origin: variable },
    );
    expect(readings.get('ping_interval')).toEqual({ value: 7, origin: variable });
  });

  it('names setting, value, source and what would be right, for everything that is wrong', () => {
    expect(
      lines(
        { setting: 'ping_interval', raw: 'soon', origin: file },
        { setting: 'ping_interval', raw: '0', origin: flag },
        { setting: 'pin_interval', raw: 5, origin: file },
      ),
    ).toEqual([
      'ping_interval: "soon" is not a number (/etc/kdmq/config.yaml line 3); expected a whole number of seconds from 1 to 3600',
      'ping_interval: "0" is below 1 (--ping-interval); expected a whole number of seconds from 1 to 3600',
      'pin_interval: is not a setting (/etc/kdmq/config.yaml line 3); expected ping_interval, if that was meant',
    ]);
  });

  it('refuses a wrong value even when a stronger source overrides it', () => {
    expect(
      lines(
        { setting: 'multi_notify', raw: 'maybe', origin: file },
        { setting: 'multi_notify', raw: '1', origin: { kind: 'variable', name: 'KDMQ_MULTI_NOTIFY' } },
      ),
    ).toHaveLength(1);
  });

  it.each([
    ['an empty variable', '', variable],
    ['a key without a value', null, file],
  ])('leaves the setting unset for %s', (_, raw, origin) => {
    expect(read({ setting: 'ping_interval', raw, origin })).toEqual({ readings: new Map(), problems: [] });
  });

  it.each(['__proto__', 'constructor', 'toString', ''])('knows no setting %j', (setting) => {
    expect(read({ setting, raw: 1, origin: file }).problems).toHaveLength(1);
  });

  it('masks what looks like a key, and passwords in addresses', () => {
    const shown = lines(
      { setting: 'tls_certificate', raw: '-----BEGIN PRIVATE KEY-----abc', origin: file },
      { setting: 'server_address', raw: 'redis://kdmq:hunter2@10.0.0.1', origin: file },
    ).join();
    expect(shown).not.toMatch(/abc|hunter2/);
    expect(shown).toContain('redis://kdmq:(hidden)@10.0.0.1');
  });

  it('shows nothing at all of a secret', () => {
    const secret = { ...SETTING_DECLARATIONS.tls_ca_list, format: pathFormat, secret: true };
    const { problems } = readSettings([{ setting: 'key', raw: 'top\0secret', origin: file }], { key: secret });
    expect(problems.map(describeProblem)).toEqual([
      'key: (hidden) is not what is expected (/etc/kdmq/config.yaml line 3); expected the path of a file',
    ]);
  });

  it('shortens long values and escapes what could move the cursor', () => {
    const [line = ''] = lines({ setting: 'ev\u001b[2Jil', raw: 1, origin: file });
    expect(line).toMatch(/^ev\\u001b\[2Jil: is not a setting/);
    const [long = ''] = lines({ setting: 'ping_interval', raw: 'x'.repeat(5000), origin: file });
    expect(long.length).toBeLessThan(500);
  });
});

describe('the environment', () => {
  const entries = (environment: Record<string, string>) => environmentEntries(environment, SETTING_NAMES);

  it('holds settings in capitals with KDMQ_ in front', () => {
    expect(entries({ KDMQ_PING_INTERVAL: '5', PATH: '/bin', POD_IP: '10.0.0.1' })).toEqual([
      { setting: 'ping_interval', raw: '5', origin: variable },
    ]);
  });

  it('does not count the variables that name the other sources', () => {
    expect(entries({ KDMQ_CONFIG: '/x', KDMQ_CONFIG_DIR: '/y' })).toEqual([]);
  });

  it('does not count what Kubernetes sets for a service kdmq or kdmq-…', () => {
    expect(
      entries({
        KDMQ_SERVICE_HOST: '10.96.0.7',
        KDMQ_SERVICE_PORT: '5060',
        KDMQ_SERVICE_PORT_SIP_UDP: '5060',
        KDMQ_PORT: 'udp://10.96.0.7:5060',
        KDMQ_PORT_5060_UDP: 'udp://10.96.0.7:5060',
        KDMQ_PORT_5060_UDP_PROTO: 'udp',
        KDMQ_PORT_5060_UDP_PORT: '5060',
        KDMQ_PORT_5060_UDP_ADDR: '10.96.0.7',
        KDMQ_METRICS_SERVICE_HOST: 'fd00::7',
        KDMQ_METRICS_PORT_9090_TCP: 'tcp://[fd00::7]:9090',
      }),
    ).toEqual([]);
  });

  it.each([
    ['KDMQ_LISTN', 'x', 'KDMQ_LISTN: is not a setting; expected KDMQ_LISTEN, if that was meant'],
    ['KDMQ_LISTEN_PORT', '5060', 'KDMQ_LISTEN_PORT: is not a setting; expected KDMQ_LISTEN, if that was meant'],
    ['KDMQ_NOTHING_LIKE_IT', '1', 'KDMQ_NOTHING_LIKE_IT: is not a setting'],
    ['KDMQ_PORT', '5060', 'KDMQ_PORT: is not a setting'],
    ['KDMQ_ping_interval', '5', 'KDMQ_ping_interval: is not a setting; expected KDMQ_PING_INTERVAL, if that was meant'],
  ])('%s=%s is a mistake', (name, value, line) => {
    expect(lines(...entries({ [name]: value }))).toEqual([line]);
  });
});
