import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { decodeJson, decodeProtobuf, type ReceivedSpan } from './decode-otlp.ts';

/** A request that came, and what is answered. */
export interface CollectorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** A collector of OpenTelemetry as far as traces over HTTP go: it reads what comes. `await using` ends it. */
export class Collector {
  readonly spans: ReceivedSpan[] = [];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];
  /** What is answered; `undefined`: nothing ever. */
  answer: CollectorAnswer | undefined = { status: 200 };
  readonly #server: Server;
  readonly #url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.#url = url;
  }

  static async start(host: string): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server, `http://${host}:4318`);
    server.on('request', async (request, reply) => {
      const raw = await buffer(request);
      const { 'content-type': type, 'content-encoding': encoding } = request.headers;
      const body = encoding === 'gzip' ? gunzipSync(raw) : raw;
      collector.requests.push({ path: request.url ?? '', headers: request.headers });
      const { answer } = collector;
      if (answer === undefined) return;
      if (answer.status === 200)
        collector.spans.push(...(type === 'application/json' ? decodeJson(body) : decodeProtobuf(body)));
      reply.writeHead(answer.status, answer.headers);
      reply.end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(4318, host, resolve));
    return collector;
  }

  /** As OTEL_EXPORTER_OTLP_ENDPOINT takes it. */
  get url(): string {
    return this.#url;
  }

  /** The spans of a name. */
  named(name: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
