export interface KamailioPod {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where it looks for others; none: it waits to be found. */
  readonly notificationAddress?: string;
  /** Seconds between its pings, 60 as by default or more. */
  readonly pingInterval?: number;
  /** On the network of its machine, with this port; else on that of the pods, with 5060. */
  readonly machinePort?: number;
  /** Its process is not run anew when it ends: the pod ends with it. Not in a Deployment. */
  readonly endsWithProcess?: boolean;
}

const config = `#!KAMAILIO
#!substdef "!LISTEN_IP!$env(POD_IP)!g"
debug=1
log_stderror=yes
children=1
listen=udp:LISTEN_IP:SIP_PORT
listen=tcp:LISTEN_IP:SIP_PORT
tcp_accept_no_cl=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xhttp.so"
loadmodule "jsonrpcs.so"
loadmodule "dmq.so"
modparam("jsonrpcs", "transport", 1)
modparam("dmq", "server_address", "sip:LISTEN_IP:SIP_PORT")
MORE_PARAMETERS
request_route {
  if (is_method("KDMQ")) dmq_handle_message();
  exit;
}
event_route[xhttp:request] {
  jsonrpc_dispatch();
}
`;

function configOf({ notificationAddress, pingInterval, machinePort = 5060 }: KamailioPod): string {
  const parameters = [
    ...(notificationAddress === undefined
      ? []
      : [`modparam("dmq", "notification_address", "${notificationAddress}")`, 'modparam("dmq", "multi_notify", 1)']),
    ...(pingInterval === undefined ? [] : [`modparam("dmq", "ping_interval", ${pingInterval})`]),
  ];
  return config.replaceAll('SIP_PORT', String(machinePort)).replace('MORE_PARAMETERS', parameters.join('\n'));
}

const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

/** The template of a Kamailio's pod, which serves dmq.list_nodes over HTTP on its SIP port, and the configuration in it. */
function kamailioTemplate({ name, image, labels, machinePort, endsWithProcess }: KamailioPod) {
  const container = {
    name: 'kamailio',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['kamailio', '-DD', '-E', '-Y', '/tmp', '-f', '/etc/kamailio-test/kamailio.cfg'],
    securityContext: restricted,
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    volumeMounts: [{ name: 'config', mountPath: '/etc/kamailio-test' }],
  };
  return {
    metadata: { labels },
    spec: {
      ...(machinePort !== undefined && { hostNetwork: true }),
      ...(endsWithProcess && { restartPolicy: 'Never' }),
      terminationGracePeriodSeconds: 5,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container],
      volumes: [{ name: 'config', configMap: { name } }],
    },
  };
}

const configMap = (pod: KamailioPod) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: pod.name },
  data: { 'kamailio.cfg': configOf(pod) },
});

/** A Kamailio as a pod of its own. */
export function kamailioObjects(pod: KamailioPod): object[] {
  const { metadata, spec } = kamailioTemplate(pod);
  return [configMap(pod), { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod.name, ...metadata }, spec }];
}

/** A Deployment of Kamailios. */
export function kamailioDeployment(pod: KamailioPod, replicas: number): object[] {
  const { name, labels } = pod;
  const spec = { replicas, selector: { matchLabels: labels }, template: kamailioTemplate(pod) };
  return [configMap(pod), { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec }];
}
