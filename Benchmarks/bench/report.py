"""Figures as Markdown: what ran where, tables, bounds."""

import os
import platform
import re
import subprocess
import time

from processes import Cores

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def markdown(table):
    lines = [f"## {table.title}", "", "| " + " | ".join(table.columns) + " |", "|---" * len(table.columns) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in table.rows]
    for note in table.notes:
        lines += ["", note]
    return "\n".join(lines) + "\n"


def bounds_markdown(bounds):
    lines = ["## Bounds", "", "| | found | at most | |", "|---|---|---|---|"]
    for b in bounds:
        lines.append(f"| {b.what} | {b.value:.2f} {b.unit} | {b.most:g} {b.unit} | {'holds' if b.holds else '**missed**'} |")
    return "\n".join(lines) + "\n"


def said(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, timeout=30)
        return done.stdout.strip().splitlines()[0] if done.returncode == 0 else ""
    except (OSError, IndexError):
        return ""


def heading(title, binary):
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    wrk = re.search(r"wrk \S+", subprocess.run(["wrk", "-v"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout)
    others = [re.search(r"go[\d.]+", said("go", "version")), re.search(r"nginx/[\d.]+", said("nginx", "-v"))]
    parts = [time.strftime("%Y-%m-%d", time.gmtime()), "commit " + (said("git", "rev-parse", "--short", "HEAD") or "none"),
             f"tributary {said(binary, '--version') or '?'}", model.group(1) if model else platform.machine(),
             f"{len(Cores.allowed)} cores", f"Linux {platform.release().split('-')[0]}", f"load before the run {os.getloadavg()[0]:.1f}"]
    parts += [m.group(0) for m in (*others, wrk) if m]
    return f"# {title}\n\n" + " · ".join(parts) + "\n"
