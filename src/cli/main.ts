#!/usr/bin/env node
import process from 'node:process';
// Nothing else is imported at first: until there is a handler, the kernel drops signals for process 1 of a container.
import { StopSignals } from './stop-signals.ts';

const signals = new StopSignals();
// Nobody is left to whom it could be said.
process.stderr.on('error', () => {});
const { runCommandLine } = await import('./run-command-line.ts');
process.exitCode = await runCommandLine(process.argv.slice(2), signals);
