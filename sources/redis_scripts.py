"""What has to happen in Redis as one step, in Lua."""

from __future__ import annotations

import hashlib
from typing import Final

# What was lost can only be counted from Redis 7 on, whose scripts are the first to know a version.
_NEEDS_REDIS_7: Final = """
if not redis.REDIS_VERSION then return redis.error_reply('TOOOLD for this script') end
"""


class Script:
    """A Lua script and the name under which the server keeps it."""

    def __init__(self, text: str) -> None:
        self.text = _NEEDS_REDIS_7 + text
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


PUBLISH: Final = Script("""
-- KEYS: stream[, idempotency key]; ARGV: max length, digest, key's lifetime in ms, events...
-- Gives the digest that the key first came with and the ids of its events, one a line.
if KEYS[2] then
  local known = redis.call('GET', KEYS[2])
  if known then return known end
end
local answer = {ARGV[2]}
for i = 4, #ARGV do
  answer[#answer + 1] =
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'event', ARGV[i])
end
answer = table.concat(answer, '\\n')
if KEYS[2] then redis.call('SET', KEYS[2], answer, 'PX', ARGV[3]) end
return answer
""")

LOOK: Final = Script("""
-- KEYS: stream; ARGV: start, end, count
-- Gives length, first id, last generated id and number of entries ever added, as they are when the
-- range is read; nothing where there is no stream. Not MULTI: Redis out of memory refuses even to
-- read in it.
local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
if info.err then
  if info.err:find('no such key', 1, true) then return {} end
  return info
end
local told = {}
for i = 1, #info, 2 do told[info[i]] = info[i + 1] end
local first = told['first-entry'] and told['first-entry'][1] or ''
local entries = {}
if ARGV[3] ~= '0' then
  entries = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[2], 'COUNT', ARGV[3])
end
return {told['length'], first, told['last-generated-id'], told['entries-added'] or -1, entries}
""")

SET_ASIDE: Final = Script("""
-- KEYS: stream, stream of the rejected, newest id that was set aside
-- ARGV: max length, then original id, timestamp, reason, raw of each entry, in the order of ids
-- Gives how many were not set aside before.
-- Every process reads in the order of ids, so what is not beyond the newest id set aside was
-- looked at before, by this process or by another.
local function newer(a, b)
  local a_ms, a_seq = a:match('(%d+)-(%d+)')
  local b_ms, b_seq = b:match('(%d+)-(%d+)')
  -- Compared as text: Lua's numbers lose digits beyond 2^53.
  local x, y = a_ms, b_ms
  if x == y then x, y = a_seq, b_seq end
  if #x ~= #y then return #x > #y end
  return x > y
end
local upto = redis.call('GET', KEYS[3]) or '0-0'
local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
local last = '0-0'
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then last = info[i + 1] end
end
-- A stream made anew: what was set aside of the old one says nothing about it.
if newer(upto, last) then upto = '0-0' end
local added = 0
for i = 2, #ARGV, 4 do
  if newer(ARGV[i], upto) then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], '*', 'original_id', ARGV[i],
      'timestamp', ARGV[i + 1], 'reason', ARGV[i + 2], 'raw', ARGV[i + 3])
    upto = ARGV[i]
    added = added + 1
  end
end
if added > 0 then redis.call('SET', KEYS[3], upto) end
return added
""")

BRIDGE: Final = Script("""
-- KEYS: lease, stream, stream of the rejected
-- ARGV: token, max length, max length of the rejected, number of events, events...,
--       then timestamp, reason, raw of each invalid message
-- Gives 0 and does nothing where the lease is no longer ours: its new holder has the messages.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local first_invalid = 5 + tonumber(ARGV[4])
for i = 5, first_invalid - 1 do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'event', ARGV[i])
end
for i = first_invalid, #ARGV, 3 do
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*', 'original_id', '',
    'timestamp', ARGV[i], 'reason', ARGV[i + 1], 'raw', ARGV[i + 2])
end
return 1
""")

TAKE: Final = Script("""
-- KEYS: lease; ARGV: token, lifetime in ms
-- Gives the token that holds the lease now.
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])
""")

RENEW: Final = Script("""
-- KEYS: lease, time until which the channel had a holder; ARGV: token, lifetime in ms
-- Gives the server's time in ms and that of the last renewal before this one; nothing where the
-- lease is no longer ours.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {} end
local time = redis.call('TIME')
local now = time[1] .. string.format('%03d', math.floor(tonumber(time[2]) / 1000))
local before = redis.call('GET', KEYS[2]) or now
-- First, for once a script has written, Redis out of memory lets it go on.
redis.call('SET', KEYS[2], now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {now, before}
""")

RELEASE: Final = Script("""
-- KEYS: lease; ARGV: token
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
""")
