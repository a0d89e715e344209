import { describe, expect, it } from 'vitest';
import { machineHas } from '../machine.ts';
import { render } from './helm.ts';

/** what is wrong, values, what the complaint says */
const wrong: readonly (readonly [string, object, string])[] = [
  ['a negative number', { replicaCount: -1 }, "at '/replicaCount': minimum: got -1, want 0"],
  ['a text for a number', { service: { port: 'http' } }, "at '/service/port': got string, want integer"],
  ['one of several words', { image: { pullPolicy: 'never' } }, "'/image/pullPolicy': value must be one of 'Always'"],
  ['an unknown value', { replicas: 3 }, "additional properties 'replicas' not allowed"],
  [
    'an unknown value further down',
    { redis: { enable: true } },
    "at '/redis': additional properties 'enable' not allowed",
  ],
  [
    'a SQL database',
    { redis: { url: 'mysql://db/kamailio' } },
    "at '/redis/url': 'mysql://db/kamailio' does not match",
  ],
  [
    'a link that no browser can open',
    { prometheusRule: { runbooks: 'docs/runbooks.md' } },
    "at '/prometheusRule/runbooks': 'docs/runbooks.md' does not match pattern",
  ],
  ['a quantity', { persistence: { size: '1 GB' } }, "at '/persistence/size': '1 GB' does not match pattern"],
  ['a setting that is none', { config: { pingg: 5 } }, "at '/config': additional properties 'pingg' not allowed"],
  [
    'a setting out of its range',
    { config: { ping_interval: 0 } },
    "at '/config/ping_interval': minimum: got 0, want 1",
  ],
  [
    'a stop that does not fit',
    { config: { shutdown_grace: 29 } },
    'config.shutdown_grace: 29 does not fit into terminationGracePeriodSeconds: 30, of which 28 are left',
  ],
  [
    'a wait that leaves no time to stop',
    { preStopSleepSeconds: 25 },
    'terminationGracePeriodSeconds: 30 leaves no time to stop after preStopSleepSeconds: 25; at least 32 is needed',
  ],
  ['two Redis', { redis: { enabled: true, url: 'redis://r' } }, 'redis.url: redis.enabled installs a Redis'],
  ['a user of the bundled Redis', { redis: { enabled: true, username: 'a' } }, 'the bundled one has neither'],
  [
    'two stores',
    { redis: { enabled: true }, config: { db_url: 'redis://r' } },
    'config.db_url: redis.enabled or redis.url',
  ],
  [
    'a secret in a ConfigMap',
    { config: { db_password: 'x' } },
    'config.db_password: everybody who may read ConfigMaps',
  ],
  [
    'a token in a ConfigMap',
    { config: { http_read_token: 'sixteen-letters-and-more' } },
    'put it into a Secret and name that in http.existingSecret',
  ],
  [
    'a password in the URL of Redis',
    { redis: { url: 'redis+sentinel://kdmq:secret@s1,s2/master' } },
    'redis.url: everybody who may read ConfigMaps would read its password',
  ],
  [
    'a password in db_url',
    { config: { db_url: 'redis://:secret@r' } },
    'config.db_url: everybody who may read ConfigMaps would read its password',
  ],
  [
    'a password for no Redis',
    { redis: { existingSecret: 'password' } },
    'redis.existingSecret, redis.username, redis.tls: nothing uses them',
  ],
  ['HTTP on the port of the bus', { http: { port: 5060 } }, 'http.port: on 5060 the node listens for SIP'],
  [
    'HTTP on the port of TLS',
    { http: { port: 5061 }, tls: { enabled: true, existingSecret: 's' } },
    'http.port: on 5061 the node listens for SIP',
  ],
  [
    'tokens that are not there',
    { http: { generateTokens: false, metricsAccess: 'token' } },
    'http.metricsAccess: token needs http.generateTokens, http.existingSecret or http.tokenReview',
  ],
  ['HTTPS that probes know nothing of', { config: { http_tls_certificate: '/c' } }, 'set http.tls.existingSecret'],
  [
    'a key of HTTPS that probes know nothing of',
    { config: { http_tls_private_key: '/k' } },
    'set http.tls.existingSecret',
  ],
  [
    'an authority of clients without HTTPS',
    { config: { http_tls_client_ca: '/ca' } },
    'config.http_tls_client_ca: asks for certificates, and HTTPS is not served; set http.tls.existingSecret',
  ],
  [
    'names of certificates that nobody is asked for',
    { config: { http_tls_client_write: 'dns:operator' } },
    'config.http_tls_client_write: names certificates, and none is asked for; set http.tls.clientCertificates',
  ],
  [
    'a name of a certificate of which nobody knows the kind',
    { config: { http_tls_client_write: 'operator' } },
    "at '/config/http_tls_client_write': 'operator' does not match pattern",
  ],
  [
    'a certificate without its key',
    { config: { tls_certificate: '/c' } },
    'config.tls_certificate, config.tls_private_key: certificate and key go together; set tls.enabled',
  ],
  [
    'a binding without a queue',
    { config: { bindings: 'channel=x' } },
    "at '/config/bindings': 'channel=x' does not match pattern",
  ],
  [
    'a tag at the end of the repository',
    { image: { repository: 'foo/bar:1.2' } },
    'image.repository: foo/bar:1.2 has a tag or a digest; put that into image.tag or image.digest',
  ],
  [
    'a digest at the end of the repository',
    { image: { repository: 'foo/bar@sha256:abc' } },
    'image.repository: foo/bar@sha256:abc has a tag or a digest',
  ],
  [
    'certificates of clients without HTTPS',
    { http: { tls: { clientCertificates: true } } },
    'http.tls.clientCertificates: it needs http.tls.existingSecret',
  ],
  [
    'token reviews without anybody who gets in',
    { http: { tokenReview: { enabled: true } } },
    'http.tokenReview: nobody is named in read or write',
  ],
  [
    'somebody who gets in, and no reviews',
    { http: { tokenReview: { write: ['user:alice'] } } },
    'nothing uses them without http.tokenReview.enabled',
  ],
  [
    'token reviews where everybody may do everything',
    { http: { access: 'open', tokenReview: { enabled: true, read: ['user:alice'] } } },
    'http.access: open lets everybody do everything',
  ],
  ['somebody of whom nobody knows the kind', { http: { tokenReview: { read: ['alice'] } } }, "'alice' does not match"],
  [
    'token reviews without their right',
    { config: { http_token_review: true } },
    'config.http_token_review: the nodes need a right for it',
  ],
  [
    'a ServiceMonitor without a token',
    {
      http: { generateTokens: false, metricsAccess: 'token', tokenReview: { enabled: true, read: ['user:a'] } },
      serviceMonitor: { enabled: true },
    },
    'serviceMonitor.enabled: with http.metricsAccess: token Prometheus needs a token',
  ],
  [
    'a ServiceMonitor over HTTPS that trusts nobody',
    { http: { tls: { existingSecret: 's' } }, serviceMonitor: { enabled: true } },
    'serviceMonitor.tlsConfig: with http.tls.existingSecret Prometheus asks over HTTPS',
  ],
  [
    'a ServiceMonitor without a certificate',
    {
      http: { metricsAccess: 'token', tls: { existingSecret: 's', clientCertificates: true } },
      serviceMonitor: { enabled: true, tlsConfig: { serverName: 'kdmq.voice' } },
    },
    'serviceMonitor.tlsConfig: with http.tls.clientCertificates and http.metricsAccess: token Prometheus needs a certificate',
  ],
  [
    'metrics of which a ServiceMonitor does not know that they need a token',
    { config: { http_metrics_access: 'token' } },
    'config.http_metrics_access: a ServiceMonitor has to know whether Prometheus needs a token; set http.metricsAccess',
  ],
  ['another port of HTTP', { config: { http_listen: '*:80' } }, 'config.http_listen: services and probes have to know'],
  ['one partition for all', { config: { partition: '0' } }, 'config.partition: all nodes would have the same'],
  ['TLS without a certificate', { tls: { enabled: true } }, 'tls.existingSecret: tls.enabled needs a Secret'],
  ['TLS only, without TLS', { tls: { only: true } }, 'tls.only: it needs tls.enabled'],
  [
    'a certificate without an issuer',
    { tls: { enabled: true, certManager: { enabled: true } } },
    'tls.certManager.issuerRef.name: name the issuer',
  ],
  [
    'a certificate that nobody uses',
    { tls: { certManager: { enabled: true, issuerRef: { name: 'ca' } } } },
    'tls.certManager.enabled: nothing uses the certificate',
  ],
  [
    'two certificates',
    { tls: { enabled: true, existingSecret: 's', certManager: { enabled: true, issuerRef: { name: 'ca' } } } },
    'tls.existingSecret: tls.certManager.enabled makes a Secret',
  ],
  [
    'a floor above the ceiling',
    { autoscaling: { enabled: true, minReplicas: 9 } },
    'autoscaling.minReplicas: 9 is more than maxReplicas: 8',
  ],
  [
    'scaling by nothing',
    { autoscaling: { enabled: true, targetCPUUtilizationPercentage: 0 } },
    'autoscaling: name a target',
  ],
  [
    'one address for all',
    { config: { server_address: 'sip:10.0.0.1:5080' } },
    'config.server_address: all nodes would have the same; leave it out, each derives it from its pod',
  ],
  [
    'one socket for all',
    { config: { server_socket: 'udp:10.0.0.1:5060' } },
    'config.server_socket: all nodes would have the same; leave it out',
  ],
  [
    'a port that no service knows',
    { config: { listen: ['udp:*:5070', 'tcp:*:5070'] } },
    'config.listen: nothing in it is udp:*:5060, tcp:*:5060, to which the services lead; name them too, or leave listen out',
  ],
  ['UDP alone', { config: { listen: 'udp:[::]:5060' } }, 'config.listen: nothing in it is tcp:*:5060, to which'],
  ['sockets on one address', { config: { listen: '10.0.0.1' } }, 'nothing in it is udp:*:5060, tcp:*:5060'],
  [
    'sockets without that of TLS',
    { tls: { enabled: true, existingSecret: 's' }, config: { listen: ['*', 'tls:*:5071'] } },
    'config.listen: nothing in it is tls:*:5061',
  ],
  [
    'UDP with tls.only',
    { tls: { enabled: true, only: true, existingSecret: 's' }, config: { listen: ['*'] } },
    'config.listen: nothing in it is tls:*:5061',
  ],
  [
    'TLS that services know nothing of',
    { config: { pod_transport: 'tls' } },
    'config.pod_transport: services and ports have to know it; set tls.only',
  ],
  [
    'a port of the machines with ClusterIP',
    { service: { nodePort: 30080 } },
    'service.nodePort: 30080 is for service.type: NodePort or LoadBalancer, and the type is ClusterIP',
  ],
  [
    'a port of the machines that services do not get',
    { service: { type: 'NodePort', nodePort: -1 } },
    "at '/service/nodePort': minimum: got -1, want 0",
  ],
  ...Object.entries<[object, string]>({
    podSecurityContext: [{ runAsNonRot: true }, "at '/podSecurityContext': additional properties 'runAsNonRot'"],
    securityContext: [{ capabilites: {} }, "at '/securityContext': additional properties 'capabilites'"],
    tolerations: [[{ keyy: 'voice' }], "at '/tolerations/0': additional properties 'keyy'"],
    affinity: [{ podAntiAfinity: {} }, "at '/affinity': additional properties 'podAntiAfinity'"],
    dnsConfig: [{ nameserver: ['10.0.0.1'] }, "at '/dnsConfig': additional properties 'nameserver'"],
    extraContainers: [[{ name: 'a', img: 'b' }], "at '/extraContainers/0': additional properties 'img'"],
    initContainers: [[{ image: 'b' }], "at '/initContainers/0': missing property 'name'"],
    extraVolumes: [[{ name: 'a', emptydir: {} }], "at '/extraVolumes/0': additional properties 'emptydir'"],
    extraVolumeMounts: [[{ name: 'a', path: '/a' }], "at '/extraVolumeMounts/0': missing property 'mountPath'"],
    topologySpreadConstraints: [
      [{ maxSkew: 'one', topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }],
      "at '/topologySpreadConstraints/0/maxSkew': got string, want integer",
    ],
    env: [
      [{ name: 'A', valueFrom: { secretRef: {} } }],
      "at '/env/0/valueFrom': additional properties 'secretRef' not allowed",
    ],
    autoscaling: [{ behavior: { scaledown: {} } }, "at '/autoscaling/behavior': additional properties 'scaledown'"],
    networkPolicy: [
      { sipFrom: [{ ipBlock: { cdir: '192.0.2.0/24' } }] },
      "at '/networkPolicy/sipFrom/0/ipBlock': missing property 'cidr'",
    ],
    podLabels: [{ team: 'voice team' }, "at '/podLabels/team': 'voice team' does not match pattern"],
  }).map(
    ([name, [value, complaint]]) =>
      [`a field that Kubernetes does not know in ${name}`, { [name]: value }, complaint] as const,
  ),
  ...(
    [
      ['podLabels', { 'kdmq.dev/bus': 'other' }],
      ['podLabels', { 'app.kubernetes.io/component': 'other' }],
      ['commonLabels', { 'app.kubernetes.io/name': 'other' }],
      ['commonLabels', { 'kdmq.dev/bus': 'other' }],
      ['podAnnotations', { 'kdmq.dev/settings': 'other' }],
      ['commonAnnotations', { 'helm.sh/hook': 'test' }],
    ] as const
  ).map(([name, value]): readonly [string, object, string] => [
    `a key of the chart's own in ${name}`,
    { [name]: value },
    `${name}: ${Object.keys(value)[0]} is set by the chart`,
  ]),
  [
    'a label of the chart on a ServiceMonitor',
    { serviceMonitor: { enabled: true, labels: { 'helm.sh/chart': 'other' } } },
    'serviceMonitor.labels: helm.sh/chart is set by the chart',
  ],
  [
    'a variable that the chart sets',
    { env: [{ name: 'POD_IPS', value: '10.0.0.1' }] },
    'env: the chart has a POD_IPS itself',
  ],
  [
    'a volume of the same name',
    { extraVolumes: [{ name: 'data', emptyDir: {} }] },
    'extraVolumes: the chart has a data itself; give yours another name',
  ],
  [
    'a container of the same name',
    { extraContainers: [{ name: 'kdmq', image: 'a' }] },
    'extraContainers: the chart has a kdmq itself',
  ],
  ['two families in one', { ipFamilies: ['IPv4', 'IPv6'] }, 'ipFamilies: two families need ipFamilyPolicy'],
];

describe.skipIf(!machineHas('helm'))('a wrong value of the chart', () => {
  it.each(wrong)('stops the installation and says so: %s', async (_, values, complaint) => {
    await expect(render(values)).rejects.toThrow(complaint);
  });

  it.each<[what: string, values: object, complaint: string]>([
    ['a queue', { mqueue: 5 }, "'/config/mqueue': got number, want string or array or object"],
    ['a queue in a list', { mqueue: ['calls'] }, "'/config/mqueue/0': 'calls' does not match pattern '='"],
    [
      'an attribute of a queue',
      { mqueue: { calls: { durabilty: 'always' } } },
      "'/config/mqueue/calls': additional properties 'durabilty' not allowed",
    ],
    [
      'a word of an attribute',
      { mqueue: [{ name: 'calls', durability: 'alwys' }] },
      "'/config/mqueue/0/durability': value must be one of 'none', 'stop', 'always', <nil>",
    ],
    [
      'a number of an attribute',
      { mqueue: { calls: { size: -1 } } },
      "'/config/mqueue/calls/size': minimum: got -1, want 0",
    ],
    ['a binding', { bindings: [{ channel: 'x' }] }, "'/config/bindings/0': missing property 'queue'"],
    [
      'a mode of a binding',
      { bindings: [{ channel: 'x', queue: 'y', mode: 'bcast' }] },
      "'/config/bindings/0/mode': value must be one of 'broadcast', 'send', <nil>",
    ],
    ['bindings', { bindings: 5 }, "'/config/bindings': got number, want string or array or object"],
    ['a socket', { listen: 5 }, "'/config/listen': got number, want string or array"],
  ])('is told in one line: %s', async (_, config, complaint) => {
    const told = await render({ config }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(told.split('\n').filter((line) => line.startsWith('- at'))).toEqual([`- at ${complaint}`]);
  });

  it.each([
    ['my.rel', 'my.rel-kdmq'],
    ['3cx', '3cx-kdmq'],
  ])("is a name of the release that services can't have: %s", async (release, name) => {
    await expect(render({}, release)).rejects.toThrow(
      `release name: "${release}" would make services called ${name}, and the name of a service begins with a letter, followed by a-z, 0-9 and -; set fullnameOverride`,
    );
    await expect(render({ fullnameOverride: 'bus' }, release)).resolves.toBeDefined();
  });

  it('is not one that only looks like it', async () => {
    const tls = { enabled: true, existingSecret: 's' };
    for (const values of [
      { config: { listen: '*' } },
      { config: { listen: 'udp:*, tcp:0.0.0.0:5060 udp:*:5070' } },
      { config: { listen: ['[::]:5060', 'TLS:[::]'] }, tls },
      { config: { listen: ['tls:*:5061'] }, tls: { ...tls, only: true } },
      { config: { pod_transport: 'tls' }, tls: { ...tls, only: true } },
      { service: { type: 'NodePort', nodePort: 30_080 } },
      { config: { http_metrics_access: 'token' }, http: { metricsAccess: 'token' } },
      { image: { repository: 'localhost:5000/kdmq' } },
      { config: { bindings: 'queue=z; channel=x; mode=broadcast channel=y;queue=w', mqueue: ['name=z', 'name=w'] } },
      {
        http: { tls: { existingSecret: 's', clientCertificates: true } },
        config: { http_tls_client_write: 'dns:operator.example, uri:spiffe://voice/b' },
      },
      { http: { tls: { existingSecret: 's' } }, config: { http_tls_client_ca: '/other/ca.crt' } },
      { config: { tls_certificate: '/c', tls_private_key: '/k' } },
      {
        http: { metricsAccess: 'token', tls: { existingSecret: 's', clientCertificates: true } },
        serviceMonitor: {
          enabled: true,
          tlsConfig: {
            ca: { secret: { name: 'prometheus', key: 'ca.crt' } },
            cert: { secret: { name: 'prometheus', key: 'tls.crt' } },
            keySecret: { name: 'prometheus', key: 'tls.key' },
            serverName: 'kdmq.voice',
          },
        },
      },
    ]) {
      await expect(render(values), JSON.stringify(values)).resolves.toBeDefined();
    }
  });

  it('is told together with the others', async () => {
    const values = { redis: { enabled: true, url: 'redis://r' }, config: { partition: '0' }, tls: { enabled: true } };
    await expect(render(values)).rejects.toThrow(/redis\.url: .*config\.partition: .*tls\.existingSecret: /s);
  });
});
