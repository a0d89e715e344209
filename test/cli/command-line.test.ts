import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { SETTING_NAMES } from '../../src/core/settings/setting-declarations.ts';
import { MAIN, runCommand, startCommand, written } from './run-command.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kdmq-cli-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const ADDRESS = ['--server-address', 'sip:10.0.0.1:5060'];

describe('the command line', { timeout: 60_000 }, () => {
  it('prints its version', async () => {
    expect(await runCommand(['--version'])).toEqual({
      code: 0,
      output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      errors: '',
    });
  });

  it('prints its commands and exit codes as help', async () => {
    const { code, output } = await runCommand(['--help']);
    expect(code).toBe(0);
    for (const text of ['start', 'config', '128+n']) expect(output).toContain(text);
    for (const code of new Set(Object.values(EXIT_CODES))) expect(output).toMatch(new RegExp(`^ {2}${code} `, 'm'));
  });

  it.each([['--help'], ['config schema'], ['queue import --help']])(
    'ends in peace when nobody reads what it prints: %s',
    async (line) => {
      const command = startCommand(line.split(' '));
      command.process.stdout.destroy();
      expect(await command.ended).toBe(0);
      expect(command.errors()).toBe('');
    },
  );

  it('ends with 73 when what it prints can not be written, and says why', async () => {
    const full = openSync('/dev/full', 'w');
    const args = [MAIN, 'config', 'schema'];
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
    closeSync(full);
    expect(status).toBe(73);
    expect(stderr).toMatch(/^kdmq: standard output can't be written: .*ENOSPC.*\n$/);
  });

  it('prints every setting in the help of start', async () => {
    const { code, output } = await runCommand(['help', 'start']);
    expect(code).toBe(0);
    for (const name of SETTING_NAMES) expect(output).toContain(`--${name.replaceAll('_', '-')} `);
  });

  it.each([
    [['confg'], "unknown command 'confg'", 'config'],
    [['start', '--pin-interval', '5'], "unknown option '--pin-interval'", '--ping-interval'],
    [['config', '--fail_count_enable'], "unknown option '--fail_count_enable'", '--fail-count-enabled'],
    [['start', 'now'], 'too many arguments', ''],
    [['start', '--ping-interval'], "option '--ping-interval <seconds>' argument missing", ''],
    [['config', '-o', 'xml'], 'Allowed choices are yaml, json', ''],
    [[], 'Usage: kdmq', ''],
  ])('ends with 2 for %j and names what was meant', async (args, message, suggestion) => {
    const { code, output, errors } = await runCommand(args);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(message);
    expect(errors).toContain(suggestion);
  });
});

describe('kdmq config', { timeout: 60_000 }, () => {
  it('prints each setting with its source, the later source winning', async () => {
    const file = join(directory, 'kdmq.yaml');
    writeFileSync(file, 'ping_interval: 5\nprobe_interval: 0.5\nnum_workers: 3\n');
    const { code, output } = await runCommand(
      [
        'config',
        '--config',
        file,
        '--num_workers=9',
        '--listen',
        'udp:*:5060',
        '--listen=tcp:*:5060',
        '--multi-notify',
        ...ADDRESS,
      ],
      { KDMQ_PROBE_INTERVAL: '0.2', KDMQ_NUM_WORKERS: '4' },
    );
    expect(code).toBe(0);
    expect(output.replaceAll(/ +#/g, ' #').split('\n')).toEqual(
      expect.arrayContaining([
        'server_address: sip:10.0.0.1:5060 # --server-address',
        `ping_interval: 5 # ${file} line 1`,
        'probe_interval: 0.2 # KDMQ_PROBE_INTERVAL',
        'num_workers: 9 # --num-workers',
        'multi_notify: true # --multi-notify',
        'remove_inactive: true # default',
        'listen: # --listen',
        '  - udp:0.0.0.0:5060',
        '  - tcp:0.0.0.0:5060',
        '# tls_certificate: not set',
      ]),
    );
  });

  it('prints YAML that means the same when it is read again', async () => {
    const first = await runCommand(['config', '--notification-address', 'sip:a sip:b;transport=tcp', ...ADDRESS]);
    const file = join(directory, 'again.yaml');
    writeFileSync(file, first.output);
    const second = await runCommand(['config', '--config', file]);
    expect(parse(second.output)).toEqual(parse(first.output));
  });

  it('prints the queues, each with all its attributes, and where they come from', async () => {
    const file = join(directory, 'kdmq.yaml');
    writeFileSync(file, 'mqueue:\n  - name=a;size=1\n  - { name: b, dbmode: 2 }\npartition: 3\n');
    const given = await runCommand(['config', '--config', file, ...ADDRESS], {
      KDMQ_MQUEUE_A: 'size=5',
      KDMQ_MQUEUE_CALLS: 'durability=always',
      KDMQ_MQUEUE_TOTAL_BYTES: '64Mi',
    });
    expect(given.errors).toContain("Kamailio's code has these two numbers the other way round");
    expect(given.output.replaceAll(/ +#/g, ' #').split('\n')).toEqual(
      expect.arrayContaining([
        `mqueue: # KDMQ_MQUEUE_A, ${file} line 1 and KDMQ_MQUEUE_CALLS`,
        '  - name=a;size=5;dbmode=none;addmode=append;max_bytes=268435456;durability=none',
        '  - name=b;size=0;dbmode=save;addmode=append;max_bytes=268435456;durability=stop',
        '  - name=calls;size=0;dbmode=both;addmode=append;max_bytes=268435456;durability=always',
        `partition: "3" # ${file} line 4`,
        'mqueue_total_bytes: 67108864 # KDMQ_MQUEUE_TOTAL_BYTES',
      ]),
    );
    const flags = ['--mqueue', 'name=x; size=2;', '--mqueue=name=y'];
    const { output } = await runCommand(['config', '--config', file, '-o', 'json', ...flags, ...ADDRESS]);
    expect(JSON.parse(output)).toMatchObject({
      mqueue: {
        value: [expect.stringMatching(/^name=x;size=2;/), expect.stringMatching(/^name=y;size=0;/)],
        source: '--mqueue',
      },
    });
  });

  it('shows no password, and prints YAML that takes it from the same file again', async () => {
    const secret = join(directory, 'secret');
    writeFileSync(secret, 'hunter2\n');
    const settings = { KDMQ_DB_URL: 'redis://kdmq:hunter3@10.0.0.9', KDMQ_DB_PASSWORD_FILE: secret };
    const { output } = await runCommand(['config', ...ADDRESS], settings);
    expect(output).not.toContain('hunter');
    expect(output).toContain('db_url: redis://kdmq:(hidden)@10.0.0.9:6379');
    expect(output).toContain('# db_password: (hidden), from db_password_file\n');
    const json = await runCommand(['config', '-o', 'json', ...ADDRESS], settings);
    expect(JSON.parse(json.output)).toMatchObject({
      db_password: { value: '(hidden)', source: 'from db_password_file' },
    });
    expect(json.output).not.toContain('hunter');
    const wrong = await runCommand(['config', ...ADDRESS], { KDMQ_DB_URL: 'mysql://kdmq:hunter"4@10.0.0.9/kamailio' });
    expect(wrong.code).toBe(78);
    expect(wrong.errors).toContain('"mysql://kdmq:(hidden)@10.0.0.9/kamailio" is a SQL database');
    expect(wrong.errors).not.toContain('hunter');
  });

  it('prints JSON for programs', async () => {
    const { output } = await runCommand(['config', '-o', 'json'], { POD_IPS: 'fd00::3,10.0.0.3' });
    expect(JSON.parse(output)).toMatchObject({
      server_address: { value: 'sip:[fd00::3]:5060', source: 'from POD_IPS' },
      listen: { value: ['udp:[fd00::3]:5060', 'tcp:[fd00::3]:5060'], source: 'from server_address' },
      tls_certificate: { value: null, source: 'default' },
    });
  });

  it.each<[command: string, format: readonly string[]]>([
    ['config', []],
    ['start', ['--log-format', 'pretty']],
  ])('%s ends with 78 and names everything that is wrong at once', async (command, format) => {
    const file = join(directory, 'kdmq.yaml');
    writeFileSync(file, 'ping_interval: 10s\n\npin_interval: 5\nlisten:\n  - udp:eth0:5060\n  - tls:[::1]:99999\n');
    const { code, output, errors } = await runCommand(
      [command, ...format, '--config', file, '--server-address', 'sip:0.0.0.0:5060'],
      { KDMQ_MULTI_NOTIFY: 'maybe', KDMQ_LISTN: 'x', KDMQ_SERVICE_HOST: '10.96.0.1' },
    );
    expect({ code, output }).toEqual({ code: 78, output: '' });
    const lines = errors.trimEnd().split('\n');
    expect(lines[0]).toBe('kdmq: 6 things are wrong in the configuration:');
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^ {2}ping_interval: "10s" is not a plain number: .* \(.*kdmq\.yaml line 1\); expected /),
      expect.stringMatching(/^ {2}pin_interval: is not a setting \(.*kdmq\.yaml line 3\); expected ping_interval, /),
      expect.stringMatching(/^ {2}listen: .* is wrong in 2 of 2: udp:eth0:5060 .*; tls:\[::1\]:99999 .*line 4\)/),
      expect.stringMatching(/^ {2}multi_notify: "maybe" .* \(KDMQ_MULTI_NOTIFY\); expected one of 1, yes/),
      expect.stringMatching(/^ {2}KDMQ_LISTN: is not a setting; expected KDMQ_LISTEN, /),
      expect.stringMatching(/^ {2}server_address: .* can't be announced: .* \(--server-address\); expected /),
    ]);
  });

  it.each([
    ['log_format says so', ['--log-format', 'json']],
    ['the log is read by no terminal', []],
    ['log_format is wrong itself', ['--log-format', 'xml']],
  ])('start says what is wrong as one line of its log where that is JSON: %s', async (_, format) => {
    const { code, output, errors } = await runCommand(['start', ...ADDRESS, '--ping-interval', '10s', ...format]);
    expect({ code, errors }).toEqual({ code: 78, errors: '' });
    const line = JSON.parse(output) as { problems: string[] };
    expect(line).toMatchObject({ level: 'error', msg: 'the configuration is wrong' });
    expect(line.problems).toContainEqual(
      expect.stringMatching(/^ping_interval: "10s" .* \(--ping-interval\); expected /),
    );
  });

  it('prints a JSON Schema', async () => {
    const { code, output } = await runCommand(['config', 'schema']);
    expect(code).toBe(0);
    expect(Object.keys((JSON.parse(output) as { properties: object }).properties)).toEqual(SETTING_NAMES);
  });
});

describe('kdmq start', { timeout: 60_000 }, () => {
  it.each([
    [
      'SIP',
      (port: number) => [
        `sip:127.0.0.1:${port};transport=tcp`,
        '--listen',
        `tcp:127.0.0.1:${port}`,
        '--http-listen',
        'off',
      ],
    ],
    ['HTTP', (port: number) => ['sip:127.0.78.1:5060', '--http-listen', `127.0.0.1:${port}`]],
  ])('ends with 71 and one clear line when the socket of %s is taken', async (_, flags) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { code, output, errors } = await runCommand(['start', '--server-address', ...flags(port)]);
    taken.close();
    expect({ code, errors }).toEqual({ code: 71, errors: '' });
    const problems = output.split('\n').filter((line) => line.includes('"level":"error"'));
    expect(problems).toEqual([expect.stringContaining(`127.0.0.1:${port}: the port is taken`)]);
  });

  it('ends with 78 when the TLS files can not be used', async () => {
    const { code, output } = await runCommand([
      'start',
      '--server-address',
      'sip:127.0.0.1;transport=tls',
      '--tls-certificate',
      '/none.crt',
      '--tls-private-key',
      '/none.key',
      '--http-listen',
      'off',
    ]);
    expect(code).toBe(78);
    expect(output).toContain('/none.crt');
  });

  it('runs a node until SIGTERM', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.77.1', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const command = startCommand([
      'start',
      '--server-address',
      `sip:127.0.77.1:${port}`,
      '--http-listen',
      'off',
      '--log-level',
      'debug',
    ]);
    await written(command, 'notification_address is not set');
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(0);
  });

  it('takes a SIGTERM that comes as soon as there is a handler, before the command is even loaded', async () => {
    const atOnce =
      'process.on("newListener",n=>{if(n==="SIGTERM")setImmediate(()=>process.kill(process.pid,"SIGTERM"))})';
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(atOnce)}`;
    const args = ['start', '--server-address', 'sip:127.0.77.2:5060', '--http-listen', 'off'];
    const { code, output, errors } = await runCommand(args, { NODE_OPTIONS });
    expect(code, errors).toBe(0);
    expect(output).toMatch(/"msg":"(?:stopped|not started)"\}\n$/);
  });
});
