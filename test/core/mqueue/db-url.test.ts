import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DbUrl, formatDbUrl, maskDbUrl } from '../../../src/core/mqueue/db-url.ts';
import { parseDbUrl } from '../../../src/core/mqueue/parse-db-url.ts';

const server = { kind: 'redis', host: 'localhost', port: 6379, tls: false, db: 0 } as const;
const sentinel = { kind: 'sentinel', name: 'mymaster', tls: false, db: 0 } as const;

describe('db_url', () => {
  it.each<[string, DbUrl]>([
    ['redis://localhost', server],
    [' redis://localhost:6379/\n', server],
    ['REDIS://LocalHost', server],
    ['redis://10.0.0.9:7000/15', { ...server, host: '10.0.0.9', port: 7000, db: 15 }],
    ['redis://[FD00:0::9]', { ...server, host: 'fd00::9' }],
    ['redis://[fd00::9]:7000', { ...server, host: 'fd00::9', port: 7000 }],
    ['redis://redis_master.db.svc.cluster.local', { ...server, host: 'redis_master.db.svc.cluster.local' }],
    ['rediss://localhost', { ...server, tls: true }],
    ['redis://kdmq:hunter2@localhost', { ...server, username: 'kdmq', password: 'hunter2' }],
    ['redis://:hunter2@localhost', { ...server, password: 'hunter2' }],
    ['redis://kdmq@localhost', { ...server, username: 'kdmq' }],
    ['redis://kdmq:@localhost', { ...server, username: 'kdmq' }],
    ['redis://k%40d:p%2Fa%3As%25%20s+@localhost', { ...server, username: 'k@d', password: 'p/a:s% s+' }],
    ['redis://kdmq:a:b@c@localhost', { ...server, username: 'kdmq', password: 'a:b@c' }],
    ['unix:/run/redis.sock', { ...server, host: '', port: 0, path: '/run/redis.sock' }],
    ['unix:///run/redis.sock?db=3', { ...server, host: '', port: 0, path: '/run/redis.sock', db: 3 }],
    ['unix:/run/a%3Fb.sock', { ...server, host: '', port: 0, path: '/run/a?b.sock' }],
    ['redis+sentinel://s1/mymaster', { ...sentinel, sentinels: [{ host: 's1', port: 26379 }] }],
    [
      'rediss+sentinel://u:p@s1:1,[fd00::2]:2, s3/mymaster/4',
      {
        ...sentinel,
        tls: true,
        db: 4,
        username: 'u',
        password: 'p',
        sentinels: [
          { host: 's1', port: 1 },
          { host: 'fd00::2', port: 2 },
          { host: 's3', port: 26379 },
        ],
      },
    ],
    [
      'redis+cluster://n1:7000,n2',
      {
        kind: 'cluster',
        tls: false,
        nodes: [
          { host: 'n1', port: 7000 },
          { host: 'n2', port: 6379 },
        ],
      },
    ],
    ['rediss+cluster://n1/0', { kind: 'cluster', tls: true, nodes: [{ host: 'n1', port: 6379 }] }],
    ['file:/var/lib/kdmq', { kind: 'file', path: '/var/lib/kdmq' }],
    ['file:///var/lib/kdmq/', { kind: 'file', path: '/var/lib/kdmq' }],
    ['file:/srv/100%25 sure', { kind: 'file', path: '/srv/100% sure' }],
  ])('reads %j', (text, url) => {
    expect(parseDbUrl(text)).toEqual({ ok: true, value: url });
  });

  it.each([
    ['redis://', 'names no host', undefined],
    ['redis://:7000', 'names no host', undefined],
    ['redis://kdmq:secret@', 'names no host', undefined],
    ['redis://a,,b', 'names no host', undefined],
    ['redis:localhost', 'has no // after redis:', undefined],
    ['redis://u:p@localhost:0', 'has the port "0", which is not a number from 1 to 65535', undefined],
    ['redis://u:p@localhost:65536', 'has the port "65536", which is not a number from 1 to 65535', undefined],
    ['redis://u:p@localhost:', 'has the port "", which is not a number from 1 to 65535', undefined],
    ['redis://localhost:redis', 'has a port that is not a number from 1 to 65535', undefined],
    ['redis://10.0.0.999', 'has the host "10.0.0.999", which is neither an IP address nor a DNS name', undefined],
    ['redis://fd00::9', 'holds an IPv6 address without brackets', '[fd00::9]'],
    ['redis://[fd00::9', 'has a [ without its ]', undefined],
    ['redis://localhost/one', 'has something else than the number of a database at its end', undefined],
    ['redis://localhost/1/2', 'has something else than the number of a database at its end', undefined],
    ['redis://localhost?ssl=true', 'holds ? or #: it takes no parameters, they are settings of their own', undefined],
    ['redis://u:p/w@localhost', 'has / ? or # in its user or password: write %2F, %3F or %23 for it', undefined],
    ['redis://u:p#w@localhost', 'has / ? or # in its user or password: write %2F, %3F or %23 for it', undefined],
    ['redis://u:100%@localhost', 'has a % in its user or password that begins no escape: write %25 for it', undefined],
    ['redis://a,b', 'names several hosts', 'redis+sentinel://…/mymaster or redis+cluster://…'],
    ['redis+cluster://a/1', 'names a database: a Redis Cluster has only number 0', undefined],
    ['redis+sentinel://a:26379', 'names no master: its name stands behind the sentinels, as in …/mymaster', undefined],
    ['redis+sentinel://a/my%20master', 'has a name that no master can have', undefined],
    ['unix:redis.sock', 'has no path that begins with /', undefined],
    ['unix://host/redis.sock', 'names a host or a user: only a path can stand here', undefined],
    ['unix:/run/redis.sock?password=x', 'holds something else than db= and a number after the ?', undefined],
    ['file:', 'has no path that begins with /', undefined],
    ['file:data', 'has no path that begins with /', undefined],
    ['file:/a\nb', 'holds a line break or another control character', undefined],
    ['valkey://localhost', 'has the scheme "valkey", which is not known', 'redis:'],
    ['reddis://localhost', 'has the scheme "reddis", which is not known', 'redis:'],
    ['http://localhost', 'has the scheme "http", which is not known', undefined],
    ['localhost', 'does not begin with a scheme', 'redis://localhost'],
    ['10.0.0.9:7000', 'does not begin with a scheme', 'redis://10.0.0.9:7000'],
    ['localhost:7000', 'does not begin with a scheme', 'redis://localhost:7000'],
    ['/var/lib/kdmq', 'does not begin with a scheme', 'file:/var/lib/kdmq'],
    ['/run/redis.sock', 'does not begin with a scheme', 'unix:/run/redis.sock'],
    ['kdmq:secret@localhost', 'does not begin with a scheme', undefined],
    ['', 'does not begin with a scheme', undefined],
  ])('refuses %j', (text, problem, suggestion) => {
    expect(parseDbUrl(text)).toEqual({ ok: false, problem, ...(suggestion && { suggestion }) });
  });

  it.each([
    'mysql://kamailio:rw@localhost/kamailio',
    'mariadb://localhost/kamailio',
    'postgres://localhost/kamailio',
    'postgresql://localhost/kamailio',
    'sqlite:///var/lib/kamailio.db',
    'sqlite3:/var/lib/kamailio.db',
  ])('refuses %s with the way over', (text) => {
    expect(parseDbUrl(text)).toMatchObject({
      problem:
        'is a SQL database: kdmq keeps queues in Redis or in files; bring the rows over with `kdmq queue import` (JSON lines)',
    });
  });

  it.each(['text:///var/lib/kamailio', 'mongodb://localhost/kamailio', 'cassandra://localhost/kamailio'])(
    'refuses %s with the way over',
    (text) => {
      expect(parseDbUrl(text)).toMatchObject({ problem: expect.stringContaining('`kdmq queue import`') });
    },
  );
});

describe('a db_url that is written', () => {
  it.each([
    ['redis://kdmq:hunter2@localhost/1', 'redis://kdmq:(hidden)@localhost:6379/1'],
    ['rediss://:hunter2@[fd00::9]', 'rediss://:(hidden)@[fd00::9]:6379'],
    ['redis://k%40d@localhost', 'redis://k%40d@localhost:6379'],
    ['redis+sentinel://:p@a,b:1/m/2', 'redis+sentinel://:(hidden)@a:26379,b:1/m/2'],
    ['rediss+cluster://u:p@a,b', 'rediss+cluster://u:(hidden)@a:6379,b:6379'],
    ['unix:///run/a%3Fb%25.sock?db=1', 'unix:/run/a%3Fb%25.sock?db=1'],
    ['file:///srv/a%23b', 'file:/srv/a%23b'],
  ])('%s has its ports, and no password: %s', (text, written) => {
    const reading = parseDbUrl(text);
    expect(reading.ok && formatDbUrl(reading.value)).toBe(written);
  });

  it('means the same when it is read again, but for the password', () => {
    const host = fc.constantFrom('localhost', '10.0.0.9', 'fd00::9', 'a.b-c.example');
    const hosts = fc.array(fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) }), {
      minLength: 1,
      maxLength: 3,
    });
    const tls = fc.boolean();
    const db = fc.nat(20);
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((part) => part.isWellFormed());
    const user = fc.oneof(
      fc.constant({}),
      fc.record({ username: text }),
      fc.record({ password: fc.constant('(hidden)') }),
    );
    const path = fc
      .array(fc.stringMatching(/^[a-z .%?#;=+]{1,9}$/), { minLength: 1 })
      .map((parts) => `/${parts.join('/')}`);
    const url: fc.Arbitrary<DbUrl> = fc.oneof(
      fc.tuple(hosts, tls, db, user).map(([[first], secure, number, who]): DbUrl => {
        return { kind: 'redis', host: first!.host, port: first!.port, tls: secure, db: number, ...who };
      }),
      fc.record({
        kind: fc.constant('sentinel'),
        name: fc.constantFrom('m', 'my.master_1'),
        sentinels: hosts,
        tls,
        db,
      }),
      fc.record({ kind: fc.constant('cluster'), nodes: hosts, tls }),
      fc.record({ kind: fc.constant('file'), path }),
      fc.record({
        kind: fc.constant('redis'),
        host: fc.constant(''),
        port: fc.constant(0),
        tls: fc.constant(false),
        path,
        db,
      }),
    );
    fc.assert(
      fc.property(url, (given) => {
        expect(parseDbUrl(formatDbUrl(given))).toEqual({ ok: true, value: given });
      }),
    );
  });
});

describe('a db_url that could not be read', () => {
  it.each([
    ['redis://kdmq:hun"ter 2@localhost:x', 'redis://kdmq:(hidden)@localhost:x'],
    ['redis://kdmq:hunter/2@localhost', 'redis://kdmq:(hidden)@localhost'],
    ['redis://hunter2@localhost:x', 'redis://(hidden)@localhost:x'],
    ['redis://a@b:hunter2@localhost', 'redis://(hidden)@localhost'],
    ['redis://kdmq:hunter2', 'redis://kdmq:(hidden)'],
    ['redis://kdmq:7hunter', 'redis://kdmq:(hidden)'],
    ['kdmq:hunter2', 'kdmq:(hidden)'],
    ['kdmq:hunter2@localhost', 'kdmq:(hidden)@localhost'],
    ['redis://localhost:99999/x', 'redis://localhost:99999/x'],
    ['redis://fd00::9:6379', 'redis://fd00::9:6379'],
    ['unix:/run/redis.sock?db=1&password=hunter2', 'unix:/run/redis.sock?db=1&password=(hidden)'],
    ['redis://localhost?password=hunter2', 'redis://localhost?password=(hidden)'],
    ['mysql://kamailio:kamailiorw@localhost/kamailio', 'mysql://kamailio:(hidden)@localhost/kamailio'],
  ])('%j is shown as %j', (text, shown) => {
    expect(maskDbUrl(text)).toBe(shown);
  });

  it('never shows what stands between the user and the host, and its problem does not either', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('redis://', 'rediss://', 'redis+cluster://', 'mysql://', 'redis:', ''),
        fc.string({ unit: 'binary', maxLength: 5 }),
        fc.constantFrom('localhost', 'localhost:x', '10.0.0.9/x', '', '[::1'),
        (scheme, noise, place) => {
          const text = `${scheme}kdmq:${noise}s3cr3t${noise}@${place}`;
          const reading = parseDbUrl(text);
          expect(maskDbUrl(text)).not.toContain('s3cr3t');
          if (!reading.ok) expect(JSON.stringify(reading)).not.toContain('s3cr3t');
        },
      ),
    );
  });

  it.each([
    `redis://${':'.repeat(50_000)}`,
    `redis://${'@'.repeat(50_000)}`,
    `x${'/'.repeat(100_000)}@`,
    ' '.repeat(100_000),
  ])('takes no time over a very long text', (text) => {
    const started = performance.now();
    parseDbUrl(text);
    maskDbUrl(text);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
