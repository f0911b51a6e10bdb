/** Pieces of Lua that scripts are made of: each is the body of functions that others call, and touches only the keys it is given. */

/** Reads ARGV from where it is, one or `n` at a time. */
export const luaArguments = `
local at = 0
local function take() at = at + 1 return ARGV[at] end
local function times(each)
  for _ = 1, tonumber(take()) do each() end
end
`;

/** The same, where everything but the first is one text with a separator behind each. */
export const luaPackedArguments = `
local packed, from, isFirst = ARGV[2], 1, true
local find, sub = string.find, string.sub
local function take()
  if isFirst then
    isFirst = false
    return ARGV[1]
  end
  local to = find(packed, '\\31', from, true)
  local text = sub(packed, from, to - 1)
  from = to + 1
  return text
end
local function times(each)
  for _ = 1, tonumber(take()) do each() end
end
`;

/**
 * Offsets are decimal texts of any size: as Lua's numbers 9007199254740993 and 9007199254740992 are equal. Shorter is smaller; -1, of
 * what has not begun, is smaller than all.
 */
export const luaOffsets = `
local function less(a, b)
  if a == b or b == '-1' then return false end
  if a == '-1' then return true end
  if #a ~= #b then return #a < #b end
  return a < b
end
`;

/** `isFor(key, index, revision)`: marks are for this index and nobody has said that it is further; then it is remembered. '' is none. */
export const luaIndex = `
local function isFor(key, index, revision)
  local held = redis.call('HMGET', key, 'index', 'revision')
  if (held[1] or '') ~= index or less(revision, held[2] or '-1') then return false end
  if index ~= '' then redis.call('HSET', key, 'revision', revision) end
  return true
end
`;

/**
 * `fails(key, field, expected, revisionMax)`: the first line or lines of the value are others, or its revision is above that: somebody has
 * raised it since. '' expects no such field.
 */
export const luaChecks = `
local function fails(key, field, expected, revisionMax)
  local value = redis.call('HGET', key, field)
  if not value then return expected ~= '' end
  if expected == '' or string.sub(value, 1, #expected + 1) ~= expected .. '\\n' then return true end
  local first = string.find(value, '\\n', 1, true)
  local second = string.find(value, '\\n', first + 1, true)
  return second and less(revisionMax, string.sub(value, first + 1, second - 1))
end
`;

/**
 * What is replaced where it is: nearly all of what a write changes, and so as little as can be done for each. \`failing()\` reads all of it
 * and returns the changes that are of other entities than those there; \`replace()\` then writes it.
 * Of ARGV: the change of each, separated by blanks; count of (key index, field, beginning of the value that is there, value).
 */
export const luaReplacing = `
local replacedIn, replacedFields, replacedValues = {}, {}, {}
local function failing(keyAt)
  local changes, failed, call = take(), {}, redis.call
  for n = 1, tonumber(take()) do
    local key, field, beginning = keyAt(take()), take(), take()
    local held = call('HGET', key, field)
    if not held or find(held, beginning, 1, true) ~= 1 then table.insert(failed, n) end
    replacedIn[n], replacedFields[n], replacedValues[n] = key, field, take()
  end
  if #failed == 0 then return failed end
  local all, those = {}, {}
  for change in string.gmatch(changes, '%d+') do table.insert(all, change) end
  for _, n in ipairs(failed) do table.insert(those, all[n]) end
  return those
end
local function replace()
  local call = redis.call
  for n = 1, #replacedIn do call('HSET', replacedIn[n], replacedFields[n], replacedValues[n]) end
end
`;

/**
 * A slot's other changes. \`put(key, field, isKept, value)\`: isKept '1' sets, '0' removes.
 * Of ARGV: count of (key index, field, isKept, value); the key indexes, separated by blanks, of what is to be stamped with \`seq\`.
 */
export const luaSteps = `
local function steps(keyAt, seq)
  times(function()
    local key, field, isKept, value = keyAt(take()), take(), take(), take()
    if isKept == '1' then redis.call('HSET', key, field, value) else redis.call('HDEL', key, field) end
  end)
  for index in string.gmatch(take(), '%d+') do redis.call('HSET', keyAt(index), 's', seq) end
end
`;

/**
 * Changes in the slot of progress and marks. Of ARGV, each a count and so many of: (partition, through, applied, superseded, duplicate,
 * rejected), (key index of a tenant's marks, entities a line each), (decided position), (rejected position, key index of a tenant's marks, mark,
 * home of what it names or '', owner of that where there is no home), (key index of a tenant's marks, entity, owner it has moved to),
 * (key index of a tenant's pending, tenant, entity, revision).
 *
 * A mark is listed under the entity it names and under every account that it may concern: the one it names, the one that had the entity when
 * it was set, and each that has had it since. So neither a write nor a view of an account looks at the marks of all the others.
 */
export const luaControl = `
local function unblock(rejected)
  local listed = redis.call('HGET', blocked, rejected)
  if not listed then return end
  local marks
  for line in string.gmatch(listed, '[^\\n]+') do
    if marks then redis.call('SREM', marks .. ':a:' .. line, rejected) else marks = line end
  end
  local name = string.match(redis.call('HGET', marks, rejected) or '', '^[^\\n]*')
  if name ~= '' then redis.call('SREM', marks .. ':e:' .. name, rejected) end
  redis.call('HDEL', marks, rejected)
  redis.call('HDEL', blocked, rejected)
end

local function list(marks, account, rejected)
  if redis.call('SADD', marks .. ':a:' .. account, rejected) == 0 then return end
  redis.call('HSET', blocked, rejected, redis.call('HGET', blocked, rejected) .. '\\n' .. account)
end

local function block(rejected, marks, mark, owner)
  unblock(rejected)
  redis.call('HSET', marks, rejected, mark)
  redis.call('HSET', blocked, rejected, marks)
  local name, named = string.match(mark, '^([^\\n]*)\\n([^\\n]*)\\n')
  if name ~= '' then redis.call('SADD', marks .. ':e:' .. name, rejected) end
  list(marks, named, rejected)
  if owner and string.sub(owner, 1, 1) == '=' then list(marks, owner, rejected) end
end

local function control(keyAt)
  times(function()
    local partition, through = take(), take()
    local known = redis.call('HGET', progress, partition)
    if not known or less(known, through) then redis.call('HSET', progress, partition, through) end
    for _, outcome in ipairs({'applied', 'superseded', 'duplicate', 'rejected'}) do
      local count = take()
      if count ~= '0' then redis.call('HINCRBY', counts, partition .. ' ' .. outcome, count) end
    end
  end)
  local hasMarks = redis.call('EXISTS', blocked) == 1
  times(function()
    local marks, entities = keyAt(take()), take()
    if hasMarks then
      for entity in string.gmatch(entities, '[^\\n]+') do
        for _, rejected in ipairs(redis.call('SMEMBERS', marks .. ':e:' .. entity)) do unblock(rejected) end
      end
    end
  end)
  times(function() unblock(take()) end)
  times(function()
    local rejected, marks, mark, home, owner = take(), keyAt(take()), take(), take(), take()
    if home ~= '' then owner = redis.call('HGET', home, 'a') end
    block(rejected, marks, mark, owner)
    hasMarks = true
  end)
  times(function()
    local marks, entity, owner = keyAt(take()), take(), take()
    if hasMarks then
      for _, rejected in ipairs(redis.call('SMEMBERS', marks .. ':e:' .. entity)) do list(marks, owner, rejected) end
    end
  end)
  times(function()
    local ofTenant, tenant, entity, revision = keyAt(take()), take(), take(), take()
    local order = redis.call('HINCRBY', meta, 'order', 1)
    redis.call('ZADD', ofTenant, order, entity)
    redis.call('ZADD', pending, order, tenant .. ':' .. entity)
    redis.call('HSET', revisions, tenant .. ':' .. entity, revision)
    redis.call('SADD', tenants, tenant)
  end)
end
`;

/** The next seq: later than any before, and than any that a store which fell back has forgotten, as far as clocks go on. */
export const luaSeq = `
local function nextSeq()
  local time = redis.call('TIME')
  local now, last = time[1] * 1000000 + time[2], tonumber(redis.call('HGET', meta, 'seq') or '0')
  return string.format('%.0f', math.max(now, last + 1))
end
`;

/** `marksListed(key, account)`: position and mark, flat, of those that may concern the account. */
export const luaListed = `
local function marksListed(key, account)
  local marks = {}
  for _, rejected in ipairs(redis.call('SUNION', key .. ':a:*', key .. ':a:=' .. account, key .. ':e:account:' .. account)) do
    table.insert(marks, rejected)
    table.insert(marks, redis.call('HGET', key, rejected) or '')
  end
  return marks
end
`;

/**
 * What has changed of policies, of which a caller tells what it holds as one text: field, first lines, a separator behind each.
 * `changedSince(key, told, countMax, checksMax, bytesMax)` of all there are: {changed, gone}, or nil where that is more than one script should
 * look at or send. `changedOf(key, told, bytesMax)` of those told, as many as it sends: how many it looked at, changed, gone.
 */
export const luaPolicies = `
local function rowsOf(told) return string.gmatch(told, '([^\\31]+)\\31([^\\31]*)\\31') end

local function isSame(value, beginning)
  return beginning and beginning ~= '' and string.sub(value, 1, #beginning) == beginning
end

local function changedSince(key, told, countMax, checksMax, bytesMax)
  local count, held, heldCount = redis.call('HLEN', key), {}, 0
  for field, beginning in rowsOf(told) do
    held[field] = beginning
    heldCount = heldCount + 1
  end
  if count > checksMax or count - heldCount > countMax then return nil end
  local changed, gone, bytes = {}, {}, 0
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local value = redis.call('HGET', key, field)
    if not isSame(value, held[field]) then
      bytes = bytes + #value
      if bytes > bytesMax and #changed > 0 then return nil end
      table.insert(changed, field)
      table.insert(changed, value)
    end
    held[field] = nil
  end
  for field in pairs(held) do table.insert(gone, field) end
  return {changed, gone}
end

local function changedOf(key, told, bytesMax)
  local count, changed, gone, bytes = 0, {}, {}, 0
  for field, beginning in rowsOf(told) do
    local value = redis.call('HGET', key, field)
    if not value then
      table.insert(gone, field)
    elseif not isSame(value, beginning) then
      bytes = bytes + #value
      if bytes > bytesMax and #changed > 0 then break end
      table.insert(changed, field)
      table.insert(changed, value)
    end
    count = count + 1
  end
  return tostring(count), changed, gone
end
`;
