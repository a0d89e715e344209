import type { LogLevel } from '../../../core/log-level.ts';
import { RpcError } from './rpc-error.ts';
import type { RpcMethod, RpcParts } from './rpc-method.ts';

/** Our levels as the core of Kamailio numbers them. Its 1 (notice) lies between warn and info. */
const NUMBERS: Readonly<Record<LogLevel, number>> = { error: -1, warn: 0, info: 2, debug: 3 };

/** The method of Kamailio's corex module that shows and sets the level of the log. */
export function logMethods({ levels }: Pick<RpcParts, 'levels'>): Record<string, RpcMethod> {
  return {
    'corex.debug': {
      need: 'write',
      run: ([number]) => {
        const old = NUMBERS[levels.view().level];
        if (number === undefined) return { debug: old };
        // Kamailio takes everything else for 0, and logs hardly anything from then on.
        if (typeof number !== 'number' || !Number.isFinite(number))
          throw new RpcError(400, 'the parameter is a number, -1 (error) to 3 (debug)');
        return { old, new: NUMBERS[levels.set(levelOf(number), undefined).level] };
      },
    },
  };
}

function levelOf(number: number): LogLevel {
  if (number >= NUMBERS.debug) return 'debug';
  if (number >= NUMBERS.info) return 'info';
  return number >= NUMBERS.warn ? 'warn' : 'error';
}
