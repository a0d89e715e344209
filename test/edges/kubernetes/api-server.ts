import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { TestAuthority } from '../sip/certificates.ts';

interface StoredObject {
  readonly metadata: Record<string, unknown> & { readonly name: string };
  readonly [field: string]: unknown;
}

/** A request that came in. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

/** A service account, and the audience that a token of it is for; undefined: the server says nothing of audiences. */
export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly audience: string | undefined;
}

const tokenReviews = '/apis/authentication.k8s.io/v1/tokenreviews';

/** What a request is answered with instead of what is stored. */
export interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Speaks as a Kubernetes API server does, over TLS with HTTP/2 and 1.1, behind a wire that can be cut or go dead. Lists in pages, tells
 * watches what changes; takes any token but those that were revoked. Objects are stored by the path of their collection.
 */
export class ApiServer {
  authority = new TestAuthority();
  readonly requests: SeenRequest[] = [];
  /** Stands before the paths of the service account. */
  readonly pathPrefix = join(this.authority.folder, 'pod');
  /** Decides on each request; undefined: it is answered as it should be. */
  refuse: (request: SeenRequest) => Refusal | undefined = () => undefined;
  /** No answer to any request and nothing more on any watch, while PINGs are answered: as a proxy does for a server that hangs. */
  isStuck = false;
  /** Decides which requests get no answer. */
  ignores: (request: SeenRequest) => boolean = () => false;
  readonly #retired: TestAuthority[] = [];
  readonly #objects = new Map<string, Map<string, StoredObject>>();
  readonly #tokens = new Map<string, TokenSubject>();
  /** What happened, so that a watch from an earlier version is told it. */
  readonly #history: { readonly version: number; readonly path: string; readonly line: string }[] = [];
  readonly #watches = new Map<Http2ServerResponse, string>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #wires = new Set<Socket>();
  #server: Http2SecureServer | undefined;
  #wire: Server | undefined;
  #isDead = false;
  #version = 100;
  #connections = 0;
  #port = 0;

  get port(): number {
    return this.#port;
  }

  /** Connections that were ever made. */
  get connections(): number {
    return this.#connections;
  }

  get watches(): number {
    return this.#watches.size;
  }

  /** The environment of a pod that runs in this cluster. */
  get environment(): Record<string, string> {
    return { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(this.#port) };
  }

  async start(): Promise<this> {
    const { certificate, privateKey } = this.authority.issue('IP:127.0.0.1');
    this.giveToken('first');
    const server = createSecureServer({
      key: readFileSync(privateKey),
      cert: readFileSync(certificate),
      allowHTTP1: true,
    });
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
    server.on('request', (request, response) => void this.#take(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await this.plug();
    return this;
  }

  async stop(): Promise<void> {
    await this.unplug();
    for (const session of this.#sessions) session.destroy();
    await new Promise<void>((resolve) => {
      this.#server?.close(() => resolve());
    });
    for (const authority of [this.authority, ...this.#retired]) authority.remove();
  }

  /** Writes the files of the service account. */
  giveToken(token: string): void {
    const folder = join(this.pathPrefix, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'token'), token);
    writeFileSync(join(folder, 'namespace'), 'default');
    writeFileSync(join(folder, 'ca.crt'), readFileSync(this.authority.caList));
  }

  /** The cluster has another authority: the server shows its certificate, and the pod gets those of the authority in a file. */
  changeAuthority(): void {
    this.#retired.push(this.authority);
    this.authority = new TestAuthority();
    const { certificate, privateKey } = this.authority.issue('IP:127.0.0.1');
    this.#server?.setSecureContext({ key: readFileSync(privateKey), cert: readFileSync(certificate) });
    this.giveToken('first');
    for (const session of this.#sessions) session.destroy();
    this.cut();
  }

  /** A token of a service account, which reviews know. */
  giveOut(subject: TokenSubject): string {
    const token = `token-number-${this.#tokens.size + 1}`;
    this.#tokens.set(token, subject);
    return token;
  }

  /** The wire leads to the server, at the same port as before. */
  async plug(): Promise<void> {
    const { port: to } = this.#server!.address() as AddressInfo;
    const wire = createServer((near) => {
      const far = connect(to, '127.0.0.1');
      this.#wires.add(near);
      this.#connections += 1;
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('data', (bytes: Buffer) => {
          if (!this.#isDead) other.write(bytes);
        });
        one.on('error', () => {});
        one.on('close', () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => wire.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (wire.address() as AddressInfo).port;
    this.#wire = wire;
  }

  /** Connections are refused, those that there are end. */
  async unplug(): Promise<void> {
    const wire = this.#wire;
    this.#wire = undefined;
    if (wire === undefined) return;
    this.cut();
    await new Promise<void>((resolve) => wire.close(() => resolve()));
  }

  /** All connections end; new ones are taken. */
  cut(): void {
    for (const wire of this.#wires) wire.destroy();
    this.#wires.clear();
  }

  /** Nothing goes over the wire any more, though connections stay and new ones are taken: as a frozen server, or a half-open connection. */
  set dead(isDead: boolean) {
    this.#isDead = isDead;
  }

  /** As a server that was told to end does: it announces that, and leaves its watches open. */
  announceEnd(): void {
    for (const session of this.#sessions) session.goaway();
  }

  /** All watches end as after their timeout. */
  endWatches(): void {
    for (const response of this.#watches.keys()) response.end();
  }

  /** All watches are told that their version is too old. */
  expire(): void {
    const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    for (const response of this.#watches.keys()) response.write(`${JSON.stringify({ type: 'ERROR', object })}\n`);
  }

  put(path: string, object: StoredObject): void {
    const isNew = this.#objects.get(path)?.has(object.metadata.name) !== true;
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#collection(path).set(object.metadata.name, stored);
    this.#tell(path, isNew ? 'ADDED' : 'MODIFIED', stored);
  }

  delete(path: string, name: string): void {
    const object = this.#collection(path).get(name);
    if (object === undefined) return;
    this.#version += 1;
    this.#collection(path).delete(name);
    this.#tell(path, 'DELETED', object);
  }

  /** Forgets all objects and requests. */
  clear(): void {
    this.#objects.clear();
    this.requests.length = 0;
  }

  get(path: string, name: string): StoredObject | undefined {
    return this.#collection(path).get(name);
  }

  #collection(path: string): Map<string, StoredObject> {
    const objects = this.#objects.get(path) ?? new Map<string, StoredObject>();
    this.#objects.set(path, objects);
    return objects;
  }

  #tell(path: string, type: string, object: StoredObject): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#history.push({ version: this.#version, path, line });
    if (this.isStuck) return;
    for (const [response, watched] of this.#watches) if (watched === path) response.write(line);
  }

  async #take(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const url = new URL(request.url ?? '/', 'https://api');
    const text = Buffer.concat(parts).toString('utf8');
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      token: request.headers.authorization?.replace('Bearer ', ''),
      contentType: request.headers['content-type'],
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.requests.push(seen);
    if (this.isStuck || this.ignores(seen)) return;
    const refusal = this.refuse(seen);
    if (refusal !== undefined) this.#refuse(response, refusal);
    else if (seen.method === 'GET' && seen.query.get('watch') === '1') this.#watch(seen, response);
    else if (seen.method === 'GET') this.#list(seen, response);
    else if (seen.path === tokenReviews) this.#review(seen, response);
    else this.#write(seen, response);
  }

  #review({ body }: SeenRequest, response: Http2ServerResponse): void {
    const review = body as { readonly spec: { readonly token: string; readonly audiences: readonly string[] } };
    const { token, audiences } = review.spec;
    const subject = this.#tokens.get(token);
    if (subject === undefined || (subject.audience !== undefined && !audiences.includes(subject.audience))) {
      this.#answer(response, 201, { ...review, status: { user: {}, error: 'invalid bearer token' } });
      return;
    }
    const { namespace, name, audience } = subject;
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    const user = { username: `system:serviceaccount:${namespace}:${name}`, uid: 'u', groups };
    const named = audience === undefined ? {} : { audiences: [audience] };
    this.#answer(response, 201, { ...review, status: { authenticated: true, user, ...named } });
  }

  #list({ path, query }: SeenRequest, response: Http2ServerResponse): void {
    const all = [...this.#collection(path).values()];
    const start = Number(query.get('continue') ?? 0);
    const end = start + Number(query.get('limit') ?? all.length);
    const more = end < all.length ? { continue: String(end) } : {};
    this.#answer(response, 200, {
      items: all.slice(start, end),
      metadata: { resourceVersion: String(this.#version), ...more },
    });
  }

  #watch({ path, query }: SeenRequest, response: Http2ServerResponse): void {
    this.#watches.set(response, path);
    response.once('close', () => this.#watches.delete(response));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('');
    for (const event of this.#history) {
      if (event.path === path && event.version > Number(query.get('resourceVersion'))) response.write(event.line);
    }
  }

  #write({ method, path, body }: SeenRequest, response: Http2ServerResponse): void {
    const object = body as StoredObject;
    const place = path.replace(/\/status$/, '');
    const [collection, name] =
      method === 'POST'
        ? [path, object.metadata.name ?? 'made-1']
        : [place.slice(0, place.lastIndexOf('/')), place.slice(place.lastIndexOf('/') + 1)];
    const held = this.get(collection, name);
    if (method === 'POST' && held !== undefined) this.#refuse(response, { status: 409, reason: 'AlreadyExists' });
    else if (path.endsWith('/status') && held === undefined)
      this.#refuse(response, { status: 404, reason: 'NotFound' });
    else if (method === 'PUT' && held?.metadata.resourceVersion !== object.metadata.resourceVersion) {
      this.#refuse(response, { status: 409, reason: 'Conflict' });
    } else if (method === 'DELETE') {
      this.delete(collection, name);
      this.#answer(response, 200, { kind: 'Status', status: 'Success' });
    } else {
      this.put(collection, { ...held, ...object, metadata: { ...held?.metadata, ...object.metadata, name } });
      this.#answer(response, method === 'POST' ? 201 : 200, this.get(collection, name));
    }
  }

  #refuse(response: Http2ServerResponse, { status, reason = '', headers = {} }: Refusal): void {
    this.#answer(response, status, { kind: 'Status', code: status, reason, message: `refused: ${reason}` }, headers);
  }

  #answer(
    response: Http2ServerResponse,
    status: number,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  }
}
