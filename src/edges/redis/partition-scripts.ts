import { createHash } from 'node:crypto';

/** The version of keys and fields that is written. A hash with a higher one is left as it is. */
export const FORMAT_VERSION = 1;

interface ScriptText {
  readonly source: string;
  readonly sha: string;
}

/** A Lua script, run by its hash. Every script is all or nothing: what can fail in it comes before its first write. */
export interface Script {
  readonly plain: ScriptText;
  /** For a Redis that knows flags. */
  readonly flagged: ScriptText;
}

/** Runs although `maxmemory` is reached: it frees memory, or needs next to none. Redis knows the flag since 7.0. */
const ALLOW_OOM = '#!lua flags=allow-oom\n';

function script(body: string, options: { readonly allowOom?: boolean } = {}): Script {
  const plain = textOf(body);
  return { plain, flagged: options.allowOom === true ? textOf(`${ALLOW_OOM}${body}`) : plain };
}

function textOf(source: string): ScriptText {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/**
 * What every script begins with: `part` has the fields of the hash (false where one is missing), `fence()` says why the caller may not go
 * on, `state()` is the partition as a claim shows it. Numbers are written by `int`, because Lua writes 1e+15.
 */
const PRELUDE = `
local function int(x) return string.format('%.0f', x) end
local names = {'v', 'epoch', 'owner', 'gen', 'n', 'cursor', 'jbase', 'jn', 'save_id', 'life'}
local values = redis.call('HMGET', KEYS[1], unpack(names))
local part = {}
for i, name in ipairs(names) do part[name] = values[i] end
local time = redis.call('TIME')
local now = int(time[1] * 1000 + math.floor(time[2] / 1000))
local function newer()
  if part.epoch and (tonumber(part.v or '1') or math.huge) > ${FORMAT_VERSION} then return {'newer', part.v} end
end
local function fence()
  if not part.epoch then return {'gone'} end
  if newer() then return newer() end
  if tonumber(part.epoch) < tonumber(ARGV[1]) then return {'behind', part.epoch} end
  if part.epoch ~= ARGV[1] or part.owner ~= ARGV[2] then return {'fenced', part.epoch, part.owner or ''} end
end
local function state()
  return {'ok', part.epoch, part.gen, part.n, part.cursor, part.jbase, int(part.jbase + part.jn), part.save_id or '', part.life or ''}
end
local function put(key, items, skip)
  for first = skip + 1, #items, 1000 do
    redis.call('RPUSH', key, unpack(items, first, math.min(first + 999, #items)))
  end
end
`;

/**
 * Tries every command that the other scripts use on keys that hold nothing, so that a right that is missing shows at the start and not
 * in the middle of a commit. KEYS: two names in the slot of the partition. Answers with the command and what Redis said to it.
 */
export const PROBE = script(
  `
local trials = {
  {'TIME'}, {'UNLINK', KEYS[1]}, {'PERSIST', KEYS[1]}, {'LLEN', KEYS[1]}, {'EXISTS', KEYS[1]}, {'PEXPIRE', KEYS[1], 1},
  {'LRANGE', KEYS[1], 0, -1}, {'LTRIM', KEYS[1], 0, -1}, {'HMGET', KEYS[1], 'v'}, {'HDEL', KEYS[1], 'v'},
  {'HSET', KEYS[1], 'v', '1'}, {'UNLINK', KEYS[1]}, {'RPUSH', KEYS[1], '1'}, {'LPUSH', KEYS[1], '1'},
  {'PEXPIRE', KEYS[1], 60000}, {'RENAME', KEYS[1], KEYS[2]}, {'UNLINK', KEYS[2]},
}
for _, trial in ipairs(trials) do
  local reply = redis.pcall(unpack(trial))
  local text = type(reply) == 'table' and reply.err
  if text and (text:find('NOPERM') or text:find("can't run") or text:find("can't access")) then
    return {'right', trial[1], text}
  end
  if text then return reply end
end
return {'ok'}
`,
  { allowOom: true },
);

/** KEYS: the set of partitions of a cluster. ARGV: member. */
export const INDEX = script(`redis.call('SADD', KEYS[1], ARGV[1]) return {'ok'}`, { allowOom: true });

/** KEYS: hash. ARGV: the epoch that the caller has seen, 0 for none; owner; the life that begins where there is none. A late copy of a claim finds another epoch and does nothing. */
export const CLAIM = script(
  `${PRELUDE}
if newer() then return newer() end
local epoch = part.epoch or '0'
if epoch ~= ARGV[1] then return {'raced'} end
part.epoch = int(epoch + 1)
part.life = part.life or ARGV[3]
for _, name in ipairs({'gen', 'n', 'cursor', 'jbase', 'jn'}) do part[name] = part[name] or '0' end
redis.call('HSET', KEYS[1], 'v', '${FORMAT_VERSION}', 'epoch', part.epoch, 'life', part.life, 'owner', ARGV[2], 'gen', part.gen, 'n', part.n,
  'cursor', part.cursor, 'jbase', part.jbase, 'jn', part.jn, 'seen', now)
redis.call('PERSIST', KEYS[1])
return state()
`,
  { allowOom: true },
);

/** KEYS: hash, a list. ARGV: epoch, owner. The state, and behind it how long the list is: asked after it has been read. */
export const CHECK = script(`${PRELUDE}
local stop = fence()
if stop then return stop end
local reply = state()
reply[10] = int(redis.call('LLEN', KEYS[2]))
return reply
`);

/** KEYS: hash. ARGV: epoch, owner, generation, cursor. */
export const MOVE_CURSOR = script(
  `${PRELUDE}
local stop = fence()
if stop then return stop end
if part.gen ~= ARGV[3] then return {'stale', part.gen} end
if tonumber(ARGV[4]) > tonumber(part.n) then return {'gap', part.n} end
if tonumber(ARGV[4]) > tonumber(part.cursor) then
  part.cursor = ARGV[4]
  redis.call('HSET', KEYS[1], 'cursor', part.cursor, 'seen', now)
end
return state()
`,
  { allowOom: true },
);

/** KEYS: hash, journal. ARGV: epoch, owner, offset, packed records. */
export const APPEND = script(`${PRELUDE}
local stop = fence()
if stop then return stop end
local have = redis.call('LLEN', KEYS[2])
if have ~= tonumber(part.jn) then return {'journal', part.jn, int(have)} end
local skip = part.jbase + have - ARGV[3]
if skip < 0 then return {'gap', int(part.jbase + have)} end
put(KEYS[2], cmsgpack.unpack(ARGV[4]), skip)
part.jn = int(redis.call('LLEN', KEYS[2]))
redis.call('HSET', KEYS[1], 'jn', part.jn, 'seen', now)
return state()
`);

/** KEYS: hash, staging. ARGV: epoch, owner, save id, offset, time to live in ms, packed records. Nothing is staged for a save that is done. */
export const STAGE = script(`${PRELUDE}
local stop = fence()
if stop then return stop end
if part.save_id == ARGV[3] then return {'ok'} end
local skip = redis.call('LLEN', KEYS[2]) - ARGV[4]
if skip < 0 then return {'gap', int(skip + ARGV[4])} end
put(KEYS[2], cmsgpack.unpack(ARGV[6]), skip)
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('HSET', KEYS[1], 'seen', now)
return {'ok'}
`);

/**
 * KEYS: hash, journal, staging, committed generation, next generation. ARGV: epoch, owner, generation, save id, count, mode, end of the
 * journal. A save that is done is done for everybody who asks, also for an owner who was fenced since. With `append` the shorter of
 * the two lists is copied.
 */
export const COMMIT = script(
  `${PRELUDE}
if part.epoch and not newer() and part.save_id == ARGV[4] then return state() end
local stop = fence()
if stop then return stop end
if part.gen ~= ARGV[3] then return {'stale', part.gen} end
local count = tonumber(ARGV[5])
local staged = redis.call('LLEN', KEYS[3])
if staged ~= count then return {'staged', int(staged)} end
local have = redis.call('LLEN', KEYS[2])
if have ~= tonumber(part.jn) then return {'journal', part.jn, int(have)} end
local drop = ARGV[7] - part.jbase
if drop > have then return {'gap', int(part.jbase + have)} end
local left = 0
if ARGV[6] == 'append' then
  local stored = redis.call('LLEN', KEYS[4])
  if stored ~= tonumber(part.n) then return {'lost', part.n, int(stored)} end
  left = part.n - part.cursor
end
if left > count then
  redis.call('LTRIM', KEYS[4], part.cursor, -1)
  for first = 0, count - 1, 1000 do put(KEYS[4], redis.call('LRANGE', KEYS[3], first, first + 999), 0) end
  redis.call('UNLINK', KEYS[3], KEYS[5])
  redis.call('RENAME', KEYS[4], KEYS[5])
else
  for last = part.n - 1, part.n - left, -1000 do
    local items = redis.call('LRANGE', KEYS[4], math.max(last - 999, part.n - left), last)
    local turned = {}
    for i = #items, 1, -1 do turned[#turned + 1] = items[i] end
    redis.call('LPUSH', KEYS[3], unpack(turned))
  end
  redis.call('UNLINK', KEYS[5])
  if count + left > 0 then
    redis.call('PERSIST', KEYS[3])
    redis.call('RENAME', KEYS[3], KEYS[5])
  end
end
part.gen, part.n, part.cursor, part.save_id = int(part.gen + 1), int(left + count), '0', ARGV[4]
if drop > 0 then
  redis.call('LTRIM', KEYS[2], drop, -1)
  part.jbase, part.jn = int(part.jbase + drop), int(have - drop)
end
redis.call('HSET', KEYS[1], 'gen', part.gen, 'n', part.n, 'cursor', part.cursor, 'save_id', part.save_id,
  'jbase', part.jbase, 'jn', part.jn, 'seen', now)
redis.call('UNLINK', KEYS[4])
return state()
`,
  { allowOom: true },
);

/** KEYS: hash. A write on this connection, behind which WAITAOF and WAIT see what was written on another. */
export const TOUCH = script(
  `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'touched', '1') end
return {'ok'}
`,
  { allowOom: true },
);

/** KEYS: hash. ARGV: epoch, owner. */
export const KEEP_ALIVE = script(
  `${PRELUDE}
local stop = fence()
if stop then return stop end
redis.call('HSET', KEYS[1], 'seen', now)
return {'ok'}
`,
  { allowOom: true },
);

/**
 * KEYS: hash, journal, committed generation. ARGV: epoch, owner, generation, ms for which the epoch of an empty partition is remembered:
 * who is late finds that he is fenced, and a new owner names no item as one before was named.
 */
export const RELEASE = script(
  `${PRELUDE}
if not part.epoch then return {'removed'} end
if part.epoch == ARGV[1] and not part.owner then return {part.gen and 'ok' or 'removed'} end
local stop = fence()
if stop then return stop end
if part.n ~= part.cursor or part.jn ~= '0' or part.gen ~= ARGV[3] then
  redis.call('HDEL', KEYS[1], 'owner')
  return {'ok'}
end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'v', '${FORMAT_VERSION}', 'epoch', part.epoch, 'life', part.life or '')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {'removed'}
`,
  { allowOom: true },
);

/** KEYS: hash. */
export const VIEW = script(`${PRELUDE}
if newer() then return newer() end
if not part.gen then return {'gone'} end
local more = redis.call('HMGET', KEYS[1], 'adopter', 'seen')
return {'ok', part.epoch, part.owner, int(part.n - part.cursor), part.jn, int(now - (more[2] or now)), more[1]}
`);

/** KEYS: hash, a list. The state for who does not own the partition, and behind it how long the list is. */
export const INSPECT = script(`${PRELUDE}
if newer() then return newer() end
if not part.gen then return {'gone'} end
local reply = state()
reply[10] = int(redis.call('LLEN', KEYS[2]))
return reply
`);

/** KEYS: hash. ARGV: adopter; none takes it back. */
export const ASSIGN = script(
  `${PRELUDE}
if newer() then return newer() end
if not part.gen then return {'ok'} end
if ARGV[1] then redis.call('HSET', KEYS[1], 'adopter', ARGV[1]) else redis.call('HDEL', KEYS[1], 'adopter') end
return {'ok'}
`,
  { allowOom: true },
);
