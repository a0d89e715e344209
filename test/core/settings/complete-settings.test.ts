import { describe, expect, it } from 'vitest';
import { formatListenAddress } from '../../../src/core/settings/address-formats.ts';
import { completeSettings, type GivenSettings } from '../../../src/core/settings/complete-settings.ts';
import { describeProblem } from '../../../src/core/settings/describe-problem.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../../../src/core/settings/setting-declarations.ts';
import type { SurroundingVariables } from '../../../src/core/settings/surroundings.ts';

const defaults = Object.fromEntries(
  SETTING_NAMES.map((name) => [name, SETTING_DECLARATIONS[name].default]),
) as unknown as GivenSettings;
const tcp = { transport: 'tcp', host: '10.0.0.1', port: 5060 } as const;
const udp = { transport: 'udp', host: '10.0.0.1', port: 5060 } as const;
const tls = { transport: 'tls', host: '10.0.0.1', port: 5061 } as const;
const found = { notification_address: [{ host: 'a', port: undefined, transport: 'udp' }] } as const;

const complete = (given: Partial<GivenSettings>, pod: SurroundingVariables = {}) =>
  completeSettings({ ...defaults, ...found, ...given }, new Map(), { environment: pod, hostName: 'host-1' });
const listens = (given: Partial<GivenSettings>, pod?: SurroundingVariables) =>
  complete(given, pod).settings?.listen.map(formatListenAddress);
const lines = (given: Partial<GivenSettings>, pod?: SurroundingVariables) =>
  complete(given, pod).problems.map(describeProblem);

describe('server_address', () => {
  it.each<[SurroundingVariables, string]>([
    [{ POD_IP: '10.0.0.1' }, '10.0.0.1'],
    [{ POD_IP: 'FD00:0::1' }, 'fd00::1'],
    [{ POD_IPS: '10.0.0.2,fd00::2', POD_IP: '10.0.0.1' }, '10.0.0.2'],
    [{ POD_IPS: '', POD_IP: '10.0.0.1' }, '10.0.0.1'],
  ])('is made of %j where it is not set', (pod, host) => {
    expect(complete({}, pod).settings?.server_address).toEqual({ host, port: 5060, transport: 'udp' });
  });

  it.each([
    ['any', '10.0.0.2'],
    ['ipv4', '10.0.0.2'],
    ['ipv6', 'fd00::2'],
  ] as const)('is made of the address of the family %s', (pod_ip_family, host) => {
    expect(complete({ pod_ip_family }, { POD_IPS: '10.0.0.2,fd00::2' }).settings?.server_address.host).toBe(host);
  });

  it.each([
    ['udp', '10.0.0.2', 5060],
    ['tcp', '10.0.0.2', 5060],
    ['tls', '10.0.0.2', 5061],
    ['tls', 'fd00::2', 5061],
  ] as const)('is made with the transport %s of %s, with the port of it', (pod_transport, host, port) => {
    const files = { tls_certificate: '/c', tls_private_key: '/k' };
    const { settings } = complete({ pod_transport, ...files }, { POD_IPS: host });
    expect(settings?.server_address).toEqual({ host, port, transport: pod_transport });
    const transports = pod_transport === 'tls' ? ['tls'] : ['udp', 'tcp'];
    expect(settings?.listen).toEqual(transports.map((transport) => ({ transport, host, port })));
  });

  it('is not made of an address of the other family', () => {
    expect(lines({ pod_ip_family: 'ipv6' }, { POD_IPS: '10.0.0.2' })[0]).toMatch(
      /^pod_ip_family: ipv6 is none of the families of the pod's addresses, which are 10\.0\.0\.2/,
    );
  });

  it('wins over the address of the pod', () => {
    expect(complete({ server_address: udp }, { POD_IP: '10.9.9.9' }).settings?.server_address).toBe(udp);
  });

  it('has to be set where there is no pod', () => {
    expect(lines({})[0]).toMatch(
      /^server_address: is not set, and there is no POD_IP .*KDMQ_SERVER_ADDRESS or with --server-address$/,
    );
  });

  it('is not made of nonsense', () => {
    expect(lines({}, { POD_IP: 'pod-3' })[0]).toMatch(
      /^server_address: "pod-3" is not an IP address .*\(from POD_IP\)/,
    );
  });
});

describe('listen', () => {
  const files = { tls_certificate: '/c', tls_private_key: '/k' };

  it.each<[string, Partial<GivenSettings>, string[]]>([
    ['UDP and TCP on the announced address', { server_address: udp }, ['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060']],
    ['the same for TCP', { server_address: tcp }, ['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060']],
    ['TLS alone for TLS', { server_address: tls, ...files }, ['tls:10.0.0.1:5061']],
    [
      'that of server_socket before that of server_address',
      { server_address: udp, server_socket: { ...udp, host: '192.168.0.9' } },
      ['udp:192.168.0.9:5060', 'tcp:192.168.0.9:5060'],
    ],
    ['what is given', { server_address: udp, listen: [tcp] }, ['tcp:10.0.0.1:5060']],
    [
      'with server_socket in front, from which is sent, where it is not named',
      { server_address: udp, listen: [tcp], server_socket: udp },
      ['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060'],
    ],
    [
      'with server_socket in front where it is named',
      { server_address: udp, listen: [tcp, udp], server_socket: udp },
      ['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060'],
    ],
  ])('is %s', (_, given, expected) => {
    expect(listens(given)).toEqual(expected);
  });

  it('names no socket twice', () => {
    expect(lines({ server_address: udp, listen: [udp, tcp, udp] })).toEqual([
      'listen: "udp:10.0.0.1:5060" is named twice; expected each socket once (without a transport UDP and TCP are meant)',
    ]);
  });

  it('needs certificate and key for TLS', () => {
    expect(lines({ server_address: udp, listen: [udp, tls] })).toEqual([
      'tls_certificate: is not set, and tls:10.0.0.1:5061 needs it; expected the path of a file in PEM format',
      'tls_private_key: is not set, and tls:10.0.0.1:5061 needs it; expected the path of a file in PEM format',
    ]);
  });
});

describe('settings that must fit each other', () => {
  it('wants certificate and key together', () => {
    expect(lines({ server_address: udp, tls_certificate: '/c' })).toEqual([
      'tls_private_key: is not set: certificate and key go together; expected the path of a file in PEM format',
    ]);
  });

  it('wants the thresholds in order, equal ones are in order', () => {
    const thresholds = (lower: number, upper: number) => ({
      server_address: udp,
      fail_count_threshold_not_active: lower,
      fail_count_threshold_disabled: upper,
    });
    expect(lines(thresholds(3, 3))).toEqual([]);
    expect(lines(thresholds(4, 3))).toEqual([
      'fail_count_threshold_disabled: 3 is below fail_count_threshold_not_active, which is 4; expected a threshold for disabled that is not below the one for not_active',
    ]);
  });

  it('tells all problems at once', () => {
    expect(lines({ listen: [tls], fail_count_threshold_not_active: 9 })).toHaveLength(4);
  });
});

describe('what is allowed and said once', () => {
  const notes = (given: Partial<GivenSettings>) => complete({ server_address: udp, ...given }).notes;

  it('says nothing about an ordinary node', () => {
    expect(notes({})).toEqual([]);
  });

  it('says that the announced address is not bound', () => {
    expect(notes({ listen: [{ ...udp, host: '192.168.0.9' }] })).toEqual([
      'server_address sip:10.0.0.1:5060 is none of the sockets that are bound (udp:192.168.0.9:5060): what is sent to 10.0.0.1:5060 must be forwarded to one of them (NAT)',
    ]);
  });

  it('counts a socket for all addresses as bound, of IPv6 for IPv4 too', () => {
    expect(notes({ listen: [{ ...udp, host: '0.0.0.0' }] })).toEqual([]);
    expect(notes({ listen: [{ ...udp, host: '::' }] })).toEqual([]);
    const [all, another] = [
      { ...udp, host: '::' },
      { ...udp, host: '192.168.0.9' },
    ];
    expect(notes({ listen: [all, another] })).toHaveLength(1);
    const ipv6 = { ...udp, host: 'fd00::1' };
    expect(notes({ server_address: ipv6, listen: [{ ...udp, host: '0.0.0.0' }] })).toHaveLength(1);
  });

  it('says that nobody is looked for', () => {
    expect(notes({ notification_address: [] })).toHaveLength(1);
  });

  it('says that worker_usleep has no effect', () => {
    expect(notes({ worker_usleep: 1000 })).toEqual([expect.stringContaining('worker_usleep')]);
  });
});
