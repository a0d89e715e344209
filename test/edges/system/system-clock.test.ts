import { setTimeout as delay } from 'node:timers/promises';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { clockContract } from './clock-contract.ts';

clockContract('SystemClock', () => ({ clock: new SystemClock(), pass: (ms) => delay(ms) }));
