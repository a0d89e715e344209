/** A request that reached a Kamailio's request_route. */
export interface SeenRequest {
  readonly method: string;
  /** User part of the request URI: for KDMQ the channel. */
  readonly user: string;
  /** The From URI, `sip:channel@host:port`. */
  readonly from: string;
  readonly source: { readonly transport: string; readonly address: string; readonly port: number };
  /** What Kamailio's dmq_is_from_node said. */
  readonly fromNode: boolean;
  readonly maxForwards: number | undefined;
  readonly userAgent: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

const nothing = '<null>';
const known = (value: string) => (value === nothing || value === '' ? undefined : value);

/** Reads the line that node.cfg logs for each request; undefined for any other line of the log. */
export function readSeenRequest(line: string): SeenRequest | undefined {
  const start = line.indexOf('SEEN|');
  if (start === -1) return undefined;
  const fields = line.slice(start + 5).split('|');
  const [method = '', user = '', from = '', transport = '', address = '', port = '', node, hops = ''] = fields;
  const [userAgent = '', contentType = '', body = ''] = fields.slice(8);
  return {
    method,
    user: known(user) ?? '',
    from,
    source: { transport: transport.toLowerCase(), address, port: Number(port) },
    fromNode: node === '1',
    maxForwards: known(hops) === undefined ? undefined : Number(hops),
    userAgent: known(userAgent),
    contentType: known(contentType),
    body: Buffer.from(known(body) ?? '', 'hex'),
  };
}
