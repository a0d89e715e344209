import { stringify } from 'yaml';
import { escapeControls } from '../../core/escape-controls.ts';
import type { TranslatedConfig, TranslatedSetting } from '../../core/kamailio-config/translate-kamailio-config.ts';
import { maskPasswords } from '../../core/mask-passwords.ts';

/** A file for `--config`, with the lines that its settings come from, and what was left out at its end. */
export function writeConfig({ settings, leftOut }: TranslatedConfig, source: string): string {
  const parts = [
    comment(`The configuration of kdmq that says what ${source} says: for a node in the place of that Kamailio.`),
    comment(
      'A node beside it needs an address of its own (server_address, listen), and the Kamailio as its notification_address.',
    ),
    '\n',
    ...settings.map(part),
  ];
  if (leftOut.length > 0) {
    parts.push('\n', comment('Left out, beside the routes and what belongs to other modules:'));
    for (const { line, what, why } of leftOut) parts.push(comment(maskPasswords(`  line ${line}: ${what}: ${why}`)));
  }
  return parts.join('');
}

function part({ name, value, line, notes }: TranslatedSetting): string {
  const [first = '', ...rest] = stringify({ [name]: value })
    .trimEnd()
    .split('\n');
  return [...notes.map(comment), `${[`${first} # line ${line}`, ...rest].join('\n')}\n`].join('');
}

function comment(text: string): string {
  return `# ${escapeControls(text)}\n`;
}
