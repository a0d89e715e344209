import process from 'node:process';
import { CommanderError } from 'commander';
import { EXIT_CODES } from './exit-codes.ts';
import { toStandardError } from './print.ts';
import { type CommandActions, makeProgram } from './program.ts';
import { withFlagNames } from './setting-flags.ts';
import type { StopSignals } from './stop-signals.ts';

function actionsWith(signals: StopSignals): CommandActions {
  return {
    async start(input) {
      const { start } = await import('./start.ts');
      // The node has stopped by then; nothing that it may have left open shall hold the process.
      process.exit(await start(input, signals));
    },
    async printConfig(input, output) {
      signals.letGo();
      return (await import('./print-config.ts')).printConfig(input, output);
    },
    async printSchema() {
      signals.letGo();
      return (await import('./print-config.ts')).printSchema();
    },
    async run(work) {
      return (await import('./run-command.ts')).runCommand(work, signals);
    },
  };
}

/** Runs one command line to its end and gives the exit code. */
export async function runCommandLine(args: readonly string[], signals: StopSignals): Promise<number> {
  let exitCode: number = EXIT_CODES.ok;
  const program = makeProgram(actionsWith(signals), process.env, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(withFlagNames(args), { from: 'user' });
    return exitCode;
  } catch (error) {
    // commander has printed its message already; its own codes are 0 (help, version) and 1 (everything else).
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
    toStandardError(`kdmq: error in the program: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT_CODES.software;
  }
}
