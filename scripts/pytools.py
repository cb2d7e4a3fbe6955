"""Tools from PyPI, in fixed versions, in a virtual environment of this checkout."""

import pathlib
import shutil
import subprocess
import venv

TOOLS = pathlib.Path(__file__).resolve().parent.parent / ".build/api-tools"
PACKAGES = ["openapi-spec-validator==0.9.0", "opentelemetry-proto==1.45.2", "schemathesis==4.32.5"]


def install() -> None:
    marker = TOOLS / "packages.txt"
    if marker.exists() and marker.read_text() == "\n".join(PACKAGES):
        return
    print("pytools: installing", *PACKAGES, flush=True)
    shutil.rmtree(TOOLS, ignore_errors=True)
    venv.create(TOOLS, with_pip=True)
    subprocess.run(
        [TOOLS / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
    marker.write_text("\n".join(PACKAGES))
