"""`videobot health`: does the bot on this machine live? For a container's health check."""

import http.client
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.root import root_of

if TYPE_CHECKING:
    from bot.settings import Settings

PATIENCE = 10.0  # seconds
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where such a server is reached


def health(
    ctx: typer.Context,
    ready: Annotated[bool, typer.Option("--ready", help="Ask whether it can work, not only whether it lives.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Ask the bot that runs on this machine how it is; exit code 1 when it is not well or does not answer."""
    root = root_of(ctx)
    root.as_json = as_json
    is_well, checks = _ask(root.settings, "/readyz" if ready else "/healthz")
    if as_json:
        root.screen.document({"ok": is_well, "checks": checks})
    else:
        for name, check in checks.items():
            root.screen.say(f"{'ok' if check['ok'] else 'FAIL':<4}  {name}: {check['reason']}")
    if not is_well:
        raise typer.Exit(1)


def _ask(settings: "Settings", path: str) -> tuple[bool, dict[str, Any]]:
    from bot.cli.errors import CommandError, bad_input

    if settings.http_port is None:
        raise bad_input("VIDEOBOT_HTTP_PORT is not set, so the bot tells nobody how it is: set it to a free port.")
    host = _EVERYWHERE.get(settings.http_host, settings.http_host)
    line = http.client.HTTPConnection(host, settings.http_port, timeout=PATIENCE)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        document = json.loads(answer.read(1_000_000))
        return answer.status == http.client.OK, dict(document["checks"])
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        raise CommandError(
            f"No bot answers at {host}:{settings.http_port}: it does not run, it is stuck, or another program has "
            "that port."
        ) from None
    finally:
        line.close()
