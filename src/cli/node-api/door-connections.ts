import type { ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';

type CreateConnection = NonNullable<ClientRequestArgs['createConnection']>;

/** Makes connections for requests, for https with TLS on top: the certificate has to name the host of the URL. */
export function connectionsBy(
  connect: () => Promise<Duplex>,
  { protocol, hostname }: URL,
  { ca, cert, key }: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'>,
): CreateConnection {
  return (_, done) => {
    connect().then(
      (socket) => {
        if (protocol !== 'https:') done(null, socket);
        else
          done(
            null,
            connectTls({ socket, servername: hostname, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }),
          );
      },
      (error: Error) => done(error, undefined as unknown as Duplex),
    );
    return undefined;
  };
}
