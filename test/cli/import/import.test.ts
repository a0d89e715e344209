import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCommand, startCommand } from '../run-command.ts';

/** The configuration that the tests run a real Kamailio with. */
const REAL = resolve(import.meta.dirname, '../../kamailio/node.cfg');
const ENVIRONMENT = { KDMQ_IP: '10.0.0.5', KDMQ_PORT: '5070', KDMQ_URI: 'sip:10.0.0.5:5070', KDMQ_PING: '60' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('kdmq import', { timeout: 60_000 }, () => {
  it('prints a configuration that kdmq config takes, and says what was left out', async () => {
    const { code, output, errors } = await runCommand(['import', REAL], ENVIRONMENT);
    expect(code).toBe(0);
    expect(parse(output)).toEqual({
      server_address: 'sip:10.0.0.5:5070',
      ping_interval: 60,
      listen: ['udp:10.0.0.5:5070', 'tcp:10.0.0.5:5070'],
      num_workers: 2,
    });
    expect(output).toMatch(/^server_address: sip:10.0.0.5:5070 # line \d+$/m);
    expect(output).toMatch(/^# {3}line \d+: import_file "extra.cfg": other files are not read/m);
    expect(errors).toContain('left out, see the end of the output');
    const file = join(folder, 'kdmq.yaml');
    writeFileSync(file, output);
    const config = await runCommand(['config', '--config', file]);
    expect(config).toMatchObject({ code: 0, output: expect.stringContaining('server_address: sip:10.0.0.5:5070') });
  });

  it('reads standard input, and leaves out what goes wrong together', async () => {
    const command = startCommand(['import', '-', '-A', 'WITH_DMQ']);
    command.process.stdin.end(
      [
        '#!ifdef WITH_DMQ',
        'modparam("dmq", "server_address", "sip:10.0.0.5")',
        'modparam("dmq", "fail_count_threshold_not_active", 5)',
        'modparam("dmq", "fail_count_threshold_disabled", 2)',
        '#!endif',
      ].join('\n'),
    );
    expect(await command.ended).toBe(0);
    expect(parse(command.output())).toMatchObject({ server_address: 'sip:10.0.0.5:5060' });
    expect(command.output()).toMatch(/# {3}line [34]: fail_count_threshold/);
  });

  it('ends with 65 where nothing could be taken over, with 66 where there is no file', async () => {
    const file = join(folder, 'other.cfg');
    writeFileSync(file, 'debug=2\n');
    const words = { code: 65, output: '', errors: expect.stringContaining('is it the configuration of a Kamailio?') };
    expect(await runCommand(['import', file])).toEqual(words);
    const missing = { code: 66, output: '', errors: expect.stringContaining('/none/kamailio.cfg does not exist') };
    expect(await runCommand(['import', '/none/kamailio.cfg'])).toEqual(missing);
  });
});
