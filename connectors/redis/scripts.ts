/**
 * The scripts of a store on one server. Each begins with a guard: a reply `{'other', contents}` says that the store holds other contents
 * than the caller knows ('' where it holds none: its keys were removed), and that nothing was done; `{'evicted', count}` the same, because
 * the server has dropped keys since these contents began (INFO in a script takes about 5 µs).
 */
import {
  luaArguments,
  luaChecks,
  luaControl,
  luaIndex,
  luaListed,
  luaOffsets,
  luaPackedArguments,
  luaPolicies,
  luaReplacing,
  luaSeq,
  luaSteps,
} from './lua.js';
import { Script } from './script.js';

/** KEYS 1: meta. ARGV 1: contents. */
const guard = `
local meta = KEYS[1]
local contents = redis.call('HGET', meta, 'contents') or ''
if contents ~= take() then return {'other', contents} end
local evicted = string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)')
if tonumber(evicted) > tonumber(redis.call('HGET', meta, 'evicted') or '0') then return {'evicted', evicted} end
`;

/**
 * KEYS 1 meta, 2 old, 3 progress, 4 counts, 5 blocked, 6 pending, 7 revisions, 8 tenants, then those that key indexes are of.
 * ARGV contents, channel, writer, moves; count of (partition, through) that must hold; what is replaced; count of (key index, field, expected,
 * highest revision, change) that must hold besides; what \`steps\` and \`control\` read.
 * Replies {'written', seq} or {'conflict', change, …}: nothing was done, the changes are those whose entity is another.
 * A script that fails half-way is not undone. So the contents are given up with it, and everything is applied anew.
 */
export const writeScript = new Script(
  luaPackedArguments,
  guard,
  `
local progress, counts, blocked, pending, revisions, tenants = KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local function keyAt(index) return KEYS[tonumber(index)] end
`,
  luaOffsets,
  luaChecks,
  luaReplacing,
  luaSteps,
  luaControl,
  luaSeq,
  `
local channel, writer, moves = take(), take(), take()
local isOvertaken = false
times(function()
  local partition, through = take(), take()
  if (redis.call('HGET', progress, partition) or '-1') ~= through then isOvertaken = true end
end)
local conflicts = failing(keyAt)
table.insert(conflicts, 1, 'conflict')
times(function()
  local key, field, expected, revisionMax, change = keyAt(take()), take(), take(), take(), take()
  if fails(key, field, expected, revisionMax) and conflicts[#conflicts] ~= change then table.insert(conflicts, change) end
end)
if #conflicts > 1 or isOvertaken then return conflicts end

local seq = nextSeq()
redis.call('HSET', meta, 'seq', seq)
local ok, fault = pcall(function()
  replace()
  steps(keyAt, seq)
  control(keyAt)
end)
if not ok then
  redis.call('SADD', KEYS[2], contents)
  redis.call('HDEL', meta, 'contents')
  if type(fault) == 'table' then fault = fault.err end
  return redis.error_reply('TORN ' .. tostring(fault))
end
redis.call('PUBLISH', channel, cjson.encode({contents, writer, moves}))
return {'written', seq}
`,
);

/** Of a tenant and one of its accounts, or of a tenant alone. */
const readTenant = `
${luaListed}
${luaPolicies}
local function takeKnown()
  return {seq = take(), held = take(), countMax = tonumber(take()), checksMax = tonumber(take()), bytesMax = tonumber(take())}
end
local function owned(found, homes)
  local marks = {}
  for n = 1, #found, 2 do
    local name = string.match(found[n + 1], '^[^\\n]*')
    local owner = false
    if homes ~= '' and name ~= '' then owner = redis.call('HGET', homes .. name .. '}', 'a') end
    table.insert(marks, found[n])
    table.insert(marks, found[n + 1])
    table.insert(marks, owner or '')
  end
  return marks
end

local function tenantOf(first, known, knownAt, homes, account)
  local seq = redis.call('HGET', KEYS[first], 's') or '0'
  local policies = false
  if seq ~= known.seq then
    policies = changedSince(KEYS[first + 1], known.held, known.countMax, known.checksMax, known.bytesMax)
    if not policies then return nil end
  end
  local named
  if account then named = marksListed(KEYS[first + 2], account) else named = redis.call('HGETALL', KEYS[first + 2]) end
  local unnamed = redis.call('HGETALL', KEYS[first + 3])
  local at, progress = redis.call('HGET', meta, 'seq') or '', false
  if at == '' or at ~= knownAt then progress = redis.call('HGETALL', KEYS[first + 4]) end
  return {seq, policies, owned(named, homes), owned(unnamed, homes), progress, at}
end
`;

/**
 * KEYS 1 meta, 2 seq of the tenant, 3 present policies, 4 marks of the tenant, 5 marks of no known tenant, 6 progress.
 * ARGV contents, then of the policies: seq that is known, those held or '', how many that are not held, how many in all and how many bytes
 * are looked at and sent (\`luaPolicies\`); seq of the progress that is known.
 * Replies {'part'} where the policies are more than that, else {'read', {seq, {changed, gone} or nil where they are known, marks, marks, progress or nil where it is known, seq of the last write}}; marks
 * are position, mark, '' each.
 */
export const tenantScript = new Script(
  luaArguments,
  guard,
  readTenant,
  `
local known, knownAt = takeKnown(), take()
local tenant = tenantOf(2, known, knownAt, '')
if not tenant then return {'part'} end
return {'read', tenant}
`,
);

/**
 * KEYS as of \`tenantScript\`, then 7 entities, 8 seq of the account. ARGV as of \`tenantScript\`, then beginning of
 * the homes of the tenant (only on one server may a script make keys), seq of the account as it is known, the account's name encoded.
 * Replies {'read', as above but only marks that may concern the account, with the owner (\`ownerText\`, or '') of the marked entity, entities or nil where they are known, seq of
 * the account}.
 */
export const accountScript = new Script(
  luaArguments,
  guard,
  readTenant,
  `
local known, knownAt, homes, knownAccount, name = takeKnown(), take(), take(), take(), take()
local tenant = tenantOf(2, known, knownAt, homes, name)
if not tenant then return {'part'} end
local seq = redis.call('HGET', KEYS[8], 's') or '0'
local account = false
if seq ~= knownAccount then account = redis.call('HGETALL', KEYS[7]) end
return {'read', tenant, account, seq}
`,
);

/** KEYS 1 meta, 2 seq of the tenant, 3 present policies. ARGV contents. Replies {'read', seq, {field, …}}. */
export const policyNamesScript = new Script(
  luaArguments,
  guard,
  `return {'read', redis.call('HGET', KEYS[2], 's') or '0', redis.call('HKEYS', KEYS[3])}`,
);

/** KEYS 1 meta, 2 present policies. ARGV contents, bytes, policies as they are held. Replies {'read', how many were looked at, changed, gone}. */
export const policyPageScript = new Script(
  luaArguments,
  guard,
  luaPolicies,
  `
local bytesMax, told = tonumber(take()), take()
local count, changed, gone = changedOf(KEYS[2], told, bytesMax)
return {'read', count, changed, gone}
`,
);

/**
 * ARGV contents, count of ('at', key, other key, field) for what is in one of two hashes, or of ('home', home, beginning of the tenant's
 * accounts, field) for what is at its home or with the account it names.
 * Replies {'read', value or nil, …}.
 */
export const entitiesScript = new Script(
  luaArguments,
  guard,
  `
local values = {'read'}
times(function()
  local how, first, second, field = take(), take(), take(), take()
  local value
  if how == 'at' then
    value = redis.call('HGET', first, field) or redis.call('HGET', second, field)
  else
    local home = redis.call('HMGET', first, 'a', 'v')
    value = home[2]
    if not value and home[1] and string.sub(home[1], 1, 1) == '=' then
      value = redis.call('HGET', second .. string.sub(home[1], 2) .. '}:e', field)
    end
  end
  table.insert(values, value)
end)
return values
`,
);

/** KEYS 1 meta, 2 progress. ARGV contents. Replies {'read', progress}. */
export const throughScript = new Script(luaArguments, guard, `return {'read', redis.call('HGETALL', KEYS[2])}`);

/** KEYS 1 meta, 2 progress, 3 counts. ARGV contents. Replies {'read', progress, counts}. */
export const progressScript = new Script(
  luaArguments,
  guard,
  `return {'read', redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3])}`,
);

/** KEYS 1 meta, 2 pending of a tenant. ARGV contents. Replies {'read', {field, …}}, newest first. */
export const pendingScript = new Script(
  luaArguments,
  guard,
  `
return {'read', redis.call('ZREVRANGE', KEYS[2], 0, -1)}
`,
);

/** KEYS 1 meta, 2 pending. ARGV contents. Replies {'read', how many}. */
export const pendingCountScript = new Script(
  luaArguments,
  guard,
  `
return {'read', tostring(redis.call('ZCARD', KEYS[2]))}
`,
);

/** KEYS 1 meta, 2 pending. ARGV contents, how many. Replies {'read', tenant:kind:id, …}, oldest first. */
export const oldestPendingScript = new Script(
  luaArguments,
  guard,
  `
local found = redis.call('ZRANGE', KEYS[2], 0, take() - 1)
table.insert(found, 1, 'read')
return found
`,
);

/**
 * KEYS 1 meta, 2 pending, 3 revisions, 4 index, 5 … pending of tenants.
 * ARGV contents, index or '', revision of it, count of (key index, tenant, kind:id, revision).
 */
export const indexedScript = new Script(
  luaArguments,
  guard,
  luaOffsets,
  luaIndex,
  `
if not isFor(KEYS[4], take(), take()) then return {'read'} end
times(function()
  local ofTenant, tenant, entity, revision = KEYS[tonumber(take())], take(), take(), take()
  local name = tenant .. ':' .. entity
  if redis.call('HGET', KEYS[3], name) == revision then
    redis.call('ZREM', KEYS[2], name)
    redis.call('ZREM', ofTenant, entity)
    redis.call('HDEL', KEYS[3], name)
  end
end)
return {'read'}
`,
);

/**
 * Has policies pending, and nothing else: those of one page of a tenant that are not yet, or some, with their revision raised.
 * KEYS 1 meta, 2 pending, 3 revisions, 4 pending of the tenant, 5 its present policies, 6 its deleted ones, 7 the tenant's seq.
 * ARGV contents, tenant, 'page', key index of the policies, cursor (of HSCAN) and how many; or 'some' and a count of (field, revision to be
 * above). Replies {'read', next cursor or '0', field, …}.
 */
export const rependScript = new Script(
  luaArguments,
  guard,
  luaOffsets,
  luaSeq,
  `
local tenant, which, isRaised, found = take(), take(), false, {'read', '0'}
local function pend(key, field, value, above)
  local first = string.find(value, '\\n', 1, true)
  local second = string.find(value, '\\n', first + 1, true)
  local revision = string.sub(value, first + 1, second - 1)
  if above and not less(above, revision) then
    revision = string.format('%.0f', tonumber(above) + 1)
    redis.call('HSET', key, field, string.sub(value, 1, first) .. revision .. string.sub(value, second))
    isRaised = true
  end
  table.insert(found, field)
  if not above and redis.call('ZSCORE', KEYS[4], field) then return end
  local order = redis.call('HINCRBY', meta, 'order', 1)
  redis.call('ZADD', KEYS[4], order, field)
  redis.call('ZADD', KEYS[2], order, tenant .. ':' .. field)
  redis.call('HSET', KEYS[3], tenant .. ':' .. field, revision)
end

if which == 'page' then
  local key, cursor, size = KEYS[tonumber(take())], take(), take()
  local page = redis.call('HSCAN', key, cursor, 'COUNT', size)
  found[2] = page[1]
  for n = 1, #page[2], 2 do pend(key, page[2][n], page[2][n + 1]) end
else
  times(function()
    local field, above = take(), take()
    for index = 5, 6 do
      local value = redis.call('HGET', KEYS[index], field)
      if value then pend(KEYS[index], field, value, above) end
    end
  end)
end
if isRaised then
  local seq = nextSeq()
  redis.call('HSET', meta, 'seq', seq)
  redis.call('HSET', KEYS[7], 's', seq)
end
return found
`,
);

/** KEYS 1 meta, 2 index. ARGV contents. Replies {'read', index, revision}, each nil where marks are for none that has a name. */
export const indexMarkScript = new Script(
  luaArguments,
  guard,
  `
local held = redis.call('HMGET', KEYS[2], 'index', 'revision')
return {'read', held[1], held[2]}
`,
);

/** KEYS 1 meta, 2 index. ARGV contents, index or '', revision of it: marks are for this one from now on. */
export const nameIndexScript = new Script(
  luaArguments,
  guard,
  `
local index, revision = take(), take()
redis.call('DEL', KEYS[2])
if index ~= '' then redis.call('HSET', KEYS[2], 'index', index, 'revision', revision) end
return {'read'}
`,
);

/** KEYS 1 meta, 2 tenants. ARGV contents. Replies {'read', tenant, …}. */
export const tenantsScript = new Script(
  luaArguments,
  guard,
  `
local found = redis.call('SMEMBERS', KEYS[2])
table.insert(found, 1, 'read')
return found
`,
);

/**
 * Gives a store contents if it has none, or others than those given up.
 * KEYS 1 meta, 2 old. ARGV new contents, contents given up ('' for none), format, log, run id, evicted keys.
 * Replies {contents, format, log, run, evicted}, as they are from now on.
 */
export const beginScript = new Script(
  luaArguments,
  `
local meta, mine, givenUp, format, log, run, evicted = KEYS[1], take(), take(), take(), take(), take(), take()
local held = redis.call('HGET', meta, 'contents')
if not held or held == givenUp then
  if held then redis.call('SADD', KEYS[2], held) end
  redis.call('HSET', meta, 'contents', mine, 'format', format, 'log', log, 'run', run, 'evicted', evicted, 'order', 0)
end
return redis.call('HMGET', meta, 'contents', 'format', 'log', 'run', 'evicted')
`,
);

/** KEYS 1 meta. ARGV contents, run id, evicted keys: what later ones are compared with. */
export const runScript = new Script(
  luaArguments,
  guard,
  `
redis.call('HSET', meta, 'run', take(), 'evicted', take())
return {'read'}
`,
);
