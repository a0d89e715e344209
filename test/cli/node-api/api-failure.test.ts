import { describe, expect, it } from 'vitest';
import { apiFailure } from '../../../src/cli/node-api/api-failure.ts';
import { accessProblem } from '../../../src/edges/http/access/access-problem.ts';

const door = {
  base: new URL('http://10.0.0.7:8080'),
  name: 'http://10.0.0.7:8080',
  whenSilent: '',
  tokenHint: '. It is in a Secret',
};

describe('what a command says of a refusal', () => {
  it('is where to get a token that the node takes, and how to give it', () => {
    const { exitCode, message } = apiFailure(door, 401, accessProblem('wrong_token', 'kdmq').problem);
    expect(exitCode).toBe(77);
    expect(message).toMatch(
      /^http:\S+: .* for the audience kdmq: kubectl create token NAME --audience kdmq \(TOKEN_WRONG\)\. Give its token with --token-file, .* It is in a Secret$/,
    );
  });

  it('is the status of an answer that is not from kdmq', () => {
    expect(apiFailure(door, 404, undefined).message).toContain('it answers 404. Is that the http_listen of a kdmq');
  });
});
