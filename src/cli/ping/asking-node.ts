import { formatNodeUri, type NodeUri } from '../../core/node-uri.ts';
import { type NotificationLine, readNotification } from '../../core/notification.ts';
import type { Settings } from '../../core/settings.ts';
import { decodeText } from '../../core/text.ts';
import { CounterRegistry } from '../../edges/counters/counter-registry.ts';
import { SocketTransport } from '../../edges/sip/transport.ts';
import { localAddressTowards } from '../../edges/system/local-address.ts';
import { packageVersion } from '../../edges/system/package-version.ts';
import { SystemClock } from '../../edges/system/system-clock.ts';
import { SystemRandom } from '../../edges/system/system-random.ts';
import type { SendFailure, SendOutcome } from '../../ports/sip-transport.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { StandardErrorLog } from '../standard-error-log.ts';

/** What came of one question. */
export type ListAnswer =
  | {
      readonly kind: 'answered';
      readonly code: number;
      readonly reason: string;
      /** Its Server header. */
      readonly software: string;
      readonly roundTripMs: number;
      /** The list in a 200: itself and the nodes that it holds active. */
      readonly nodes: readonly NotificationLine[];
    }
  | { readonly kind: 'silent'; readonly failure: SendFailure; readonly detail: string };

/**
 * Sockets that ask nodes for their lists and belong to no node. Not called `kdmq/…` on the wire: to a node of ours
 * that is a fellow, whom it looks for and tells of itself alone.
 */
export class AskingNode {
  readonly #transport: SocketTransport;

  private constructor(transport: SocketTransport) {
    this.#transport = transport;
  }

  /** Opens a socket that reaches the node. Rejects with a CommandFailure when none does. */
  static async towards(uri: NodeUri, settings: Settings): Promise<AskingNode> {
    const { tls_certificate: certificate, tls_private_key: privateKey } = settings;
    const hasTls = certificate !== undefined && privateKey !== undefined;
    if (uri.transport === 'tls' && !hasTls) {
      throw new CommandFailure(
        EXIT_CODES.config,
        'a node that speaks TLS wants to see a certificate: give --tls-certificate and --tls-private-key, and --tls-ca-list with the authority of its own, best with the --config of a node',
      );
    }
    const host = await localAddressTowards(uri.host, uri.port).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(EXIT_CODES.unavailable, `there is no way from here to ${uri.host}: ${why}`);
    });
    const socket = { transport: uri.transport, host, port: 0 };
    const transport = new SocketTransport({
      listen: [socket],
      announced: socket,
      product: `kdmq-ping/${packageVersion}`,
      allow: [],
      ...(hasTls && {
        tls: {
          certificate,
          privateKey,
          caList: settings.tls_ca_list,
          requireCertificate: true,
          serverName: settings.tls_server_name,
        },
      }),
      maxMessageSize: settings.max_message_size,
      maxConnections: 4,
      maxConnectionsPerAddress: 4,
      rememberedRequests: 64,
      clock: new SystemClock(),
      random: new SystemRandom(),
      log: new StandardErrorLog(),
      counters: new CounterRegistry(),
    });
    // Nobody has a reason to ask here; a 200 would make somebody list this address.
    transport.onRequest((_, reply) => reply({ code: 403, reason: 'Only Asking' }));
    await transport.start().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      if (uri.transport !== 'tls') throw new CommandFailure(EXIT_CODES.listen, why);
      throw new CommandFailure(EXIT_CODES.config, `${why} (--tls-certificate, --tls-private-key, --tls-ca-list)`);
    });
    return new AskingNode(transport);
  }

  /** A notification that names nobody: a Kamailio answers with its list and adds nobody to it. Never rejects. */
  askForList(target: NodeUri, channel: string, deadlineMs: number): Promise<ListAnswer> {
    const sentAt = performance.now();
    return new Promise((resolve) => {
      this.#transport.send(
        { channel, target, body: '', contentType: 'text/plain', maxForwards: 1, deadlineMs },
        (outcome) => resolve(answerOf(outcome, performance.now() - sentAt)),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport.stop();
  }
}

function answerOf(outcome: SendOutcome, roundTripMs: number): ListAnswer {
  if (!outcome.ok) return { kind: 'silent', failure: outcome.failure, detail: outcome.detail };
  const { code, reason, server = '', body } = outcome.reply;
  const nodes = code === 200 ? readNotification(decodeText(body)).lines : [];
  return { kind: 'answered', code, reason, software: server, roundTripMs, nodes };
}

/** A line of a list as it is shown. */
export function shownLine({ uri, status }: NotificationLine): { readonly uri: string; readonly status: string } {
  return { uri: formatNodeUri(uri), status };
}
