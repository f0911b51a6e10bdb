/**
 * The scripts of a store in a Redis Cluster: each touches the keys of one slot. Each begins with a fence: the server's run id has to be one
 * of those with which the contents began. A server that was started again, or has taken the place of one that failed, may lack what the
 * others have; its first script says so, and nothing of it is believed. INFO in a script takes about 10 µs.
 */
import { luaArguments, luaControl, luaIndex, luaListed, luaOffsets } from './lua.js';
import { Script } from './script.js';

/** ARGV 1: run ids. Replies {'strange'}: nothing was done. */
const fence = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if not string.find(take(), run, 1, true) then return {'strange'} end
`;

/** KEYS 1: meta. ARGV 2: contents. Replies {'other'} where the store holds others, or none. */
const control = `
local meta, intent = KEYS[1], KEYS[2]
if redis.call('HGET', meta, 'contents') ~= take() then return {'other'} end
local function seqNow() return redis.call('HGET', meta, 'seq') or '0' end
local function textNow() return redis.call('HGET', intent, 'text') or '' end
`;

/** KEYS 1 meta, 2 intent. ARGV run ids, contents. Replies {'read', seq, text of the intent or ''}. */
export const lookScript = new Script(luaArguments, fence, control, `return {'read', seqNow(), textNow()}`);

/**
 * KEYS also 3 progress, then hashes of marks. ARGV also the name of an account, encoded, or ''. Replies also progress, then each one's marks:
 * with an account of the last hash only those listed under it.
 */
export const viewScript = new Script(
  luaArguments,
  fence,
  control,
  luaListed,
  `
local found = {'read', seqNow(), textNow()}
local account, last = take(), #KEYS
if account ~= '' then last = last - 1 end
for n = 3, last do table.insert(found, redis.call('HGETALL', KEYS[n])) end
if account ~= '' then table.insert(found, marksListed(KEYS[#KEYS], account)) end
return found
`,
);

/** KEYS also 3 pending. ARGV also 'oldest' or 'newest', how many. Replies also what is pending, in that order. */
export const pendingNamesScript = new Script(
  luaArguments,
  fence,
  control,
  `
local order, count = take(), take()
local command = 'ZRANGE'
if order == 'newest' then command = 'ZREVRANGE' end
return {'read', seqNow(), textNow(), redis.call(command, KEYS[3], 0, count - 1)}
`,
);

/** KEYS also 3 pending. Replies {'read', how many}. */
export const pendingCountScript = new Script(
  luaArguments,
  fence,
  control,
  `return {'read', redis.call('ZCARD', KEYS[3])}`,
);

/** KEYS also 3 tenants. Replies {'read', tenant, …}. */
export const tenantNamesScript = new Script(
  luaArguments,
  fence,
  control,
  `
local found = redis.call('SMEMBERS', KEYS[3])
table.insert(found, 1, 'read')
return found
`,
);

/** KEYS also 3 index. Replies {'read', index, revision}, each nil where marks are for none that has a name. */
export const indexMarkScript = new Script(
  luaArguments,
  fence,
  control,
  `
local held = redis.call('HMGET', KEYS[3], 'index', 'revision')
return {'read', held[1], held[2]}
`,
);

/** KEYS also 3 index. ARGV also index or '', revision of it. */
export const nameIndexScript = new Script(
  luaArguments,
  fence,
  control,
  `
local index, revision = take(), take()
redis.call('DEL', KEYS[3])
if index ~= '' then redis.call('HSET', KEYS[3], 'index', index, 'revision', revision) end
return {'read'}
`,
);

/** KEYS also 3 pending, 4 revisions, 5 index, then pending of tenants. ARGV also index or '', revision of it, count of (key index, tenant, entity, revision). */
export const clearScript = new Script(
  luaArguments,
  fence,
  control,
  luaOffsets,
  luaIndex,
  `
if not isFor(KEYS[5], take(), take()) then return {'read'} end
times(function()
  local ofTenant, tenant, entity, revision = KEYS[tonumber(take())], take(), take(), take()
  local name = tenant .. ':' .. entity
  if redis.call('HGET', KEYS[4], name) == revision then
    redis.call('ZREM', KEYS[3], name)
    redis.call('ZREM', ofTenant, entity)
    redis.call('HDEL', KEYS[4], name)
  end
end)
return {'read'}
`,
);

/** KEYS 1 meta, 2 intent, 3 progress, 4 counts, 5 blocked, 6 pending, 7 revisions, 8 tenants, then those that key indexes are of. */
const finishing = `
local progress, counts, blocked, pending, revisions, tenants = KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local function keyAt(index) return KEYS[tonumber(index)] end
${luaControl}
local function finish(seq, token)
  local channel, origin, moves = take(), take(), take()
  control(keyAt)
  redis.call('HSET', meta, 'seq', seq, 'last', token)
  redis.call('DEL', intent)
  redis.call('PUBLISH', channel, cjson.encode({ARGV[2], origin, moves}))
end
`;

/**
 * ARGV run ids, contents, seq before, seq, token, count of (partition, through) that must hold, text of the intent: empty for one without
 * parts, and then what \`finish\` reads. Replies {'committed' | 'finished' | 'moved' | 'conflict'}.
 */
export const commitScript = new Script(
  luaArguments,
  fence,
  control,
  luaOffsets,
  finishing,
  `
local after, seq, token, isOvertaken = take(), take(), take(), false
if redis.call('HGET', intent, 'token') == token then return {'committed'} end
if redis.call('HGET', meta, 'last') == token then return {'finished'} end
if redis.call('EXISTS', intent) == 1 or seqNow() ~= after then return {'moved'} end
times(function()
  local partition, through = take(), take()
  if (redis.call('HGET', progress, partition) or '-1') ~= through then isOvertaken = true end
end)
if isOvertaken then return {'conflict'} end
local text = take()
if text == '' then
  finish(seq, token)
  return {'finished'}
end
redis.call('HSET', intent, 'seq', seq, 'token', token, 'text', text)
return {'committed'}
`,
);

/** ARGV run ids, contents, seq, token, what \`finish\` reads. */
export const finishScript = new Script(
  luaArguments,
  fence,
  control,
  luaOffsets,
  finishing,
  `
local seq, token = take(), take()
if redis.call('HGET', intent, 'seq') == seq then finish(seq, token) end
return {'read'}
`,
);

/** KEYS 1 stamp, then those that key indexes are of. ARGV run ids, seq, count of (key index, field, isKept, value). */
export const applyScript = new Script(
  luaArguments,
  fence,
  `
local seq = take()
if tonumber(redis.call('HGET', KEYS[1], 's') or '0') >= tonumber(seq) then return {'read'} end
times(function()
  local key, field, isKept, value = KEYS[tonumber(take())], take(), take(), take()
  if isKept == '1' then redis.call('HSET', key, field, value) else redis.call('HDEL', key, field) end
end)
redis.call('HSET', KEYS[1], 's', seq)
return {'read'}
`,
);

/**
 * KEYS as above. ARGV run ids, bytes of single values or '', count of (key index, 'all' | 'names' | 'value' | '1' or '2' lines, field).
 * Replies {'read', seq, value or nil or list, …}: those beyond the bytes are left out, but for the first.
 */
export const readScript = new Script(
  luaArguments,
  fence,
  `
local found = {'read', redis.call('HGET', KEYS[1], 's') or '0'}
local bytesMax, bytes, isFull = tonumber(take()), 0, false
times(function()
  local key, what, field = KEYS[tonumber(take())], take(), take()
  if isFull then return end
  if what == 'all' then return table.insert(found, redis.call('HGETALL', key)) end
  if what == 'names' then return table.insert(found, redis.call('HKEYS', key)) end
  local value = redis.call('HGET', key, field)
  if value and what == '1' then value = string.match(value, '^[^\\n]*') end
  if value and what == '2' then value = string.match(value, '^[^\\n]*\\n[^\\n]*') or value end
  if value then bytes = bytes + #value end
  isFull = bytesMax and bytes > bytesMax and #found > 2
  if isFull then return end
  table.insert(found, value)
end)
return found
`,
);
