import { notificationAddressFormat, serverAddressFormat } from './address-formats.ts';
import { admissionFormat } from './admission-format.ts';
import type { SettingGroup } from './setting-declaration.ts';
import { booleanFormat, channelFormat, pathFormat, seconds, wholeNumber } from './setting-formats.ts';

/** How the node takes part in the bus. Defaults are those of Kamailio 6.1's dmq module where no deviation is named. */
export const busSettings = {
  server_address: {
    format: serverAddressFormat,
    default: undefined,
    defaultText:
      '`sip:$POD_IP:5060` in a container (the first of `POD_IPS`, or `POD_IP`; see `pod_ip_family` and `pod_transport`)',
    doc: 'The address that the node announces to the bus and uses in From on every transport. What is bound is `listen`, so both may differ behind NAT or with hostNetwork.',
    deviation: 'It need not be a local socket, and it holds an IP address, never a name.',
    source: 'dmq',
    secret: false,
    reloadable: false,
  },
  notification_address: {
    format: notificationAddressFormat,
    default: [],
    defaultText: 'none: the node waits to be found',
    doc: 'One or several addresses where other nodes are found: usually the name of a headless service. They are looked up again and again, not only at start.',
    deviation: 'Several addresses may be combined with `multi_notify`, and a change of the DNS answer is noticed.',
    source: 'dmq',
    secret: false,
    reloadable: true,
  },
  multi_notify: {
    format: booleanFormat,
    default: false,
    doc: 'On: all nodes behind the SRV, A and AAAA records of all notification addresses are contacted. Off: the first address of each.',
    deviation: 'All notification addresses are looked up, not only the first one.',
    source: 'dmq',
    secret: false,
    reloadable: true,
  },
  resolv_conf: {
    format: pathFormat,
    default: '/etc/resolv.conf',
    doc: 'The file that names the DNS servers, search domains and `ndots` for `notification_address`. Read anew for each look-up.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  notification_channel: {
    format: channelFormat,
    default: 'notification_peer',
    doc: 'The channel of the node lists. It must be the same on all nodes of a bus.',
    source: 'dmq',
    secret: false,
    reloadable: false,
  },
  ping_interval: {
    format: seconds({ min: 1, max: 3600, parts: false }),
    default: 10,
    doc: 'How often every other node is sent a notification, to see whether it is alive.',
    deviation: 'Kamailio has 60, which is its minimum too.',
    source: 'dmq',
    secret: false,
    reloadable: true,
  },
  probe_interval: {
    format: seconds({ min: 0.1, max: 60, parts: true }),
    default: 1,
    doc: 'How often some of our own nodes are probed. Kamailio nodes are never probed.',
    source: 'kdmq',
    secret: false,
    reloadable: true,
  },
  remove_inactive: {
    format: booleanFormat,
    default: true,
    doc: 'On: a node that does not answer becomes `disabled` and is removed at its next failure. Off: it stays in the list as `not_active`.',
    source: 'dmq',
    secret: false,
    reloadable: true,
  },
  fail_count_enabled: {
    format: booleanFormat,
    default: false,
    doc: 'On: failures are counted for each node, and the two thresholds decide about its state.',
    source: 'dmq',
    secret: false,
    reloadable: true,
  },
  fail_count_threshold_not_active: {
    format: wholeNumber({ min: 0, max: 1_000_000, unit: 'failures' }),
    default: 0,
    doc: 'With `fail_count_enabled`: a node with more failures than this goes from `active` to `not_active`.',
    source: 'dmq',
    secret: false,
    reloadable: true,
  },
  fail_count_threshold_disabled: {
    format: wholeNumber({ min: 0, max: 1_000_000, unit: 'failures' }),
    default: 1,
    doc: 'With `fail_count_enabled`: a node with more failures than this goes from `not_active` to `disabled`. Not below the threshold for `not_active`.',
    source: 'dmq',
    secret: false,
    reloadable: true,
  },
  admission: {
    format: admissionFormat,
    default: { kind: 'private' },
    doc: 'Who is answered as a member of the bus. `private`: known nodes, and senders in private address ranges. `known`: only nodes from DNS, Kubernetes or the configuration. `cidr:…`: known nodes, and senders in these ranges. `open`: everybody.',
    deviation: 'Kamailio has no such check and is `open`.',
    source: 'kdmq',
    secret: false,
    reloadable: true,
  },
} satisfies SettingGroup<
  | 'server_address'
  | 'notification_address'
  | 'multi_notify'
  | 'resolv_conf'
  | 'notification_channel'
  | 'ping_interval'
  | 'probe_interval'
  | 'remove_inactive'
  | 'fail_count_enabled'
  | 'fail_count_threshold_not_active'
  | 'fail_count_threshold_disabled'
  | 'admission'
>;
