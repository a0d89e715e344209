import { request } from 'node:http';

/** Calls Kamailio's JSON-RPC. By node:http, for fetch refuses to talk to port 5060. Rejects on an error reply. */
export function jsonRpc(address: string, port: number, method: string, params: readonly unknown[]): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const call = request(
    { host: address, port, path: '/RPC', method: 'POST', agent: false, timeout: 5_000 },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        try {
          const { result, error } = JSON.parse(text);
          if (error) reject(new Error(`${method}: ${error.code} ${error.message}`));
          else resolve(result);
        } catch (cause) {
          reject(new Error(`${method}: not JSON: ${text.slice(0, 200)}`, { cause }));
        }
      });
    },
  );
  call.on('timeout', () => call.destroy(new Error(`${method} to ${address}:${port}: no answer in 5 s`)));
  call.on('error', reject);
  call.end(JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 }));
  return promise;
}
