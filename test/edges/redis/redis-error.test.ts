import { ReplyError } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { StoreError, type StoreErrorCode } from '../../../src/core/mqueue/store-error.ts';
import { storeErrorOf } from '../../../src/edges/redis/redis-error.ts';

describe('storeErrorOf', () => {
  const replies: readonly (readonly [string, StoreErrorCode])[] = [
    ['LOADING Redis is loading the dataset in memory', 'STORE_UNAVAILABLE'],
    ['BUSY Redis is busy running a script.', 'STORE_UNAVAILABLE'],
    ['CLUSTERDOWN Hash slot not served', 'STORE_UNAVAILABLE'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'STORE_UNAVAILABLE'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'STORE_UNAVAILABLE'],
    ['NOREPLICAS Not enough good replicas to write.', 'STORE_UNAVAILABLE'],
    ['ERR max number of clients reached', 'STORE_UNAVAILABLE'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'STORE_REFUSED'],
    ['ERR invalid password', 'STORE_REFUSED'],
    ['NOAUTH Authentication required.', 'STORE_REFUSED'],
    ["NOPERM this user has no permissions to run the 'eval' command", 'STORE_REFUSED'],
    ["READONLY You can't write against a read only replica.", 'STORE_REFUSED'],
    [
      "ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -READONLY You can't write against a read only replica.",
      'STORE_REFUSED',
    ],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'STORE_REFUSED'],
    ['MISCONF Redis is configured to save RDB snapshots, but ...', 'STORE_REFUSED'],
    ['DENIED Redis is running in protected mode', 'STORE_REFUSED'],
    ['ERR DB index is out of range', 'STORE_REFUSED'],
    ['ERR something that nobody has thought of', 'STORE_REFUSED'],
    ['MOVED 1234 10.0.0.9:6379', 'STORE_UNFIT'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'STORE_UNFIT'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'STORE_CORRUPT'],
  ];

  it.each(replies)('takes the reply %s as %s', (text, code) => {
    const error = storeErrorOf(new ReplyError(text), 'redis://10.0.0.9:6379');
    expect(error).toBeInstanceOf(StoreError);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^redis:\/\/10\.0\.0\.9:6379: /);
  });

  const failures: readonly (readonly [string, object, StoreErrorCode])[] = [
    ['a refused connection', { code: 'ECONNREFUSED', syscall: 'connect' }, 'STORE_UNAVAILABLE'],
    ['a socket that is not there yet', { code: 'ENOENT', syscall: 'connect' }, 'STORE_UNAVAILABLE'],
    ['a socket that may not be opened', { code: 'EACCES', syscall: 'connect' }, 'STORE_REFUSED'],
    ['a time-out', { code: 'ETIMEDOUT' }, 'STORE_UNAVAILABLE'],
    ['an expired certificate', { code: 'CERT_HAS_EXPIRED' }, 'STORE_REFUSED'],
    ['a strange certificate', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'STORE_REFUSED'],
    ['a certificate of another name', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'STORE_REFUSED'],
  ];

  it.each(failures)('takes %s as %o: %s', (_, fields, code) => {
    expect(storeErrorOf(Object.assign(new Error('words'), fields), 'name').code).toBe(code);
  });

  it('looks behind "no node would do" of a cluster, and behind a name of several addresses', () => {
    const behind = new ReplyError('WRONGPASS invalid username-password pair');
    const all = Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: behind });
    expect(storeErrorOf(all, 'name').code).toBe('STORE_REFUSED');
    const both = new AggregateError([
      new Error('connect ECONNREFUSED 127.0.0.1:1'),
      new Error('connect ECONNREFUSED ::1:1'),
    ]);
    expect(storeErrorOf(both, 'name').message).toBe('name: connect ECONNREFUSED 127.0.0.1:1');
  });

  it('repeats no arguments, and keeps no command: one of them may be the password', async () => {
    const text = "ERR unknown command 'AUTH', with args beginning with: 'kdmq' 'geheim' ";
    const reply = Object.assign(new ReplyError(text), { command: { name: 'auth', args: ['kdmq', 'geheim'] } });
    const error = storeErrorOf(reply, 'name');
    expect(error.message).toBe("name: ERR unknown command 'AUTH'");
    expect(error.cause).toBeUndefined();
  });

  it('leaves an error of the store as it is', () => {
    const error = new StoreError('STORE_FENCED', 'words');
    expect(storeErrorOf(error, 'name')).toBe(error);
  });
});
