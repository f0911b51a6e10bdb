/** The script that programs of this kind usually have: an entity is written unless it is there from a later offset. */

/** KEYS 1: a hash per entity. ARGV offset, value, timestamp. */
export const conditionalUpsert = `
local held = redis.call('HGET', KEYS[1], 'offset')
if held and tonumber(held) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'offset', ARGV[1], 'value', ARGV[2], 'ts', ARGV[3])
return 1
`;
