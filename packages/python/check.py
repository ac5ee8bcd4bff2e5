"""Checks the package as a release would: lints, types, builds wheel and sdist, and tests what was built.

    python3 check.py

It makes a fresh virtual environment from `requirements-check.txt`, installs the wheel there, and runs the tests on it;
it removes both at the end. It needs Python 3.10 or newer with `venv`, and a package index. `--venv FOLDER` keeps the
environment and uses it again as long as the requirements are the same; the wheel is always built and installed anew.
`--dist FOLDER` keeps the wheel and the sdist.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
REQUIREMENTS = ROOT / "requirements-check.txt"
PACKAGE = "user_events_consumer"


def run(*command: str | Path) -> None:
    """Runs a command in the folder of the package. Ends the program if it fails."""
    print("$", *(Path(part).name if index == 0 else part for index, part in enumerate(command)), flush=True)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    status = subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=False).returncode
    if status:
        sys.exit(status)


def environment(folder: Path) -> Path:
    """The Python of an environment with the pinned packages."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    installed = folder / "installed-requirements.txt"
    wanted = REQUIREMENTS.read_bytes()
    if installed.is_file() and installed.read_bytes() == wanted:
        return python
    venv.create(folder, clear=True, with_pip=True)
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
    run(*pip, "--no-deps", "--require-hashes", "--requirement", REQUIREMENTS)
    installed.write_bytes(wanted)
    return python


def build(python: Path, dist: Path) -> Path:
    """Builds the sdist, and the wheel from the sdist. Returns the wheel."""
    run(python, "-m", "build", "--no-isolation", "--outdir", dist)
    (wheel,) = dist.glob("*.whl")
    return wheel


def check(python: Path, dist: Path) -> None:
    """Checks the sources, then the wheel."""
    run(python, "-m", "ruff", "check", "--no-cache", ".")
    run(python, "-m", "ruff", "format", "--no-cache", "--check", ".")
    run(python, "-m", "mypy", "--cache-dir", os.devnull, "src")
    wheel = build(python, dist)
    pip = (python, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--force-reinstall", wheel)
    # The pinned packages are all that the wheel needs.
    run(*pip, "check")
    # From here the package is the one that was installed, types included.
    run(python, "-m", "mypy", "--cache-dir", os.devnull, "tests", "check.py")
    run(python, "-c", f"import {PACKAGE} as p, sys; sys.exit('site-packages' not in p.__file__)")
    run(python, "-m", "pytest")


def main() -> None:
    """Reads the arguments, and checks."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--venv", type=Path, help="the environment to keep")
    arguments.add_argument("--dist", type=Path, help="where to keep wheel and sdist")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        dist = Path(temporary) / "dist"
        check(environment(given.venv.resolve() if given.venv else Path(temporary) / "venv"), dist)
        if given.dist:
            shutil.copytree(dist, given.dist, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
