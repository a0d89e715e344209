import { type HttpRole, suffices } from '../../../core/http/http-role.ts';
import { type ReadCall, type RpcId, readRpcBody } from './read-rpc-body.ts';
import { RpcError } from './rpc-error.ts';
import type { RpcMethod } from './rpc-method.ts';

/** What is answered over HTTP. Without a body there was nothing but notifications. */
export interface RpcAnswer {
  readonly status: number;
  readonly body: string | undefined;
}

export interface AnswerParts {
  readonly methods: ReadonlyMap<string, RpcMethod>;
  readonly role: HttpRole | undefined;
  /** Is told how many calls a batch has before the first is carried out. What it throws keeps all of them from it. */
  readonly count: (calls: number) => void;
  /** A method failed in a way that is a mistake of the program. */
  readonly failed: (method: string, error: unknown) => void;
}

/** Of a batch, begun to be cut off here: one answer may be larger. As much as one of REST has. */
const mostCharacters = 4 * 1_024 * 1_024;
const tooMuch = 'Too much for one answer: this call was not carried out, send it again';

type Outcome = { readonly result: unknown } | { readonly error: RpcError };

/**
 * Carries out what stands in the body of a request, the calls of a batch one after another. As Kamailio a single call without an id is
 * answered too, without one; in a batch, which Kamailio does not have, it is a notification. When the answer to a batch is long, the rest of its
 * calls is refused, each in its place.
 */
export async function answerRpc(body: string, parts: AnswerParts): Promise<RpcAnswer> {
  const read = readRpcBody(body);
  if (read.kind === 'single') {
    const outcome = await carryOut(read.call, parts);
    const status = 'error' in outcome ? outcome.error.httpStatus : 200;
    return { status, body: JSON.stringify(written(read.call.id, outcome)) };
  }
  parts.count(read.calls.length);
  const answers: string[] = [];
  let length = 0;
  for (const call of read.calls) {
    const isRefused = length > mostCharacters && call.id !== undefined;
    const outcome = isRefused ? { error: new RpcError(503, tooMuch) } : await carryOut(call, parts);
    if (call.id === undefined) continue;
    const answer = JSON.stringify(written(call.id, outcome));
    answers.push(answer);
    length += answer.length;
  }
  return answers.length === 0 ? { status: 204, body: undefined } : { status: 200, body: `[${answers.join()}]` };
}

async function carryOut(call: ReadCall, { methods, role, failed }: AnswerParts): Promise<Outcome> {
  if ('error' in call) return { error: call.error };
  const method = methods.get(call.method);
  if (method === undefined) return { error: new RpcError(500, 'Method Not Found') };
  if (!suffices(role, method.need)) {
    return {
      error: new RpcError(403, `Forbidden: ${call.method} changes something and takes the role ${method.need}`),
    };
  }
  try {
    return { result: await method.run(call.params) };
  } catch (error) {
    if (error instanceof RpcError) return { error };
    failed(call.method, error);
    return { error: new RpcError(500, 'Internal error: the log of the node has it') };
  }
}

function written(id: RpcId, outcome: Outcome): object {
  const end = id === undefined ? {} : { id };
  if ('result' in outcome) return { jsonrpc: '2.0', result: outcome.result, ...end };
  const { code, message } = outcome.error;
  return { jsonrpc: '2.0', error: { code, message }, ...end };
}
