#!/usr/bin/env python3
"""api-examples.py BINARY: writes the examples of the API description anew, from what the fake services make and what they make when all
of them are down. To be run when an answer's shape changes; what it writes is committed, and the binary holds it."""

import json
import pathlib
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from demo import demo  # noqa: E402

TARGET = pathlib.Path(__file__).parent.parent / "Sources/CWebAssets/files/examples"


def get(url: str, body: bytes | None = None) -> dict:
    fields = {"Content-Type": "application/json"} if body else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, fields)) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        return json.load(refusal)


def keep(name: str, value: dict) -> None:
    (TARGET / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def main(binary: str) -> None:
    with demo(binary, "--users", "1", "--accounts", "1", "--posts", "1") as gateway:
        consolidated = get(f"{gateway.url}/api/dashboard/consolidated")
        consolidated["dashboard_data"] = consolidated["dashboard_data"][:1]
        keep("consolidated", consolidated)
        keep("summary", get(f"{gateway.url}/api/dashboard/summary"))
        keep("health", get(f"{gateway.url}/api/health/services"))
        keep("greeting", get(f"{gateway.url}/"))
        keep("probe", get(f"{gateway.url}/livez"))
        keep("purge", get(f"{gateway.admin}/admin/cache/purge", b'{"tags":["users"]}'))
    down = [f"--fault={name}=refuse" for name in ("users", "accounts", "metrics", "dashboard")]
    with demo(binary, *down) as gateway:
        keep("refusal", get(f"{gateway.url}/api/dashboard/summary"))


if __name__ == "__main__":
    main(*sys.argv[1:])
