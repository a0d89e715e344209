import { RPC_CODES, RpcError } from './rpc-error.ts';

/** What a call is known by. Undefined: it is a notification. */
export type RpcId = string | number | null | undefined;

/** A call that can be tried. Parameters that have names are taken in the order in which they stand, as Kamailio takes them. */
export interface RpcCall {
  readonly id: RpcId;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** A call, or what is wrong with it. */
export type ReadCall = RpcCall | { readonly id: RpcId; readonly error: RpcError };

export type ReadBody =
  | { readonly kind: 'single'; readonly call: ReadCall }
  | { readonly kind: 'batch'; readonly calls: readonly ReadCall[] };

/** More in one batch are refused: each may take its time. */
const mostCalls = 100;

/** Reads the body of a request. What can't be read at all is a single call with an error. */
export function readRpcBody(text: string): ReadBody {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return single(undecidable(RPC_CODES.parseError, 'Parse error'));
  }
  if (!Array.isArray(json)) return single(readCall(json));
  if (json.length === 0) return single(undecidable(RPC_CODES.invalidRequest, 'Invalid Request: an empty batch'));
  if (json.length > mostCalls) {
    return single(undecidable(RPC_CODES.invalidRequest, `Invalid Request: more than ${mostCalls} calls in a batch`));
  }
  return { kind: 'batch', calls: json.map(readCall) };
}

function single(call: ReadCall): ReadBody {
  return { kind: 'single', call };
}

/** Whoever asked is answered with the id null, as JSON-RPC says. */
function undecidable(code: number, message: string): ReadCall {
  return { id: null, error: new RpcError(code, message) };
}

function readCall(json: unknown): ReadCall {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return undecidable(RPC_CODES.invalidRequest, 'Invalid Request: a call is an object');
  }
  const { jsonrpc, method, params, id } = json as Readonly<Record<string, unknown>>;
  if (!isId(id)) return undecidable(RPC_CODES.invalidRequest, 'Invalid Request: id is a string, a number or null');
  const invalid = (code: number, message: string): ReadCall => ({ id: id ?? null, error: new RpcError(code, message) });
  if (jsonrpc !== '2.0') return invalid(RPC_CODES.invalidRequest, 'Invalid Request: jsonrpc is "2.0"');
  if (typeof method !== 'string') return invalid(RPC_CODES.invalidRequest, 'Invalid Request: method is a string');
  if (params === undefined || params === null) return { id, method, params: [] };
  if (typeof params !== 'object')
    return invalid(RPC_CODES.invalidParams, 'Invalid params: params is a list or an object');
  return { id, method, params: Object.values(params) };
}

function isId(id: unknown): id is RpcId {
  return id === undefined || id === null || typeof id === 'string' || typeof id === 'number';
}
