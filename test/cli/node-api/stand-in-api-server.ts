import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { WebSocketSide } from './web-socket-side.ts';

/** A pod as the stand-in has it; what is forwarded to it goes to `host`. */
export interface StandInPod {
  readonly name: string;
  readonly namespace: string;
  readonly release: string;
  readonly ready: boolean;
  readonly host: string;
  readonly scheme?: 'HTTPS';
}

const API_TOKEN = 'token-of-the-kubeconfig';

interface Review {
  readonly spec: {
    readonly user?: string;
    readonly resourceAttributes: Readonly<Record<'namespace' | 'resource' | 'verb', string>> & {
      readonly subresource?: string;
      readonly name?: string;
    };
  };
}

/** Lists pods forwards ports and reviews rights as the API server of Kubernetes does, over real sockets. */
export class StandInApiServer {
  readonly url: string;
  /** What gets 403: `list pods`, `get pods`, `portforward`, `reviews`. */
  readonly forbidden = new Set<string>();
  /** Rights that nobody has, as `patch dmqnodes/status`. */
  readonly missing = new Set<string>();
  /** Whose rights were asked for. */
  readonly reviewed = new Set<string>();
  knowsDmqNodes = true;
  readonly #server: Server;
  readonly #pods: readonly StandInPod[];

  private constructor(server: Server, host: string, port: number, pods: readonly StandInPod[]) {
    this.#server = server;
    this.#pods = pods;
    this.url = `http://${host}:${port}`;
    server.on('request', async (request: IncomingMessage, response) => {
      const text = await buffer(request);
      const { status, body } = this.#answer(request, text);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex) => this.#forward(request, socket));
  }

  static async start(host: string, pods: readonly StandInPod[]): Promise<StandInApiServer> {
    const server = createServer();
    server.listen(0, host);
    await once(server, 'listening');
    return new StandInApiServer(server, host, (server.address() as AddressInfo).port, pods);
  }

  /** A kubeconfig with the contexts `voice`, in use, and `other`, whose token is wrong. */
  kubeconfig(): string {
    const cluster = { name: 'here', cluster: { server: this.url, 'insecure-skip-tls-verify': true } };
    const user = (name: string, token: string) => ({ name, user: { token } });
    const context = (name: string, who: string) => ({
      name,
      context: { cluster: 'here', user: who, namespace: 'voice' },
    });
    return stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'voice',
      clusters: [cluster],
      users: [user('me', API_TOKEN), user('nobody', 'wrong')],
      contexts: [context('voice', 'me'), context('other', 'nobody')],
    });
  }

  #answer({ url = '', headers }: IncomingMessage, content: Buffer): { status: number; body: object } {
    if (headers.authorization !== `Bearer ${API_TOKEN}`) return refusal(401, 'Unauthorized');
    if (url.startsWith('/apis/authorization.k8s.io/')) return this.#review(JSON.parse(content.toString()) as Review);
    if (url.startsWith('/apis/kdmq.dev/')) return this.#resources();
    const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/pods(?:\/([^/?]+))?/.exec(url) ?? [];
    const pods = this.#pods.filter((pod) => pod.namespace === namespace);
    if (this.forbidden.has(name === undefined ? 'list pods' : 'get pods')) return refusal(403, 'pods is forbidden');
    if (name === undefined) return { status: 200, body: { kind: 'PodList', items: pods.map(objectOf) } };
    const pod = pods.find((one) => one.name === name);
    return pod === undefined ? refusal(404, `pods "${name}" not found`) : { status: 200, body: objectOf(pod) };
  }

  #review({ spec: { user = 'me', resourceAttributes: about } }: Review): { status: number; body: object } {
    if (this.forbidden.has('reviews')) return refusal(403, 'subjectaccessreviews is forbidden');
    this.reviewed.add(`${user} in ${about.namespace}`);
    const what = about.subresource === undefined ? about.resource : `${about.resource}/${about.subresource}`;
    const allowed = !this.missing.has(`${about.verb} ${what}${about.name === undefined ? '' : ` ${about.name}`}`);
    return { status: 201, body: { status: { allowed } } };
  }

  #resources(): { status: number; body: object } {
    if (!this.knowsDmqNodes) return refusal(404, 'the server could not find the requested resource');
    const resources = [
      { name: 'dmqnodes', namespaced: true, kind: 'DmqNode', singularName: 'dmqnode', verbs: ['list'] },
    ];
    return { status: 200, body: { kind: 'APIResourceList', groupVersion: 'kdmq.dev/v1alpha1', resources } };
  }

  #forward(request: IncomingMessage, socket: Duplex): void {
    const [, namespace, name, port] =
      /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/portforward\?ports=(\d+)$/.exec(request.url ?? '') ?? [];
    const pod = this.#pods.find((one) => one.namespace === namespace && one.name === name);
    const isAllowed = request.headers.authorization === `Bearer ${API_TOKEN}` && !this.forbidden.has('portforward');
    if (pod === undefined || !isAllowed) {
      socket.end(`HTTP/1.1 ${pod === undefined ? 404 : 403} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    const way = connect(Number(port), pod.host);
    const send = (channel: number, bytes: Buffer): void => side.send(Buffer.concat([Buffer.of(channel), bytes]));
    const side = new WebSocketSide(
      request,
      socket,
      'v4.channel.k8s.io',
      (bytes) => bytes[0] === 0 && void way.write(bytes.subarray(1)),
      () => way.destroy(),
    );
    const number = Buffer.alloc(2);
    number.writeUInt16LE(Number(port));
    for (const channel of [0, 1]) send(channel, number);
    way.on('data', (bytes: Buffer) => send(0, bytes));
    way.on('error', (error) => send(1, Buffer.from(`error forwarding port ${port} to pod ${name}: ${error.message}`)));
    way.on('close', () => side.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}

function refusal(code: number, message: string): { status: number; body: object } {
  return { status: code, body: { kind: 'Status', status: 'Failure', message, code } };
}

function objectOf({ name, namespace, release, ready, scheme }: StandInPod): object {
  const labels = {
    'app.kubernetes.io/component': 'node',
    'app.kubernetes.io/instance': release,
    'kdmq.dev/bus': release,
  };
  const container = {
    name: 'kdmq',
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    readinessProbe: { httpGet: { path: '/readyz', port: 'http', scheme: scheme ?? 'HTTP' } },
  };
  const volumes = [{ name: 'http', secret: { secretName: `${release}-http` } }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { serviceAccountName: release, containers: [container], volumes },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}
