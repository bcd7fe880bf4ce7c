"""What all commands share: the options in front of the command, the settings, the screen, the event loop."""

import asyncio
import getpass
import logging
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, cast

import typer

from bot.cli.logs import Hidden, logging_to
from bot.cli.screen import Screen

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bot.app import App
    from bot.generation.job import Requester
    from bot.generation.ports import Clock
    from bot.settings import Settings


@dataclass
class Root:
    """One run of `videobot`. `clock`: another one than the machine's, for demos and tests."""

    config: Path | None = None
    verbose: bool = False
    as_json: bool = False
    screen: Screen = field(default_factory=Screen)
    hidden: Hidden = field(default_factory=Hidden)
    clock: "Clock | None" = None
    command_name: str = "videobot"  # what runs: "videobot jobs list"

    @cached_property
    def settings(self) -> "Settings":
        """The settings, read when first asked for. Raises SettingsError."""
        from bot.settings import load_settings

        settings = load_settings(self.config)
        self.hidden.add(secrets_of(settings))
        return settings

    def run(
        self, work: Callable[["Settings"], Coroutine[Any, Any, int | None]], *, log_level: int = logging.WARNING
    ) -> None:
        """Do the work of a command in an event loop and end with its exit code. `log_level`: without --verbose."""
        settings = self.settings
        self.run_without_settings(lambda: work(settings), log_level=log_level, logs_json=settings.log == "json")

    def run_without_settings(
        self,
        work: Callable[[], Coroutine[Any, Any, int | None]],
        *,
        log_level: int = logging.WARNING,
        logs_json: bool = False,
    ) -> None:
        """The same for work that brings its own settings."""
        level = logging.DEBUG if self.verbose else log_level
        with logging_to(self.screen, self.hidden, level=level, as_json=logs_json):
            code = asyncio.run(work())
        if code:
            raise typer.Exit(code)

    def open(self, settings: "Settings", *, run_jobs: bool) -> "AbstractAsyncContextManager[App]":
        """The application over these settings; see `bot.app.open_app`."""
        from bot.app import open_app

        return open_app(settings, run_jobs=run_jobs, clock=self.clock, command=self.command_name)

    def command(self, *words: str) -> str:
        """A command line a person can paste: with the same settings file as this one."""
        config = [] if self.config is None else ["--config", str(self.config)]
        return " ".join(quote(word) for word in ("videobot", *config, *words))

    @property
    def requester(self) -> "Requester":
        """Who asks here: the login name."""
        from bot.generation.job import Requester

        return Requester(platform="shell", user=login_name())


def root_of(ctx: typer.Context) -> Root:
    """The root of a command's context."""
    root = cast("Root", ctx.obj)
    root.command_name = ctx.command_path
    return root


def login_name() -> str:
    """The person's login name; their number where there is no name (a container with a bare user id)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid{os.getuid()}"


def secrets_of(settings: "Settings") -> list[str]:
    """Every secret value of the settings."""
    from pydantic import SecretStr

    found = [getattr(settings, name) for name in type(settings).model_fields]
    values = [one for value in found for one in (value if isinstance(value, tuple) else (value,))]
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
