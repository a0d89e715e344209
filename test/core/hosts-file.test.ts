import { describe, expect, it } from 'vitest';
import { localAddresses, parseHostsFile } from '../../src/core/hosts-file.ts';

const POD_HOSTS = parseHostsFile(`# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost
fe00::0\tip6-localnet
10.244.1.7\tkdmq-0.kdmq.default.svc.cluster.local\tkdmq-0 # the pod itself
FD00:0:0::7 Kdmq-0

# broken lines
10.0.0.300 broken
nonsense
10.0.0.1
`);

describe('names of /etc/hosts', () => {
  it.each([
    ['localhost', ['127.0.0.1', '::1']],
    ['kdmq-0', ['10.244.1.7', 'fd00::7']],
    ['KDMQ-0', ['10.244.1.7', 'fd00::7']],
    ['kdmq-0.kdmq.default.svc.cluster.local', ['10.244.1.7']],
    ['kdmq-0.kdmq.default.svc.cluster.local.', ['10.244.1.7']],
    ['kdmq-1', undefined],
    ['broken', undefined],
    ['the', undefined],
    ['__proto__', undefined],
  ])('%s', (name, expected) => {
    expect(localAddresses(name, POD_HOSTS)).toEqual(expected);
  });

  it.each(['localhost', 'LOCALHOST.', 'kdmq.localhost'])('%s is loopback even without a file', (name) => {
    expect(localAddresses(name, parseHostsFile(''))).toEqual(['127.0.0.1', '::1']);
  });
});
