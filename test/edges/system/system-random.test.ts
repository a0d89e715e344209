import { SystemRandom } from '../../../src/edges/system/system-random.ts';
import { randomContract } from './random-contract.ts';

randomContract('SystemRandom', () => new SystemRandom());
