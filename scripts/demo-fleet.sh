#!/bin/bash
# demo-fleet.sh BINARY [--check]: four replicas on one redis-server, behind nginx, in front of the four fake services, watched by Prometheus;
# all on loopback.
# Prints what to try, and stops what it started on Ctrl-C. --check tries it all by itself and ends with 0, or with 1 and what was wrong.
# FLEET_PORT moves the ports: the balancer on it (default 8080), replicas behind it, their admin listeners 10 on, Redis 20 on, fakes 30 on,
# Prometheus 50 on.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin   # nginx

binary=$(realpath "${1:?usage: demo-fleet.sh BINARY [--check]}")
check=${2:-}
base=${FLEET_PORT:-8080}
redis=$((base + 20))
# Pages of one replica go on in another.
cursors=$(head -c 24 /dev/urandom | base64)
fakes=$((base + 30))
prometheus=$((base + 50))
url=http://127.0.0.1:$base
page=$url/api/dashboard/consolidated
run=$(mktemp -d)
chmod 755 "$run"   # nginx's worker runs as another user
declare -A pids

await_end() { # await_end PID
  while kill -0 "$1" 2>/dev/null; do sleep 0.05; done
}

stop() {
  trap - EXIT INT TERM
  # Each by its own id; a frozen Redis has to be woken to hear it.
  kill -CONT "${pids[redis]:-}" 2>/dev/null || true
  kill "${pids[@]}" 2>/dev/null || true
  local pid
  for pid in "${pids[@]}"; do await_end "$pid"; done
  rm -rf "$run"
}
trap stop EXIT
trap 'echo; echo "fleet: stopping"; exit 0' INT TERM

start() { # start NAME COMMAND…
  local name=$1
  shift
  # What a script starts in the background hears no Ctrl-C: `stop` tells it.
  "$@" >"$run/$name.log" 2>&1 </dev/null &
  pids[$name]=$!
  # No job of this shell's: it would report on the screen who is killed.
  disown $!
}

answers() { curl -fsS -o /dev/null --max-time 2 "$1" 2>/dev/null; }

wait_for() { # wait_for NAME URL
  for _ in {1..150}; do
    answers "$2" && return
    kill -0 "${pids[$1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "fleet: $1 does not answer at $2:" >&2
  tail -5 "$run/$1.log" >&2
  exit 1
}

start_redis() {
  start redis redis-server --bind 127.0.0.1 --port $redis --save '' --appendonly no --dir "$run"
  for _ in {1..50}; do
    redis-cli -p $redis ping >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "fleet: redis-server does not answer on port $redis" >&2
  tail -5 "$run/redis.log" >&2
  exit 1
}

start_replica() { # start_replica NUMBER
  start "replica$1" env \
    MICROSERVICE1_URL=http://127.0.0.1:$((fakes + 1)) MICROSERVICE2_URL=http://127.0.0.1:$((fakes + 2)) \
    MICROSERVICE3_URL=http://127.0.0.1:$((fakes + 3)) MICROSERVICE4_URL=http://127.0.0.1:$((fakes + 4)) \
    TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL='Authorization: Bearer admin-token' \
    TRIBUTARY_UPSTREAMS_ACCOUNTS_CREDENTIAL='x-user-id: 1; x-user-role: ADMIN' \
    REDIS_URL=redis://127.0.0.1:$redis TRIBUTARY_SERVER_CURSOR_SECRET="$cursors" TRIBUTARY_ADMIN_PORT=$((base + 10 + $1)) TRIBUTARY_SERVER_DRAIN=1s \
    "$binary" serve --host 127.0.0.1 --port $((base + $1)) --loops 1
  wait_for "replica$1" "http://127.0.0.1:$((base + $1))/livez"
}

start_balancer() {
  cat >"$run/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $run/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $run/a; proxy_temp_path $run/b; fastcgi_temp_path $run/c; uwsgi_temp_path $run/d; scgi_temp_path $run/e;
  upstream fleet {
    server 127.0.0.1:$((base + 1)) max_fails=1 fail_timeout=1s; server 127.0.0.1:$((base + 2)) max_fails=1 fail_timeout=1s;
    server 127.0.0.1:$((base + 3)) max_fails=1 fail_timeout=1s; server 127.0.0.1:$((base + 4)) max_fails=1 fail_timeout=1s;
    keepalive 64;
  }
  server {
    listen 127.0.0.1:$base;
    location / {
      proxy_pass http://fleet; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_next_upstream error timeout; proxy_buffers 16 8k;
      add_header X-Replica \$upstream_addr always;
    }
  }
}
CONF
  start nginx nginx -e stderr -c "$run/nginx.conf" -p "$run"
  wait_for nginx "$url/livez"
}

start_prometheus() {
  cat >"$run/prometheus.yml" <<CONF
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 5s}
rule_files: ["$(realpath "$(dirname "$0")/../deploy/prometheus/alerts.yml")"]
scrape_configs:
  - job_name: tributary
    static_configs:
      - targets: ["127.0.0.1:$((base + 11))", "127.0.0.1:$((base + 12))", "127.0.0.1:$((base + 13))", "127.0.0.1:$((base + 14))"]
CONF
  start prometheus prometheus --config.file="$run/prometheus.yml" --storage.tsdb.path="$run/prometheus" \
    --web.listen-address="127.0.0.1:$prometheus" --log.level=warn
  wait_for prometheus "http://127.0.0.1:$prometheus/-/ready"
}

# The value of a query, without its fraction; 0 where there is none.
measured() {
  curl -fsS --data-urlencode "query=$1" "http://127.0.0.1:$prometheus/api/v1/query" 2>/dev/null |
    sed -n 's/.*"value":\[[0-9.]*,"\([0-9]*\)[0-9.]*"\].*/\1/p' | grep . || echo 0
}

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

for port in $base $((base + 1)) $((base + 2)) $((base + 3)) $((base + 4)) $((base + 11)) $((base + 14)) $redis $((fakes + 1)) $prometheus; do
  if taken $port; then
    echo "fleet: port $port is taken: make demo-fleet FLEET_PORT=9080" >&2
    exit 1
  fi
done

echo "fleet: starting Redis, four services, four replicas, nginx, Prometheus"
start_redis
start fakes "$binary" upstreams --upstream-port-base $fakes
wait_for fakes "http://127.0.0.1:$((fakes + 14))/_stats"
for number in 1 2 3 4; do start_replica $number; done
start_balancer
start_prometheus

# How often the four services have been asked for sections, since the last reset.
calls() {
  local sum=0 port
  for port in $((fakes + 11)) $((fakes + 12)) $((fakes + 13)) $((fakes + 14)); do
    sum=$((sum + $(curl -fsS "http://127.0.0.1:$port/_stats" | sed 's/.*"total":\([0-9]*\),"health":\([0-9]*\).*/\1 - \2/')))
  done
  echo $sum
}

states() { curl -fsS -o /dev/null -D - "$page" | tr -d '\r' | sed -n 's/^[Cc]ache-[Ss]tatus: //p'; }

views() { # views COUNT: how many of so many answers are not 200
  local failed=0 status
  for ((n = 0; n < $1; n++)); do
    status=$(curl -sS -o /dev/null -w '%{http_code}' --max-time 11 "$page" 2>/dev/null) || true
    [[ $status == 200 ]] || failed=$((failed + 1))
  done
  echo $failed
}

until_measured() { # until_measured QUERY WANTED: its value when it is that, or after ten seconds
  local value
  for _ in {1..100}; do
    value=$(measured "$1")
    [[ $value == "$2" ]] && break
    sleep 0.1
  done
  echo "$value"
}

failures=0
expect() { # expect WHAT FOUND WANTED
  if [[ $2 == "$3" ]]; then
    echo "fleet: ok: $1"
  else
    echo "fleet: WRONG: $1: $2, wanted $3" >&2
    failures=$((failures + 1))
  fi
}

until_it_says() { # until_it_says WORD: whether an answer's Cache-Status has it within five seconds
  for _ in {1..50}; do
    [[ $(states) == *"$1"* ]] && return
    sleep 0.1
  done
  return 1
}

check() {
  # The first view asks the services; whoever else is asked finds the sections in Redis, and then in its own memory.
  expect "40 views over four replicas succeed" "$(views 40)" 0
  expect "they cost four calls" "$(calls)" 4
  until_it_says 'detail=memory' && said=hit || said=none
  expect "a replica that has it says so" $said hit

  expect "Prometheus finds four replicas up" "$(until_measured 'sum(up{job="tributary"})' 4)" 4
  local before wanted
  before=$(until_measured 'sum(tributary_upstream_attempts_total)' 4)
  expect "it has counted the four calls" "$before" 4
  before=$(measured 'sum(tributary_requests_total{route="/api/dashboard/consolidated"})')
  wanted=$((before + 30))
  views 30 >/dev/null
  expect "30 more views move its counter by 30" \
    "$(until_measured 'sum(tributary_requests_total{route="/api/dashboard/consolidated"})' $wanted)" $wanted
  expect "every replica has answered some" "$(until_measured 'count(sum by (instance) (tributary_requests_total) > 0)' 4)" 4

  local tag
  tag=$(curl -fsS -o /dev/null -D - "$page" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p')
  expect "who has the document is told 304" "$(curl -sS -o /dev/null -w '%{http_code}' -H "If-None-Match: $tag" "$page")" 304

  "$binary" purge --all --hard --url "http://127.0.0.1:$((base + 11))" >/dev/null
  sleep 1
  expect "20 views after a hard purge at one replica succeed" "$(views 20)" 0
  expect "all replicas have forgotten, and four calls fill them again" "$(calls)" 8

  kill -9 "${pids[redis]}"
  await_end "${pids[redis]}"
  expect "40 views without Redis succeed" "$(views 40)" 0
  start_redis
  "$binary" purge --all --hard --url "http://127.0.0.1:$((base + 12))" >/dev/null || true
  sleep 1
  expect "20 views after its return succeed" "$(views 20)" 0
  # Used again within five seconds; what was fetched before is not stored afterwards, so it is fetched anew each time.
  local keys=0
  for _ in {1..5}; do
    keys=$(redis-cli -p $redis --scan | grep -c . || true)
    ((keys < 4)) || break
    sleep 1
    "$binary" purge --all --hard --url "http://127.0.0.1:$((base + 12))" >/dev/null || true
    views 20 >/dev/null
  done
  expect "Redis has sections again" "$((keys >= 4))" 1

  kill -9 "${pids[replica2]}"
  await_end "${pids[replica2]}"
  unset 'pids[replica2]'
  expect "Prometheus sees it go" "$(until_measured 'count(up{job="tributary"} == 0)' 1)" 1
  expect "40 views without one replica succeed" "$(views 40)" 0
  ((failures == 0))
}

if [[ $check == --check ]]; then
  check
  exit
fi

cat <<TEXT

Four replicas at $url, one Redis. Try:

  curl -si $page | head -20              # a document; X-Replica says who answered
  curl -s  $url/api/dashboard/summary | head -c 600
  watch -n 0.5 "curl -s -o /dev/null -D - $page | grep -iE '^(cache-status|cache-control|age|x-replica)'"
                                         # fwd=miss once, detail=redis once a replica, then detail=memory, ttl counting down

  # how often the services were asked: 4 a ttl (30 s), however often you look
  for p in $((fakes + 11)) $((fakes + 12)) $((fakes + 13)) $((fakes + 14)); do curl -s http://127.0.0.1:\$p/_stats | grep -o '"total":[0-9]*'; done

  # the document that you have: 304, and no body
  tag=\$(curl -s -o /dev/null -D - $page | tr -d '\\r' | sed -n 's/^[Ee][Tt]ag: //p'); curl -si -H "If-None-Match: \$tag" $page | head -1

  $binary purge users --url http://127.0.0.1:$((base + 11))           # told to one, heard by all
  $binary purge --all --hard --url http://127.0.0.1:$((base + 14))

  curl -X PUT --data status:503 http://127.0.0.1:$((fakes + 13))/_fault    # break the metrics service: stale data is given after the ttl
  curl -X PUT --data none       http://127.0.0.1:$((fakes + 13))/_fault    # heal it

  kill -STOP ${pids[redis]}; sleep 10; kill -CONT ${pids[redis]}       # Redis freezes: nobody notices
  kill -9 ${pids[redis]}                          # Redis dies: each replica goes on with its own memory
                                         # Enter, here, starts again whatever has died: Redis is used again within seconds
  redis-cli -p $redis --scan              # what lies there: digests, no names of users

  kill -9 ${pids[replica2]}                          # a replica dies: nginx goes on with three

  open http://127.0.0.1:$prometheus/graph?g0.expr=sum%20by%20(outcome)%20(rate(tributary_requests_total%5B1m%5D))   # Prometheus; /alerts: what would ring

Logs: $run/*.log     Enter starts again what has died. Ctrl-C stops everything.
TEXT

died() { ! kill -0 "${pids[$1]}" 2>/dev/null; }

revive() {
  local number
  if died redis; then start_redis && echo "fleet: Redis is back: process ${pids[redis]}"; fi
  for number in 1 2 3 4; do
    if died "replica$number"; then start_replica $number && echo "fleet: replica $number is back: process ${pids[replica$number]}"; fi
  done
}

while read -r; do revive; done
# No terminal: until somebody ends it.
wait "${pids[nginx]}"
