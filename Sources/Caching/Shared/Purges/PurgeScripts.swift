import Redis

/// The purge messages that Redis keeps: a sorted set of them, by the server's time in milliseconds when they came.
enum PurgeScripts {
  /// Keeps messages, forgets those that are over or from a future, and lets the set live as long as the newest of them.
  ///
  /// The reply is 0; or, when there are too many, a moment, the newest of those to go: a message that everything is purged up to it
  /// has to take their place, kept with the moment as the floor.
  ///
  /// Key: the set. Arguments: milliseconds that a message is kept, most messages, floor, messages…
  static let keep = RedisScript(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local floor = math.max(now - tonumber(ARGV[1]), tonumber(ARGV[3]))
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', floor))
    redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('%.0f', now + 60000), '+inf')
    for i = 4, #ARGV do redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[i]) end
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    local most = tonumber(ARGV[2])
    local count = redis.call('ZCARD', KEYS[1])
    if count <= most then return 0 end
    local rank = count - math.floor(most * 0.9) - 1
    local last = redis.call('ZRANGE', KEYS[1], rank, rank, 'WITHSCORES')
    return math.floor(tonumber(last[2]))
    """)

  /// All that are kept, the newest first, without those that can be none.
  ///
  /// Key: the set. Arguments: most messages, most bytes of one.
  static let read = RedisScript(
    """
    local messages = {}
    for _, message in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1)) do
      if #message <= tonumber(ARGV[2]) then messages[#messages + 1] = message end
    end
    return messages
    """)
}
