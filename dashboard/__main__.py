"""The command line: ``python -m dashboard``."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from dashboard import __version__
from dashboard.logs import setup_logging
from dashboard.settings import InvalidSetting, Settings

if TYPE_CHECKING:
    from dashboard.server import Server

_log = logging.getLogger("dashboard.server")
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
DEMO_SETTINGS: Final = {"max_history_size": 50_000}
"""So that what a demo begins with, a quarter of an hour, can be searched."""
_OPEN_FILES: Final = 65_536


@click.group(invoke_without_command=True)
@click.version_option(__version__)
@click.option("--demo", is_flag=True, help="Publish events of simulated agents.")
@click.option(
    "--rate",
    type=click.FloatRange(1, 10_000),
    default=42.0,
    show_default=True,
    help="Events a second in the demo.",
)
@click.pass_context
def main(context: click.Context, demo: bool, rate: float) -> None:
    """The live event dashboard: page and API on one port.

    Everything else is set by environment variables, or a .env file; `settings` lists them.
    """
    if context.invoked_subcommand is None:
        settings = _settings(**DEMO_SETTINGS if demo else {})
        setup_logging(settings)
        _allow_many_files()
        for number in SIGNALS:
            # Until the server can be stopped there is nothing to stop.
            signal.signal(number, lambda *_: sys.exit(0))
        asyncio.run(serve(settings, rate if demo else None))


@main.command("settings")
def print_settings() -> None:
    """Print the settings in force, secrets masked."""
    for name, value in _settings().effective():
        click.echo(f"{name}={value}")


def _settings(**otherwise: Any) -> Settings:
    try:
        return Settings.load(**otherwise)
    except InvalidSetting as error:
        _refuse(str(error))


def _refuse(line: str) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(2)


async def serve(settings: Settings, demo_rate: float | None = None) -> None:
    """Run until SIGTERM or SIGINT; a second one ends the process at once."""
    from dashboard.server import Server, tune_collector

    stop = asyncio.Event()
    _on_signals(SIGNALS, stop)
    try:
        server = Server(settings)
        await server.start()
    except InvalidSetting as error:
        _refuse(str(error))
    except OSError as error:
        reason = error.strerror or error
        _refuse(f"cannot listen on HOST={settings.host!r}, PORT={settings.port}: {reason}")
    tune_collector()
    async with asyncio.TaskGroup() as tasks:
        demo = None
        if demo_rate is not None:
            from dashboard.demo import run_demo

            demo = tasks.create_task(run_demo(server.hub, demo_rate))
        _greet(server)
        await stop.wait()
        if demo is not None:
            demo.cancel()
    await server.stop()


def _greet(server: Server) -> None:
    """Tell a person at a terminal where the page is; what is not one reads the log."""
    hint = "  (a token is needed: add ?token=...)" if server.access.needs_token else ""
    if sys.stdout.isatty():
        click.echo(f"\n  Event monitor: {server.page_url}{hint}\n")
    else:
        _log.info("the page is at %s%s", server.page_url, hint)


def _allow_many_files() -> None:
    """Use what the system allows: each connection is an open file, and shells set it low."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _on_signals(signals: Iterable[signal.Signals], stop: asyncio.Event) -> None:
    def handle() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, handle)


if __name__ == "__main__":
    main()
