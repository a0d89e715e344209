/** Started by loopback.test.ts: tells its first address and ends. */
import { loopbackAddresses } from './loopback.ts';

process.send?.((await loopbackAddresses('/told/by/a/child'))());
process.disconnect();
