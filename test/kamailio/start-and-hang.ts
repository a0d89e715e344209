/** Started by kamailio.test.ts, which kills it: starts a Kamailio, tells its process id and waits for ever. */
import { startKamailio } from './kamailio.ts';
import type { KamailioVersion } from './launch.ts';

const [, , version, address = ''] = process.argv;
const kamailio = await startKamailio({ version: version as KamailioVersion, address });
process.send?.(kamailio.pid);
setInterval(() => {}, 60_000);
