/** What queues need of Redis, as `ACL SETUSER` takes it. `src/edges/redis/README.md` has the same words. */
const RIGHTS =
  '~{dmq:* +eval +evalsha +time +hmget +hset +hdel +exists +llen +lrange +lpush +rpush +ltrim +rename +persist +pexpire +unlink ' +
  '+sadd +srem +smembers +select +client|setname +info +config|get +wait';

/** The line of a configuration file for a user who may do nothing else. `more` as `+waitaof`, which Redis 7.0 does not know. */
export function aclUser(name: string, password: string, more = ''): string {
  return `user ${name} on >${password} ${RIGHTS} ${more}`.trim();
}
