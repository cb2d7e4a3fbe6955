-- What wrk found, as one line of JSON. BENCH_METHOD and BENCH_BODY make other requests than a plain GET, BENCH_IF_NONE_MATCH a conditional
-- one; with BENCH_PRINCIPALS so many users ask in turns; BENCH_TOKEN is what they bear; with BENCH_DISTINCT no two requests are the same;
-- with BENCH_PAUSE each connection waits so many milliseconds before its next request.
local method, body = os.getenv("BENCH_METHOD"), os.getenv("BENCH_BODY")
if method then wrk.method = method end
if body then
  wrk.body = body
  wrk.headers["Content-Type"] = "application/json"
end

local tag, principals = os.getenv("BENCH_IF_NONE_MATCH"), tonumber(os.getenv("BENCH_PRINCIPALS"))
local token = os.getenv("BENCH_TOKEN")
if tag then wrk.headers["If-None-Match"] = tag end
if token then wrk.headers["Authorization"] = "Bearer " .. token end
if os.getenv("BENCH_DISTINCT") then
  -- Put together once but for the number: to make each anew costs the client more than the answer costs the server.
  local number, before, after = 0
  function init()
    wrk.headers["X-Number"] = "@"
    before, after = string.match(wrk.format(), "^(.*X%-Number: )@(.*)$")
  end
  function request()
    number = number + 1
    return before .. number .. after
  end
end
local pause = tonumber(os.getenv("BENCH_PAUSE"))
if pause then
  function delay() return pause end
end
if principals then
  local requests, last = {}, 0
  function init()
    for number = 1, principals do
      wrk.headers["Authorization"] = "Bearer user-" .. number .. "-token"
      wrk.headers["x-user-id"] = tostring(number)
      requests[number] = wrk.format()
    end
  end
  function request()
    last = last % principals + 1
    return requests[last]
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"bytes":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,"errors":%d,"not_2xx":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50), latency:percentile(99), latency.max,
    e.connect + e.read + e.write + e.timeout, e.status))
end
