/** Values of the chart, each feature with what a user of it would set. */
export const features: Readonly<Record<string, object>> = {
  defaults: {},
  'names, labels and annotations': {
    fullnameOverride: 'bus',
    nameOverride: 'node',
    commonLabels: { team: 'voice' },
    commonAnnotations: { 'example.org/owner': 'voice' },
    podLabels: { tier: 'bus' },
    podAnnotations: { note: 'a' },
  },
  'an image of a registry': {
    image: {
      repository: 'registry.example.org/kdmq',
      digest: `sha256:${'a'.repeat(64)}`,
      pullPolicy: 'Always',
      pullSecrets: [{ name: 'registry' }],
    },
  },
  'settings, environment and arguments': {
    config: { ping_interval: 5, max_message_size: 1_000_000, mqueue: { calls: { durability: 'always' } } },
    existingConfigMap: 'more-settings',
    env: [{ name: 'KDMQ_LOG_LEVEL', value: 'debug' }],
    envFrom: [{ secretRef: { name: 'more' } }],
    extraArgs: ['--ping-interval', '7'],
  },
  'a service outside of the cluster': {
    http: { port: 9090 },
    service: { type: 'NodePort', nodePort: 30_080, port: 80, annotations: { 'example.org/lb': 'internal' } },
  },
  'tokens of the user, for metrics too': {
    http: { existingSecret: 'tokens', readTokenKey: 'look', writeTokenKey: '', metricsAccess: 'token' },
    serviceMonitor: { enabled: true },
  },
  'tokens of Kubernetes': {
    http: {
      tokenReview: {
        enabled: true,
        read: ['group:system:serviceaccounts:voice'],
        write: ['serviceaccount:voice/operator'],
      },
    },
  },
  'tokens of Kubernetes alone': {
    controller: { enabled: false },
    http: {
      generateTokens: false,
      metricsAccess: 'token',
      tokenReview: { enabled: true, read: ['user:alice@example.org'], audience: 'https://kdmq.example.org' },
    },
  },
  'queues that are bound to channels': {
    config: {
      mqueue: { incoming: { durability: 'always' }, outgoing: { lease_ms: 30_000 } },
      bindings: [
        { channel: 'events', queue: 'incoming', key: 'header:X-Id' },
        'queue=outgoing;channel=orders;mode=broadcast',
      ],
    },
  },
  'no tokens': { http: { generateTokens: false, access: 'open' } },
  'HTTPS, with certificates of clients': {
    http: { tls: { existingSecret: 'https', clientCertificates: true } },
    serviceMonitor: { enabled: true, tlsConfig: { insecureSkipVerify: true } },
  },
  'two address families': { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] },
  'TLS beside UDP and TCP': { tls: { enabled: true, existingSecret: 'certificate', requireCertificate: false } },
  'TLS only, from cert-manager': {
    tls: {
      enabled: true,
      only: true,
      certManager: { enabled: true, issuerRef: { name: 'ca' }, extraDnsNames: ['bus.example.org'] },
    },
  },
  'no controller': { controller: { enabled: false } },
  'no rights': { rbac: { create: false }, serviceAccount: { create: false, name: 'given' } },
  OpenShift: { rbac: { deleteLease: true }, podSecurityContext: { runAsNonRoot: true } },
  'the bundled Redis': { redis: { enabled: true, persistence: { storageClass: 'fast' } } },
  'the bundled Redis without a volume': {
    redis: { enabled: true, existingSecret: 'redis-password', persistence: { enabled: false } },
    networkPolicy: { enabled: true },
  },
  'a Redis of the user': {
    redis: {
      url: 'rediss+sentinel://s1,s2/master',
      username: 'kdmq',
      existingSecret: 'redis-password',
      tls: { existingSecret: 'redis-tls', clientCertificate: true, serverName: 'redis.example.org' },
    },
  },
  'queues on volumes': {
    persistence: { enabled: true, storageClass: 'fast', annotations: { backup: 'yes' }, whenScaled: 'Delete' },
  },
  'time for clients to go': { preStopSleepSeconds: 5, terminationGracePeriodSeconds: 60 },
  autoscaling: {
    autoscaling: {
      enabled: true,
      targetMemoryUtilizationPercentage: 80,
      metrics: [{ type: 'Pods', pods: { metric: { name: 'a' }, target: { type: 'AverageValue', averageValue: '1' } } }],
      behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
    },
  },
  'network policies': {
    networkPolicy: {
      enabled: true,
      sipFrom: [{ ipBlock: { cidr: '192.0.2.0/24' } }],
      httpFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
      egress: [{ to: [{ podSelector: {} }], ports: [{ port: 53, protocol: 'UDP' }] }],
    },
  },
  'a ServiceMonitor': {
    serviceMonitor: {
      enabled: true,
      labels: { release: 'prometheus' },
      interval: '15s',
      scrapeTimeout: '10s',
      tlsConfig: { insecureSkipVerify: true },
      relabelings: [{ action: 'labeldrop', regex: 'pod' }],
      metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
    },
  },
  'alerts and a dashboard': {
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    grafanaDashboard: { enabled: true, annotations: { grafana_folder: 'voice' } },
  },
  'places for pods': {
    nodeSelector: { disk: 'fast' },
    tolerations: [{ key: 'voice', operator: 'Exists' }],
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } },
    priorityClassName: 'high',
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
    ],
  },
  'the network of the machines': {
    hostNetwork: true,
    dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
    hostAliases: [{ ip: '192.0.2.1', hostnames: ['edge'] }],
  },
  'more containers and volumes': {
    initContainers: [{ name: 'wait', image: 'registry.example.org/wait' }],
    extraContainers: [{ name: 'beside', image: 'registry.example.org/beside' }],
    extraVolumes: [{ name: 'more', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'more', mountPath: '/more' }],
  },
  'other updates': {
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    minReadySeconds: 5,
    podDisruptionBudget: { enabled: false },
    probes: { startup: { failureThreshold: 300 } },
  },
};
