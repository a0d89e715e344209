import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What happens to the next request that holds a text. */
export type ProxyFault =
  | 'lose the request' /* Redis never sees it, and the connection is cut */
  | 'lose the reply' /* Redis carries it out, its reply never arrives, and the connection is cut */
  | 'swallow the reply'; /* Redis carries it out, its reply never arrives, and the connection stays open and silent */

/** A TCP proxy in front of a Redis that loses requests or replies at chosen moments. */
export class RedisProxy {
  readonly address: string;
  readonly port: number;
  /** Faults that have happened. */
  hits = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #armed: { readonly text: string; readonly fault: ProxyFault } | undefined;

  private constructor(server: Server, address: string, port: number) {
    this.#server = server;
    this.address = address;
    this.port = port;
  }

  static async start(address: string, target: { readonly host: string; readonly port: number }): Promise<RedisProxy> {
    const server = createServer();
    const proxy = new RedisProxy(server, address, target.port);
    server.on('connection', (client) => proxy.#pass(client, target));
    server.listen(target.port, address);
    await once(server, 'listening');
    return proxy;
  }

  /** The next request that holds the text, as the hash of a script, meets the fault; the ones after it pass. */
  arm(text: string, fault: ProxyFault): void {
    this.#armed = { text, fault };
  }

  /** Cuts all connections; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #pass(client: Socket, target: { readonly host: string; readonly port: number }): void {
    const redis = connect(target.port, target.host);
    let fault: ProxyFault | undefined;
    const end = () => {
      client.destroy();
      redis.destroy();
    };
    for (const socket of [client, redis]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on('data', (bytes) => {
      if (this.#armed !== undefined && bytes.includes(this.#armed.text)) {
        fault = this.#armed.fault;
        this.#armed = undefined;
        this.hits += 1;
        if (fault === 'lose the request') return end();
      }
      redis.write(bytes);
    });
    redis.on('data', (bytes) => {
      if (fault === undefined) client.write(bytes);
      else if (fault === 'lose the reply') end();
    });
  }
}
