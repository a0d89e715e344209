import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StopSignals } from '../../src/cli/stop-signals.ts';

const listeners = () => ['SIGTERM', 'SIGINT'].map((signal) => process.listenerCount(signal));

describe('the signals that stop a command', () => {
  it('are left to the system again by what has nothing to stop', () => {
    const before = listeners();
    const signals = new StopSignals();
    expect(listeners()).toEqual(before.map((count) => count + 1));
    signals.letGo();
    expect(listeners()).toEqual(before);
  });

  it('have their handler before the command loads anything else', () => {
    const read = (file: string) => readFileSync(resolve(import.meta.dirname, '../../src/cli', file), 'utf8');
    const imports = (text: string) => [...text.matchAll(/^import .* from '(.*)';$/gm)].map(([, from]) => from);
    expect(imports(read('main.ts'))).toEqual(['node:process', './stop-signals.ts']);
    expect(imports(read('stop-signals.ts'))).toEqual(['node:os', 'node:process']);
  });
});
