import Redis

/// The steps in Redis that must not be torn apart. Each costs one round trip.
///
/// Time is the server's: replicas whose clocks differ would take each other's TATs for debts. In microseconds since 2020, so that a
/// double holds eighths of them exactly until 2055. A server whose clock is behind that of the one before it (a failover) finds TATs too
/// far ahead, and cuts them to the room.
enum RateLimitScripts {
  /// Counts a request with each key, unless one of them refuses it: 1 or 0, then what each owes afterwards, in microseconds.
  ///
  /// What is no number of ours counts as nothing. A key expires a second after its debt is paid.
  ///
  /// Keys: one a policy. Arguments for each: interval and room, in microseconds.
  static let take = RedisScript(
    """
    local time = redis.call('TIME')
    local now = (time[1] - 1577836800) * 1000000 + time[2]
    local answer = {1}
    for i = 1, #KEYS do
      local interval, room = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
      local stored = redis.pcall('GET', KEYS[i])
      local debt = (type(stored) == 'string' and tonumber(stored) or now) - now
      if not (debt > 0) then debt = 0 end
      if debt > room then
        debt = room
        redis.call('SET', KEYS[i], string.format('%.3f', now + debt), 'PX', math.ceil(debt / 1000) + 1000)
      end
      if debt > room - interval then answer[1] = 0 end
      answer[i + 1] = debt
    end
    if answer[1] == 1 then
      for i = 1, #KEYS do
        local debt = answer[i + 1] + tonumber(ARGV[2 * i - 1])
        redis.call('SET', KEYS[i], string.format('%.3f', now + debt), 'PX', math.ceil(debt / 1000) + 1000)
        answer[i + 1] = debt
      end
    end
    return answer
    """)

  /// Says that a replica lives, and tells how many do.
  ///
  /// Key: a sorted set of names by the time that they were last heard of. Arguments: its name, and the milliseconds after which one
  /// that is not heard of is gone.
  static let beat = RedisScript(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('ZADD', KEYS[1], now, ARGV[1])
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return redis.call('ZCARD', KEYS[1])
    """)
}
