import { readKamailioConfig } from '../../core/kamailio-config/kamailio-config.ts';
import { translateKamailioConfig } from '../../core/kamailio-config/translate-kamailio-config.ts';
import { readTextFile } from '../../edges/config/read-text-file.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { note, print } from '../print.ts';
import { readStandardInput } from '../standard-input.ts';
import { count } from '../words.ts';
import { acceptedConfig } from './accepted-config.ts';
import type { ConfigImportCommand } from './import-command.ts';
import { writeConfig } from './write-config.ts';

/** `kdmq import`. */
export async function importConfig(
  { file, defines, environment }: ConfigImportCommand,
  signal: AbortSignal,
): Promise<number> {
  const source = await sourceOf(file, signal);
  const config = readKamailioConfig(source, { defines: new Map(defines.map(symbolOf)), environment });
  const translated = acceptedConfig(translateKamailioConfig(config));
  if (translated.settings.length === 0) {
    throw new CommandFailure(
      EXIT_CODES.data,
      `${file} says nothing about dmq, mqueue or listen${translated.leftOut.length === 0 ? ': is it the configuration of a Kamailio?' : ` that kdmq could take over:\n${translated.leftOut.map(({ line, what, why }) => `  line ${line}: ${what}: ${why}`).join('\n')}`}`,
    );
  }
  await print(writeConfig(translated, file === '-' ? 'standard input' : file));
  const { leftOut, settings } = translated;
  if (leftOut.length > 0)
    note(`${count(leftOut.length, 'thing was', 'things were')} left out, see the end of the output`);
  if (!settings.some(({ name }) => name === 'server_address')) {
    note('no address to announce was found: set server_address, unless POD_IP is in the environment');
  }
  return EXIT_CODES.ok;
}

async function sourceOf(file: string, signal: AbortSignal): Promise<string> {
  if (file === '-') return (await readStandardInput('the configuration', signal)).toString();
  const read = await readTextFile(file);
  if (read.ok) return read.text;
  throw new CommandFailure(EXIT_CODES.missing, `${file} ${read.problem}`);
}

function symbolOf(define: string): [string, string] {
  const at = define.indexOf('=');
  return at < 0 ? [define, ''] : [define.slice(0, at), define.slice(at + 1)];
}
