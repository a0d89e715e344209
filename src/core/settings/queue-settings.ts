import { byteQuantity } from './byte-format.ts';
import { dbUrlFormat } from './db-url-format.ts';
import { mqueueFormat } from './mqueue-format.ts';
import type { SettingGroup } from './setting-declaration.ts';
import { booleanFormat, choice, dnsNameFormat, pathFormat, seconds, wholeNumber } from './setting-formats.ts';
import { clusterNameFormat, credential, partitionFormat } from './store-formats.ts';

/** The queues, and where they are kept over a restart. */
export const queueSettings = {
  mqueue: {
    format: mqueueFormat,
    default: [],
    defaultText: 'none',
    doc: 'The queues, each as `name=myq;size=20;dbmode=both;addmode=append` or as a map of these attributes. `KDMQ_MQUEUE_MYQ` adds one queue to those of the file, or takes the place of the one of that name.',
    deviation:
      'The numbers 2 and 3 of `dbmode` are read as its name says, `save` and `load`; Kamailio has them the other way round.',
    source: 'mqueue',
    secret: false,
    reloadable: false,
  },
  db_url: {
    format: dbUrlFormat,
    default: undefined,
    defaultText: 'files in `data_dir`',
    doc: 'Where queues with a `dbmode` are kept. A password is better given in `db_password_file`.',
    deviation: 'Redis or files only.',
    source: 'mqueue',
    secret: false,
    reloadable: false,
  },
  db_username: {
    format: credential('user'),
    default: undefined,
    defaultText: 'that of `db_url`, or none',
    doc: 'The ACL user of Redis.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  db_password: {
    format: credential('password'),
    default: undefined,
    defaultText: 'that of `db_password_file`, of `db_url`, or none',
    doc: 'The password of Redis. Better from a file or the environment than as a flag: other users of the machine see the command line.',
    source: 'kdmq',
    secret: true,
    reloadable: false,
  },
  db_password_file: {
    format: pathFormat,
    default: undefined,
    defaultText: 'none',
    doc: 'A file that holds the password of Redis and nothing else, as a mounted Secret has it. One line break at its end is dropped. It is read at start.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  db_tls_ca_list: {
    format: pathFormat,
    default: undefined,
    defaultText: "the machine's authorities",
    doc: 'The certificates of the authorities that Redis may be certified by (PEM), for `rediss`.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  db_tls_certificate: {
    format: pathFormat,
    default: undefined,
    defaultText: 'none',
    doc: 'The certificate that is shown to Redis (PEM).',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  db_tls_private_key: {
    format: pathFormat,
    default: undefined,
    defaultText: 'none',
    doc: 'The private key that belongs to it (PEM).',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  db_tls_server_name: {
    format: dnsNameFormat,
    default: undefined,
    defaultText: 'the host of `db_url`',
    doc: 'The DNS name that must stand in the certificate of Redis.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  db_connect_timeout: {
    format: seconds({ min: 0.1, max: 300, parts: true }),
    default: 2,
    doc: 'How long a connection to Redis may take to be made.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  db_command_timeout: {
    format: seconds({ min: 0.1, max: 300, parts: true }),
    default: 2,
    doc: 'How long Redis may take to answer.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  db_replicas: {
    format: wholeNumber({ min: 0, max: 10, unit: 'replicas' }),
    default: 0,
    doc: 'How many replicas of Redis must have a save before it counts as made.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  data_dir: {
    format: pathFormat,
    default: '/var/lib/kdmq',
    doc: 'The folder of the queues that are kept in files, and of what could not be brought to Redis at a stop.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  data_fsync: {
    format: choice(['always', 'everysec', 'no']),
    default: 'always',
    doc: 'When the journal of queues that are kept in files is written through to the disk: before each answer, each second, or when the system likes. Saves are always written through.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  cluster_name: {
    format: clusterNameFormat,
    default: 'kdmq',
    doc: 'Nodes of one name share their stored queues; nodes of another do not see them. Two clusters on one Redis need two names.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  partition: {
    format: partitionFormat,
    default: undefined,
    defaultText: 'the ordinal at the end of `POD_NAME` in a StatefulSet, else the name of the host',
    doc: "This node's part of the stored queues. It has to be another one on each node of a cluster, and the same one after a restart.",
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  mqueue_total_bytes: {
    format: byteQuantity(65_536),
    default: undefined,
    defaultText: "half of the container's memory limit, else 1 GiB",
    doc: 'The memory that all queues together may take.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  mqueue_adopt: {
    format: booleanFormat,
    default: false,
    doc: 'On: queues of this cluster whose node is gone, a removed ordinal for instance, are served by this node too. Off: they are reported, and wait for `kdmq queue adopt`.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  mqueue_orphan_after: {
    // Owners give a sign of life each 10 s; whoever is taken for gone while it lives is fenced.
    format: seconds({ min: 15, max: 604_800, parts: true }),
    default: 60,
    doc: 'How long nothing may be heard of the node of a stored queue before it counts as gone.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
} satisfies SettingGroup<
  | 'mqueue'
  | 'db_url'
  | 'db_username'
  | 'db_password'
  | 'db_password_file'
  | 'db_tls_ca_list'
  | 'db_tls_certificate'
  | 'db_tls_private_key'
  | 'db_tls_server_name'
  | 'db_connect_timeout'
  | 'db_command_timeout'
  | 'db_replicas'
  | 'data_dir'
  | 'data_fsync'
  | 'cluster_name'
  | 'partition'
  | 'mqueue_total_bytes'
  | 'mqueue_adopt'
  | 'mqueue_orphan_after'
>;
