#!/usr/bin/env python3
"""check-api.py BINARY [--update]: holds a demo of that binary to its own description, and the TypeScript client to it. With --update the
committed description and client are written anew instead. Its tools lie in .build/api-tools, in fixed versions."""

import difflib
import filecmp
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLIENT = ROOT / "clients/typescript"
# Requests are generated from this, so that a failure can be had again.
SEED = "1"

sys.path.insert(0, str(ROOT / "scripts"))
from demo import demo, guarded, upstreams  # noqa: E402
from pytools import TOOLS, install  # noqa: E402

failed = False


def fail(text: str) -> None:
    global failed
    failed = True
    print(f"check-api: FAILED: {text}")


def run(title: str, command: list[str], **options: object) -> bool:
    """Shows what it says only where it fails."""
    print(f"check-api: {title}", flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        print(done.stdout)
        fail(title)
    return not done.returncode


def fetch(url: str) -> dict:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


# The description

# What a schema cannot tell of `fields`, `cursor`, `section` and dates that exist: a text that has their form may be refused.
UNTOLD = ("--exclude-checks", "positive_data_acceptance")
# A stream does not end: it has tests of its own.
ENDLESS = ("--exclude-path-regex", "/(stream|events)$")

def make_key(binary: str, file: str) -> str:
    """A key that may ask for everything."""
    command = [binary, "keys", "add", "check", "--scope", "dashboard:all", "--file", file]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]


def check_description(name: str, url: str, folder: pathlib.Path, *options: str) -> None:
    """Against the gateway at `url`, which the requests reach with these options."""
    file = folder / f"{name}.json"
    file.write_text(json.dumps(fetch(f"{url}/openapi.json"), indent=1, ensure_ascii=False) + "\n")
    run(f"the {name} description is OpenAPI 3.1", [TOOLS / "bin/openapi-spec-validator", file])
    run(f"the examples of the {name} description are what they show",
        [TOOLS / "bin/python", ROOT / "scripts/check-examples.py", file])
    run(f"what is generated from the {name} description is answered as it says",
        [TOOLS / "bin/schemathesis", "run", f"{url}/openapi.json", "--checks", "all", *ENDLESS, *UNTOLD, "--workers", "2", "--max-examples", "60",
         "--seed", SEED, "--no-color", *options], cwd=folder)


# The client


def make_client(description: pathlib.Path, target: pathlib.Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts/generate-typescript.py", description, target], check=True)


def compare(committed: pathlib.Path, made: pathlib.Path) -> None:
    if filecmp.cmp(committed, made, shallow=False):
        return
    lines = difflib.unified_diff(
        committed.read_text().splitlines(), made.read_text().splitlines(), "committed", "made from this binary", lineterm="", n=1)
    print("\n".join(list(lines)[:40]))
    fail(f"{committed.relative_to(ROOT)} is not what this binary makes: scripts/check-api.py BINARY --update")


def check_client(binary: str, folder: pathlib.Path) -> None:
    print("check-api: the committed client is the generated one")
    make_client(folder / "public.json", folder)
    compare(CLIENT / "openapi.json", folder / "public.json")
    for name in ("schemas.ts", "client.ts"):
        compare(CLIENT / "src" / name, folder / name)
    if run("the client compiles", ["tsc", "--project", CLIENT / "tsconfig.json"]):
        run("the client's tests", ["node", "--test", *sorted((CLIENT / "test").glob("*.test.mjs"))],
            env=dict(os.environ, TRIBUTARY=str(pathlib.Path(binary).resolve())), timeout=120)


# The pages


def check_page(path: str, url: str, folder: pathlib.Path) -> None:
    """In a browser that reaches nothing but this machine: it shows the operations, and complains of nothing."""
    print(f"check-api: {path} in Chromium", flush=True)
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/chromium", "--enable-logging=stderr",
         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--virtual-time-budget=10000", "--dump-dom", f"{url}{path}"],
        capture_output=True, text=True, timeout=90)
    for line in re.findall(r".*CONSOLE.*", done.stderr):
        fail(f"{path}: {line}")
    if "Totals, rankings and trends." not in done.stdout:
        fail(f"{path} does not show the operations")


def main(binary: str, mode: str = "") -> None:
    if mode == "--update":
        with demo(binary) as gateway:
            text = json.dumps(fetch(f"{gateway.url}/openapi.json"), indent=1, ensure_ascii=False) + "\n"
        (CLIENT / "openapi.json").write_text(text)
        return make_client(CLIENT / "openapi.json", CLIENT / "src")
    install()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with demo(binary) as gateway:
            check_description("public", gateway.url, folder)
            check_description("admin", gateway.admin, folder)
            if shutil.which("chromium"):
                for path in ("/docs", "/redoc"):
                    check_page(path, gateway.url, folder)
        key = make_key(binary, f"{folder}/keys.jsonl")
        with upstreams(binary) as services, guarded(binary, services, f"{folder}/keys.jsonl") as gateway:
            check_description("guarded", gateway.url, folder, "--header", f"X-API-Key: {key}")
        check_client(binary, folder)
    if not failed:
        print("check-api: passed")
    sys.exit(failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
