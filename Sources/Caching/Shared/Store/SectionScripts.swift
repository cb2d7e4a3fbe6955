import Redis

/// The steps on a section that must not be torn apart. Each costs one round trip.
///
/// Lua has doubles for numbers: `%.0f` writes those of a token whole.
enum SectionScripts {
  /// Takes the lease, unless somebody has it: the token, or nothing.
  ///
  /// The token is the server's time in microseconds, or one more than the newest where its clock was set back: it grows also when
  /// the fence is gone, expired, evicted or flushed. A fence that no script can have written does not count.
  ///
  /// Keys: lease, fence. Arguments: milliseconds of the lease, of the fence.
  static let acquire = RedisScript(
    """
    local time = redis.call('TIME')
    local token = time[1] * 1000000 + time[2]
    local last = tonumber(redis.call('GET', KEYS[2]) or '')
    if last and last >= token and last < 9007199254740000 then token = last + 1 end
    local text = string.format('%.0f', token)
    if not redis.call('SET', KEYS[1], text, 'NX', 'PX', ARGV[1]) then return false end
    redis.call('SET', KEYS[2], text, 'PX', ARGV[2])
    return token
    """)

  /// Gives the lease back, if it still has this token. Key: lease. Argument: the token.
  static let release = RedisScript(
    """
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    return redis.call('DEL', KEYS[1])
    """)

  /// Stores a value, unless there is one with a newer token: 1 or 0. What is no value of ours has no token.
  ///
  /// Key: value. Arguments: its token, the value, how many milliseconds it lives.
  static let put = RedisScript(
    """
    local front = redis.pcall('GETRANGE', KEYS[1], 0, 15)
    local stored = type(front) == 'string' and string.find(front, '^%d+$') and tonumber(front) or 0
    if stored > tonumber(ARGV[1]) then return 0 end
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    return 1
    """)
}
