"""What the figures of the cache need beside the gateway: Varnish, a static file, Redis, a fleet behind nginx."""

import os
import signal
import socket
import time
import urllib.request

from load import IDENTITY
from processes import Cores, Nginx, Process, Server, free_port_run, free_ports

SERVICES = ("users", "accounts", "metrics", "dashboard")
# Every section of its own for everybody, and none that expires while it is measured.
PRINCIPAL = {f"TRIBUTARY_UPSTREAMS_{name}_FORWARD_HEADERS": "authorization,x-user-id" for name in ("METRICS", "DASHBOARD")}
LASTING = {"TRIBUTARY_CACHE_TTL": "10m"}
CREDENTIALS = {"TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL": "Authorization: Bearer admin-token",
               "TRIBUTARY_UPSTREAMS_ACCOUNTS_CREDENTIAL": "x-user-id: 1; x-user-role: ADMIN"}


def gateway(binary, folder, env, name="gateway", *options, loops=1):
    """With its cache, and an admin port of its own."""
    return Server(name, [binary, "serve", "--host", "127.0.0.1", "--port", "{port}", "--loops", str(loops), *options], folder,
                  {"TRIBUTARY_ADMIN_PORT": "0", "TRIBUTARY_SERVER_DRAIN": "0s", **env})


def asked(url, **fields):
    """One answer: its fields and its body."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={**IDENTITY, **fields}), timeout=30) as answer:
        return answer.headers, answer.read()


class StaticFile(Nginx):
    """nginx with one worker, and the answer as a file."""

    def __init__(self, folder, body, path):
        (self.port,) = free_ports(1)
        site = os.path.join(folder, "site")
        os.makedirs(os.path.join(site, os.path.dirname(path).strip("/")))
        with open(os.path.join(site, path.strip("/")), "wb") as f:
            f.write(body)
        super().__init__("static", folder, Cores.measured, f" server {{ listen 127.0.0.1:{self.port}; root {site}; }}")
        self.wait_for(self.url(path))

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


class Varnish(Process):
    """varnishd in the foreground: memory for storage, one pool of threads, and the file of `origin` behind it. Its child does the work."""

    VCL = """vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{port}"; }}
sub vcl_recv {{ unset req.http.Authorization; return (hash); }}
sub vcl_backend_response {{ set beresp.ttl = 1h; }}
"""

    def __init__(self, folder, origin, path):
        (self.port,) = free_ports(1)
        vcl = os.path.join(folder, "bench.vcl")
        with open(vcl, "w") as f:
            f.write(self.VCL.format(port=origin.port))
        super().__init__("varnish", ["varnishd", "-F", "-n", os.path.join(folder, "varnish"), "-a", f"127.0.0.1:{self.port}", "-f", vcl,
                                     "-s", "malloc,64m", "-p", "thread_pools=1", "-p", "thread_pool_min=64"], folder, Cores.measured)
        self.wait_for(self.url(path))

    @property
    def pid(self):
        with open(f"/proc/{self.child.pid}/task/{self.child.pid}/children") as f:
            return int(f.read().split()[0])

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


class Redis(Process):
    """redis-server that keeps nothing on disk, on the core of the load: what is counted is the gateway's part."""

    def __init__(self, folder, port=None):
        self.port = port or free_ports(1)[0]
        super().__init__("redis", ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no",
                                   "--dir", folder], folder, Cores.load)
        self.wait_for_it()

    def wait_for_it(self):
        for _ in range(200):
            if self.child.poll() is None and self.info("server") is not None:
                return
            time.sleep(0.02)
        raise RuntimeError(f"redis-server does not answer:\n{self.tail()}")

    @property
    def environment(self):
        return {"REDIS_URL": f"redis://127.0.0.1:{self.port}"}

    def info(self, section):
        """The lines of INFO as a dictionary; None when nobody answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as s:
                s.sendall(f"INFO {section}\r\n".encode())
                head, _, rest = s.recv(65536).partition(b"\r\n")
                length = int(head[1:])
                while len(rest) < length:
                    rest += s.recv(65536)
        except (OSError, ValueError):
            return None
        return dict(line.split(":", 1) for line in rest.decode().split("\r\n") if ":" in line)

    def hits(self):
        return int((self.info("stats") or {}).get("keyspace_hits", 0))

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def freeze(self):
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.child.send_signal(signal.SIGCONT)

    def stop(self):
        if self.child.poll() is None:
            self.thaw()
        super().stop()


class Fakes(Process):
    """`tributary upstreams` on free ports, which count the calls of each section."""

    def __init__(self, binary, folder, *options):
        base = free_port_run(15)
        self.ports = {name: base + i for i, name in enumerate(SERVICES, 1)}
        self.control = {name: base + 10 + i for i, name in enumerate(SERVICES, 1)}
        super().__init__("fakes", [binary, "upstreams", "--upstream-port-base", str(base), *options], folder, Cores.load)
        self.wait_for(f"http://127.0.0.1:{self.control['dashboard']}/_stats")

    @property
    def environment(self):
        return {f"MICROSERVICE{i}_URL": f"http://127.0.0.1:{port}" for i, port in enumerate(self.ports.values(), 1)}


class Balancer(Nginx):
    """nginx before a fleet: round robin, connections kept."""

    def __init__(self, folder, ports):
        (self.port,) = free_ports(1)
        servers = " ".join(f"server 127.0.0.1:{port};" for port in ports)
        super().__init__("balancer", folder, Cores.load, f""" upstream fleet {{ {servers} keepalive 256; }}
 proxy_buffers 16 8k;
 server {{ listen 127.0.0.1:{self.port}; location / {{ proxy_pass http://fleet; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}""")
        self.wait_for(f"http://127.0.0.1:{self.port}/")
