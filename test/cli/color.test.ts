import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../loopback.ts';
import { StartedNode } from './node-api/started-node.ts';
import { runCommand } from './run-command.ts';
import { Terminal } from './terminal.ts';

const address = await loopbackAddresses(import.meta.filename);
const GREEN = '\u001b[32m';

let node: StartedNode;
beforeAll(async () => {
  node = await StartedNode.start(address(), []);
}, 120_000);
afterAll(() => node?.[Symbol.asyncDispose]());

describe('colours', { timeout: 120_000 }, () => {
  it.each<[what: string, args: readonly string[], environment: Record<string, string>, has: boolean]>([
    ['are there on a terminal', [], {}, true],
    ['are not there with NO_COLOR', [], { NO_COLOR: '1' }, false],
    ['are not there with --no-color', ['--no-color'], {}, false],
    ['are not there on a terminal that has none', [], { TERM: 'dumb' }, false],
  ])('%s', async (_, args, environment, has) => {
    await using terminal = new Terminal(['nodes', ...args], { KDMQ_URL: node.url, ...environment });
    expect(await terminal.ended).toBe(0);
    expect(terminal.written).toContain(node.uri);
    expect(terminal.written.includes(GREEN)).toBe(has);
  });

  it.each<[what: string, args: readonly string[], environment: Record<string, string>, has: boolean]>([
    ['are not there elsewhere', [], {}, false],
    ['are there with FORCE_COLOR', [], { FORCE_COLOR: '1' }, true],
    ['are not there with --no-color, whatever FORCE_COLOR says', ['--no-color'], { FORCE_COLOR: '1' }, false],
  ])('%s', async (_, args, environment, has) => {
    const { code, output, errors } = await runCommand(['nodes', ...args], { KDMQ_URL: node.url, ...environment });
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output.includes(GREEN)).toBe(has);
    const [heads = '', line = ''] = stripVTControlCharacters(output).split('\n');
    expect(line.indexOf('kdmq, this one')).toBe(heads.indexOf('KIND'));
  });
});
