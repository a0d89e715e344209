import { join } from 'node:path';
import process from 'node:process';

/** Where the programs of the test cluster on this machine have their logs and pids. */
const folder = process.env.CLUSTER_RUN ?? '/run/kdmq-cluster';

/** Whether KUBECONFIG is that of the test cluster on this machine: its images are known, and its programs can be stopped. */
export const isOwnCluster = process.env.KUBECONFIG === join(folder, 'kubeconfig');
