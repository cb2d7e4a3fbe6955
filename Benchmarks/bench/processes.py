"""The processes of a run: each on free loopback ports, each stopped by its own process id, at the latest when this one dies."""

import ctypes
import functools
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
TICKS = os.sysconf("SC_CLK_TCK")


class Cores:
    """Load and upstreams on one core, the program that is measured on another: the same for all that are compared."""

    allowed = sorted(os.sched_getaffinity(0))
    load = {allowed[0]} if len(allowed) > 1 else set(allowed)
    measured = {allowed[1]} if len(allowed) > 1 else set(allowed)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def free_port_run(count):
    """The first of `count` free ports in a row, below the kernel's ephemeral range."""
    for base in range(21000, 32000, 50):
        try:
            sockets = []
            for port in range(base, base + count):
                s = socket.socket()
                sockets.append(s)
                s.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()
    raise RuntimeError("no free ports in a row")


class Process:
    """One child with its log. A `with` block of main.py owns it."""

    def __init__(self, name, command, folder, cores=None, env=None):
        self.name = name
        self.log = os.path.join(folder, f"{name}.log")

        def before_exec():
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if cores:
                os.sched_setaffinity(0, cores)

        # A LOG_LEVEL or a TRIBUTARY_… of whoever runs this would make another figure: the environment begins empty.
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, cwd=folder,
                env={"PATH": os.environ["PATH"], **(env or {})}, preexec_fn=before_exec)

    def wait_for(self, url, seconds=15):
        """Until `url` answers anything below 500."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.child.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.child.returncode}:\n{self.tail()}")
            try:
                urllib.request.urlopen(url, timeout=2).read()
                return self
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    return self
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not answer at {url}:\n{self.tail()}")

    def tail(self):
        with open(self.log, errors="replace") as log:
            return "".join(log.readlines()[-15:])

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    @property
    def pid(self):
        return self.child.pid

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, key="VmRSS"):
        """MB of `VmRSS` (now) or `VmHWM` (the highest so far)."""
        with open(f"/proc/{self.pid}/status") as f:
            for line in f:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) / 1024
        raise RuntimeError(f"{self.name} has no {key}")


class Nginx(Process):
    """nginx with one worker; the worker is what is measured."""

    PREAMBLE = """worker_processes 1; daemon off; pid {run}/pid; error_log stderr crit;
events {{ worker_connections 8192; }}
http {{
 access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s; tcp_nodelay on; sendfile on;
 open_file_cache max=100; default_type application/json;
 client_body_temp_path {run}/a; proxy_temp_path {run}/b; fastcgi_temp_path {run}/c; uwsgi_temp_path {run}/d; scgi_temp_path {run}/e;
"""

    def __init__(self, name, folder, cores, servers):
        run = os.path.join(folder, name)
        os.makedirs(run, exist_ok=True)
        path = os.path.join(run, "nginx.conf")
        with open(path, "w") as f:
            f.write(self.PREAMBLE.format(run=run) + servers + "\n}\n")
        super().__init__(name, ["nginx", "-e", "stderr", "-c", path, "-p", run], folder, cores)

    @property
    def pid(self):
        with open(f"/proc/{self.child.pid}/task/{self.child.pid}/children") as f:
            return int(f.read().split()[0])


class Upstreams(Nginx):
    """The four services: real paths, bodies of `bodies`, nothing computed. Counts the requests that reach them."""

    FILES = ("users", "accounts", "metrics", "dashboard")
    PATHS = ("/api/v1/auth/users", "/scrapedAccounts", "/dbquery/user", "/getDashboardInfo")
    HEALTH = (("/api/v1/actuator/health", '{"status":"UP"}'), ("/", '{"message":"Echo Test OK"}'), ("/", '{"status":"up"}'), ("/health", "OK"))

    def __init__(self, name, folder, bodies):
        *self.ports, self.status_port = free_ports(5)
        servers = ""
        for port, file, (path, answer) in zip(self.ports, self.FILES, self.HEALTH):
            # The metrics service is asked with POST, which nginx refuses for a file, hence the 405 that is not one.
            servers += (f" server {{ listen 127.0.0.1:{port}; location = {path} {{ return 200 '{answer}'; }}"
                        f" location / {{ root {bodies}; rewrite ^ /{file}.json break; error_page 405 =200 /{file}.json; }} }}\n")
        servers += f" server {{ listen 127.0.0.1:{self.status_port}; location = / {{ stub_status; }} }}\n"
        super().__init__(name, folder, Cores.load, servers)
        self.wait_for(f"http://127.0.0.1:{self.status_port}/")

    @property
    def environment(self):
        return {f"MICROSERVICE{i}_URL": f"http://127.0.0.1:{port}" for i, port in enumerate(self.ports, 1)}

    def requests(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.status_port}/", timeout=5) as answer:
            return int(answer.read().split()[9])


class Merge(Nginx):
    """The floor: nginx puts the four bodies together by server-side includes. No checks, no metadata."""

    def __init__(self, name, folder, upstreams):
        (self.port,) = free_ports(1)
        site = os.path.join(folder, "ssi")
        os.makedirs(site, exist_ok=True)
        keys = ("users", "scraped_accounts", "metrics", "dashboard_data")
        with open(os.path.join(site, "agg.json"), "w") as f:
            f.write("{" + ",".join(f'"{key}":<!--# include virtual="/_{i}" -->' for i, key in enumerate(keys, 1)) + "}")
        servers = ' proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 16 8k; proxy_buffer_size 8k;\n'
        locations = ""
        for i, (port, path) in enumerate(zip(upstreams.ports, Upstreams.PATHS), 1):
            post = "proxy_method POST; proxy_set_body '{}'; " if i == 3 else ""
            servers += f" upstream u{i} {{ server 127.0.0.1:{port}; keepalive 64; }}\n"
            locations += f"  location = /_{i} {{ internal; {post}proxy_pass http://u{i}{path}; }}\n"
        servers += f""" server {{ listen 127.0.0.1:{self.port}; root {site};
  location = / {{ return 200 '{{"ok":true}}'; }}
  location = /api/dashboard/consolidated {{ ssi on; ssi_types application/json; ssi_silent_errors on; try_files /agg.json =404; }}
{locations} }}"""
        super().__init__(name, folder, Cores.measured, servers)
        self.wait_for(self.url("/"))

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


class Server(Process):
    """The gateway or the Go peer, on the measured core."""

    def __init__(self, name, command, folder, env):
        (self.port,) = free_ports(1)
        super().__init__(name, [part.format(port=self.port) for part in command], folder, Cores.measured, env)
        self.wait_for(self.url("/"))

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


@functools.cache
def beside_others(binary):
    """What lets several gateways stand on one machine, an admin port of its own for each, and lets every request reach the upstreams:
    no cache. A binary without either knows no such keys."""
    environment = {"TRIBUTARY_ADMIN_PORT": "0", "TRIBUTARY_CACHE_ENABLED": "false"}
    done = subprocess.run([binary, "check"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=10)
    return environment if done.returncode == 0 else {}


def gateway(binary, folder, env, name="gateway"):
    env = {**beside_others(binary), **env}
    return Server(name, [binary, "serve", "--host", "127.0.0.1", "--port", "{port}", "--loops", "1"], folder, env)


def go_peer(binary, folder, env, name="go-peer"):
    return Server(name, [binary, "127.0.0.1:{port}"], folder, {**env, "GOMAXPROCS": "1", "MODE": "tuned"})
