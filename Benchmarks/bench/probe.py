"""probe.py HOST PORT PATH SECONDS INTERVAL_MS: one GET at a time on one connection; prints the times in µs as one JSON array.

A process of its own, ahead of the others on its core where that is allowed: what it reports should be the server's delay.
"""

import json
import os
import socket
import sys
import time


def main():
    host, port, path, seconds, interval = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), float(sys.argv[5]) / 1000
    try:
        os.nice(-10)
    except OSError:
        pass
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    connection = socket.create_connection((host, port), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter_ns()
        connection.sendall(request)
        # A small answer comes in one piece; what is not one would show as a rest in front of the next.
        answer = connection.recv(65536)
        times.append((time.perf_counter_ns() - start) // 1000)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"probe: {answer[:60]!r}")
        time.sleep(interval)
    print(json.dumps(times))


main()
