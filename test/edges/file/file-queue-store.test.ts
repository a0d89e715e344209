import { queueStoreContract } from '../../queues/queue-store-contract.ts';
import { makeFileStore, memoryFolder } from './file-store-under-test.ts';

queueStoreContract('FileQueueStore, fsync always', () => makeFileStore({ fsync: 'always', parent: memoryFolder }));
queueStoreContract('FileQueueStore, fsync everysec', () => makeFileStore({ fsync: 'everysec', parent: memoryFolder }));
