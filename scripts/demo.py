"""Gateways on free ports, for scripts that ask one."""

import os
import re
import subprocess
import threading


class Running:
    """A process of the binary, with what it says until `last` matches a line. Ends with the block."""

    def __init__(self, command: list[str], last: str, environment: dict[str, str] | None = None):
        self.command, self.last = command, last
        self.environment = dict(os.environ, TRIBUTARY_ADMIN_PORT="0", **(environment or {}))
        self.lines: list[str] = []

    def __enter__(self) -> "Running":
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment)
        for line in self.process.stdout:
            self.lines.append(line)
            if re.search(self.last, line):
                # The rest, which would fill the pipe.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return self
        raise SystemExit(f"{' '.join(self.command)} did not start:\n{''.join(self.lines)}")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=40)

    def found(self, pattern: str) -> str:
        return next(match[1] for line in self.lines if (match := re.search(pattern, line)))


class Gateway(Running):
    """One that listens; `url` and `admin` are where."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None):
        super().__init__(command, r'"Server started and listening on', environment)

    @property
    def url(self) -> str:
        return "http://" + self.found(r'"Server started and listening on ([\d.]+:\d+)"')

    @property
    def admin(self) -> str:
        return "http://" + self.found(r'"Admin listening on ([\d.]+:\d+)"')


def demo(binary: str, *options: str) -> Gateway:
    """Open to everybody, in front of fake services of its own."""
    return Gateway([binary, "demo", "--port", "0", "--upstream-port-base", "0", *options])


def upstreams(binary: str) -> Running:
    return Running([binary, "upstreams", "--upstream-port-base", "0"], r"^dashboard ")


def guarded(binary: str, services: Running, keys: str) -> Gateway:
    """One that wants a key of the file `keys`, in front of `services`."""
    environment = {
        f"TRIBUTARY_UPSTREAMS_{name.upper()}_URL": services.found(rf"^{name}\s+(http://[\d.]+:\d+)")
        for name in ("users", "accounts", "metrics", "dashboard")
    }
    return Gateway([binary, "serve", "--port", "0"], environment | {
        "TRIBUTARY_AUTHENTICATION_MODES": "api_key", "TRIBUTARY_AUTHENTICATION_API_KEYS_FILE": keys,
        # Nobody waits for it to end.
        "TRIBUTARY_SERVER_DRAIN": "0s",
    })
