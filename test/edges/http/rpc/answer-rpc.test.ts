import { describe, expect, it } from 'vitest';
import { answerRpc } from '../../../../src/edges/http/rpc/answer-rpc.ts';
import { RpcError } from '../../../../src/edges/http/rpc/rpc-error.ts';
import type { RpcMethod } from '../../../../src/edges/http/rpc/rpc-method.ts';

/** Answers with methods that return their parameters, fail, or change something. */
function newAnswers() {
  const failures: string[] = [];
  const done: string[] = [];
  const methods = new Map<string, RpcMethod>([
    ['echo', { need: 'read', run: (params) => params }],
    ['later', { need: 'read', run: async () => 'late' }],
    ['refuse', { need: 'read', run: () => fail(new RpcError(404, 'Empty queue')) }],
    ['break', { need: 'read', run: () => fail(new TypeError('a mistake')) }],
    ['change', { need: 'write', run: ([what]) => (done.push(String(what)) > 0 ? 'Ok.' : '') }],
  ]);
  const failed = (method: string, error: unknown): void => void failures.push(`${method}: ${error}`);
  const ask = async (body: unknown, role: 'read' | 'write' = 'write') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { status, body: answer } = await answerRpc(text, { methods, role, count: () => {}, failed });
    return { status, answer: answer === undefined ? undefined : JSON.parse(answer) };
  };
  return { ask, failures, done };
}

function fail(error: Error): never {
  throw error;
}

const call = (method: string, params?: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', method, params, id });
const result = (value: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', result: value, id });
const error = (code: number, message: string, id: unknown = 1) => ({ jsonrpc: '2.0', error: { code, message }, id });

describe('a single call', () => {
  it.each<readonly [string, unknown, number, unknown]>([
    ['with positional parameters', call('echo', [1, 'a']), 200, result([1, 'a'])],
    ['with named ones: their names count for nothing', call('echo', { b: 1, a: 2 }), 200, result([1, 2])],
    ['without parameters', call('echo'), 200, result([])],
    ['with null for parameters', call('echo', null), 200, result([])],
    ['whose method takes time', call('later'), 200, result('late')],
    ['with a string as its id', call('echo', [], 'a"b'), 200, result([], 'a"b')],
    ['with an empty id', call('echo', [], ''), 200, result([], '')],
    ['with the id 0', call('echo', [], 0), 200, result([], 0)],
    ['with a fraction as its id', call('echo', [], 1.5), 200, result([], 1.5)],
    ['with null as its id', call('echo', [], null), 200, result([], null)],
    ['without an id', { jsonrpc: '2.0', method: 'echo' }, 200, { jsonrpc: '2.0', result: [] }],
    ['that is refused', call('refuse'), 404, error(404, 'Empty queue')],
    [
      'that is refused and has no id',
      { jsonrpc: '2.0', method: 'refuse' },
      404,
      { jsonrpc: '2.0', error: { code: 404, message: 'Empty queue' } },
    ],
    ['of no method', call('no.such', [], 'x'), 500, error(500, 'Method Not Found', 'x')],
    ['of a method with an empty name', call(''), 500, error(500, 'Method Not Found')],
    ['of what every object has', call('constructor'), 500, error(500, 'Method Not Found')],
    ['with blanks around it', ` \n${JSON.stringify(call('echo'))} `, 200, result([])],
    ['that is cut off', '{"jsonrpc":"2.0","method":', 400, error(-32_700, 'Parse error', null)],
    ['that is no JSON', 'hello', 400, error(-32_700, 'Parse error', null)],
    ['that is nothing', '', 400, error(-32_700, 'Parse error', null)],
    ['with something behind it', `${JSON.stringify(call('echo'))} xx`, 400, error(-32_700, 'Parse error', null)],
    ['that is a number', '3', 400, error(-32_600, 'Invalid Request: a call is an object', null)],
    ['that is null', 'null', 400, error(-32_600, 'Invalid Request: a call is an object', null)],
    ['of no version', { method: 'echo', id: 1 }, 400, error(-32_600, 'Invalid Request: jsonrpc is "2.0"')],
    ['of version 1.0', { ...call('echo'), jsonrpc: '1.0' }, 400, error(-32_600, 'Invalid Request: jsonrpc is "2.0"')],
    ['without a method', { jsonrpc: '2.0', id: 7 }, 400, error(-32_600, 'Invalid Request: method is a string', 7)],
    [
      'whose method is a number',
      { jsonrpc: '2.0', method: 1 },
      400,
      error(-32_600, 'Invalid Request: method is a string', null),
    ],
    [
      'whose id is an object',
      call('echo', [], {}),
      400,
      error(-32_600, 'Invalid Request: id is a string, a number or null', null),
    ],
    [
      'whose id is yes',
      call('echo', [], true),
      400,
      error(-32_600, 'Invalid Request: id is a string, a number or null', null),
    ],
    [
      'whose parameters are a text',
      call('echo', 'a'),
      400,
      error(-32_602, 'Invalid params: params is a list or an object'),
    ],
    [
      'whose parameters are a number',
      call('echo', 7),
      400,
      error(-32_602, 'Invalid params: params is a list or an object'),
    ],
  ])('%s', async (_, body, status, answer) => {
    expect(await newAnswers().ask(body)).toEqual({ status, answer });
  });

  it('that changes something takes the role write', async () => {
    const { ask, done } = newAnswers();
    expect(await ask(call('change', ['a']), 'read')).toEqual({
      status: 403,
      answer: error(403, 'Forbidden: change changes something and takes the role write'),
    });
    expect(done).toEqual([]);
    expect(await ask(call('change', ['a']), 'write')).toEqual({ status: 200, answer: result('Ok.') });
    expect(done).toEqual(['a']);
  });

  it('that meets a mistake of the program says nothing of it to the caller', async () => {
    const { ask, failures } = newAnswers();
    expect(await ask(call('break'))).toEqual({
      status: 500,
      answer: error(500, 'Internal error: the log of the node has it'),
    });
    expect(failures).toEqual(['break: TypeError: a mistake']);
  });
});

describe('a batch', () => {
  it('is answered in its order, one answer a call', async () => {
    const batch = [call('later', [], 1), call('no.such', [], 'x'), 5, call('echo', ['b'], 2)];
    expect(await newAnswers().ask(batch)).toEqual({
      status: 200,
      answer: [
        result('late', 1),
        error(500, 'Method Not Found', 'x'),
        error(-32_600, 'Invalid Request: a call is an object', null),
        result(['b'], 2),
      ],
    });
  });

  it('has no answers to its notifications, which are carried out', async () => {
    const { ask, done } = newAnswers();
    const notification = { jsonrpc: '2.0', method: 'change', params: ['a'] };
    expect(await ask([notification, call('echo', [], 7)])).toEqual({ status: 200, answer: [result([], 7)] });
    expect(await ask([notification])).toEqual({ status: 204, answer: undefined });
    expect(done).toEqual(['a', 'a']);
  });

  it('has each call judged by the role of its caller', async () => {
    const { answer } = await newAnswers().ask([call('change', [], 1), call('echo', [], 2)], 'read');
    expect(answer).toEqual([
      error(403, 'Forbidden: change changes something and takes the role write', 1),
      result([], 2),
    ]);
  });

  it('has an answer of a bounded size: what does not fit is not carried out, and said so', async () => {
    const { ask, done } = newAnswers();
    const large = 'x'.repeat(3_000_000);
    const notification = { jsonrpc: '2.0', method: 'change', params: ['b'] };
    const batch = [call('echo', [large], 1), call('echo', [large], 2), call('change', ['a'], 3), notification];
    const { status, answer } = await ask(batch);
    expect(status).toBe(200);
    expect(answer).toEqual([
      result([large], 1),
      result([large], 2),
      error(503, 'Too much for one answer: this call was not carried out, send it again', 3),
    ]);
    expect(done).toEqual(['b']);
  });

  it('must not be empty', async () => {
    expect(await newAnswers().ask([])).toEqual({
      status: 400,
      answer: error(-32_600, 'Invalid Request: an empty batch', null),
    });
  });

  it('has a hundred calls at most', async () => {
    const { ask, done } = newAnswers();
    const calls = (count: number) => Array.from({ length: count }, () => call('change', ['a']));
    expect((await ask(calls(101))).answer).toEqual(
      error(-32_600, 'Invalid Request: more than 100 calls in a batch', null),
    );
    expect(done).toEqual([]);
    expect((await ask(calls(100))).answer).toHaveLength(100);
  });
});
