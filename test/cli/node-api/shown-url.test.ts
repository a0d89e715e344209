import { describe, expect, it } from 'vitest';
import { NodeApi } from '../../../src/cli/node-api/node-api.ts';

const noOptions = {
  cluster: undefined,
  token: undefined,
  tokenFile: undefined,
  caList: undefined,
  certificate: undefined,
  privateKey: undefined,
};

/** What a command says that was given this URL: of a node that is not there, or that it is no URL. */
async function saidOf(url: string): Promise<string> {
  const { signal } = new AbortController();
  const asking = NodeApi.open({ ...noOptions, url }, signal).then((api) => api.ask({ method: 'GET', path: '/nodes' }));
  return asking.then(
    () => 'an answer',
    (error: Error) => error.message,
  );
}

describe('what a command says of the URL of a node', () => {
  it.each([
    ['http://s3cret@127.0.0.1:1', 'no node answers at http://127.0.0.1:1: '],
    ['http://user:s3cret@127.0.0.1:1', 'no node answers at http://127.0.0.1:1: '],
    ['http:/user:s3cret@127.0.0.1:1', 'no node answers at http://127.0.0.1:1: '],
    ['http://127.0.0.1:1/behind/?token=s3cret', 'no node answers at http://127.0.0.1:1/behind: '],
    ['http://127.0.0.1:1#s3cret', 'no node answers at http://127.0.0.1:1: '],
    ['user:s3cret@127.0.0.1:8080', '"(hidden)@127.0.0.1:8080" is not the URL of a node'],
    ['//user:s3cret@host', '"(hidden)@host" is not the URL of a node'],
    ['htp:/user:s3cret@host', '"(hidden)@host" is not the URL of a node'],
    ['ftp://s3cret@host', '"(hidden)@host" is not the URL of a node'],
    ['host:8080?token=s3cret', '"host:8080?(hidden)" is not the URL of a node'],
    ['host#s3cret', '"host#(hidden)" is not the URL of a node'],
    ['user@host?token=s3cret', '"(hidden)@host?(hidden)" is not the URL of a node'],
    ['user:s3?cret@host', '"(hidden)" is not the URL of a node'],
    ['host?token=s3cret@s3cret', '"(hidden)" is not the URL of a node'],
    ['nowhere', '"nowhere" is not the URL of a node'],
  ])('%s: no user, password or token', async (url, words) => {
    const said = await saidOf(url);
    expect(said).toContain(words);
    expect(said).not.toContain('s3');
  });
});
