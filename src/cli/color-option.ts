import process from 'node:process';
import type { Command } from 'commander';

/** Gives a command whose output has colours on a terminal the flag that leaves them out, whatever the environment says. */
export function withColor(command: Command): Command {
  return command
    .option('--no-color', 'no colours (NO_COLOR; with FORCE_COLOR there are colours elsewhere than on a terminal too)')
    .hook('preAction', (_, acting) => {
      if (acting.getOptionValue('color') !== false) return;
      delete process.env.FORCE_COLOR;
      process.env.NO_COLOR = '1';
    });
}
