"""Builds the pages of `app/web/explorer`, unless they stand there as its files and lock say; `--check` checks types."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import node_packages
from scripts.node_packages import CHECKOUT, KEPT, CannotInstall

SOURCE = CHECKOUT / "app" / "web" / "explorer"
PLACE = KEPT / "explorer"
COPIED = PLACE / "sources"
PAGES = PLACE / "pages"
_LOCK = KEPT / "explorer.build.lock"


def main() -> None:
    """Without the pages the exchange serves all the same, so a build that cannot be is said and no more."""
    if sys.argv[1:] == ["--check"]:
        sys.exit(check())
    # A machine without network would try for minutes.
    os.environ.setdefault("npm_config_fetch_retries", "0")
    try:
        build()
    except CannotInstall as error:
        print(f"{error}\n/graphiql and /explore are not there until they can be built.", file=sys.stderr)


def build() -> Path:
    """Where the pages are; they are built again only if their files or the locked packages changed.

    Raises: CannotInstall.
    """
    wanted = _state()
    if _stamp() != wanted:
        node_packages.install(SOURCE, PLACE.name)
        with node_packages.alone(_LOCK):
            if _stamp() != wanted:
                _make(wanted)
    return PAGES


def check() -> str | None:
    """What is wrong with the types of the sources, or that it cannot be known."""
    try:
        node_packages.install(SOURCE, PLACE.name)
        with node_packages.alone(_LOCK):
            _bring_sources()
            _run("typescript/bin/tsc", "--project", ".")
    except CannotInstall as error:
        return str(error)
    return None


def _make(wanted: str) -> None:
    print("Building the pages /graphiql and /explore", file=sys.stderr)
    _bring_sources()
    made = PLACE / "made"
    _run("vite/bin/vite.js", "build", "--logLevel", "error", "--outDir", str(made), "--emptyOutDir")
    (made / "built").write_text(wanted)
    # A server that is up finds the old pages or the new ones.
    shutil.rmtree(PAGES, ignore_errors=True)
    made.rename(PAGES)


def _stamp() -> str:
    stamp = PAGES / "built"
    return stamp.read_text() if stamp.exists() else ""


def _bring_sources() -> None:
    """They find the packages from where they stand, which is outside of what is committed."""
    shutil.rmtree(COPIED, ignore_errors=True)
    shutil.copytree(SOURCE, COPIED)


def _run(program: str, *arguments: str) -> None:
    """One of the packages' programs, where the sources are.

    Raises: CannotInstall.
    """
    command = [str(node_packages.node()), str(PLACE / "node_modules" / program), *arguments]
    if subprocess.run(command, cwd=COPIED, check=False).returncode:
        raise CannotInstall(f"This failed in {COPIED}: {' '.join(command)}")


def _state() -> str:
    """Of all that goes into the pages."""
    told = hashlib.sha256()
    for path in sorted(path for path in SOURCE.rglob("*") if path.is_file()):
        told.update(f"{path.relative_to(SOURCE)}\0{path.stat().st_size}\0".encode())
        told.update(path.read_bytes())
    return told.hexdigest()


if __name__ == "__main__":
    main()
