import { Duplex, PassThrough, Writable } from 'node:stream';
import { type KubeConfig, PortForward } from '@kubernetes/client-node';
import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import { apiError } from './api-error.ts';

export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** What of a WebSocket is used here. */
interface Socket {
  pause(): void;
  resume(): void;
  close(): void;
  terminate(): void;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

const openMs = 10_000;

/** A connection to a port of a pod through the API server, as `kubectl port-forward` makes one. Rejects with a ClusterError. */
export async function openPodConnection(config: KubeConfig, { namespace, pod, port }: PodPort): Promise<Duplex> {
  const what = `the port-forward to pod ${pod} of namespace ${namespace}`;
  const connection = new PodConnection();
  const forward = new PortForward(config);
  const opening = forward.portForward(namespace, pod, [port], connection.fromPod, connection.faults, connection.toPod);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    reject,
    openMs,
    new ClusterError('UNREACHABLE', `${what}: no answer within ${openMs / 1_000} s`),
  );
  try {
    connection.attach((await Promise.race([opening, late])) as unknown as Socket);
    return connection;
  } catch (cause) {
    connection.destroy();
    // It may be there later: nobody wants it then.
    opening.then((socket) => (socket as unknown as Socket).terminate()).catch(() => {});
    throw cause instanceof ClusterError ? cause : openingError(what, cause);
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes both ways. What nobody reads is not taken from the API server. */
class PodConnection extends Duplex {
  /** For the library, which forwards what comes out of it. */
  readonly toPod = new PassThrough();
  readonly fromPod = new Writable({
    write: (bytes: Buffer, _, done) => {
      if (bytes.length > 0 && !this.push(bytes)) this.#socket?.pause();
      done();
    },
  });
  /** What the kubelet says when it does not reach the port. */
  readonly faults = new Writable({
    write: (bytes: Buffer, _, done) => {
      if (bytes.length > 0) this.destroy(new Error(bytes.toString().trim()));
      done();
    },
  });
  #socket: Socket | undefined;

  constructor() {
    super();
    // What goes wrong before a request has the connection is no error of the program.
    this.on('error', () => {});
  }

  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('close', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    if (this.destroyed) socket.terminate();
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.toPod.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.#socket?.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket?.terminate();
    this.toPod.destroy();
    done(error);
  }
}

/** The library gives an event whose message holds the status. */
function openingError(what: string, cause: unknown): ClusterError {
  const words =
    typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause);
  const status = /^Unexpected server response: (\d{3})/.exec(words)?.[1];
  return status === undefined
    ? new ClusterError('UNREACHABLE', `${what}: ${words}`)
    : apiError(what, Number(status), undefined);
}
