"""`videobot gateways`: how they stand, and which ones new jobs go to."""

from typing import Annotated

import typer

from bot.cli.groups import group
from bot.cli.root import root_of

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
_Name = Annotated[
    str, typer.Argument(metavar="NAME", help="toapis or apimart; of several keys: toapis:spare.", show_default=False)
]


def build() -> typer.Typer:
    """The group `gateways`."""
    app = group("The gateways: how they stand, and which ones new jobs go to.")
    app.info.no_args_is_help = False
    app.callback(invoke_without_command=True)(show)
    app.command("prefer")(prefer)
    app.command("off")(off)
    app.command("on")(on)
    return app


def show(ctx: typer.Context, as_json: _Json = False) -> None:
    """How the gateways stand, and which ones new jobs go to."""
    if ctx.invoked_subcommand is not None:
        return
    from bot.cli.steering import show_all

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: show_all(root, settings))


def prefer(ctx: typer.Context, name: _Name, as_json: _Json = False) -> None:
    """New jobs go to this gateway first, as long as it works."""
    from bot.cli.steering import change

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: change(root, settings, name, "prefer"))


def off(ctx: typer.Context, name: _Name, as_json: _Json = False) -> None:
    """No new jobs go to this gateway; those it has are finished."""
    from bot.cli.steering import change

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: change(root, settings, name, "off"))


def on(ctx: typer.Context, name: _Name, as_json: _Json = False) -> None:
    """New jobs may go to this gateway again."""
    from bot.cli.steering import change

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: change(root, settings, name, "on"))
