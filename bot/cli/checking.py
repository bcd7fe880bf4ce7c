"""The lines of `videobot check`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from adapters.cards.words import account_title
from bot.cli.checking_discord import check_discord
from bot.cli.checking_slack import check_slack
from bot.cli.diagnosis import diagnose, trouble
from bot.cli.errors import FAILURE
from bot.cli.pausing import pause_sentence
from bot.cli.root import Root
from bot.generation.accounts import gateway_of
from bot.generation.catalog import Offer, listed
from bot.generation.ports import Balance, Gateway, GatewayError, MediaError, StoreError
from bot.generation.prices import dollars
from bot.generation.request import VideoRequest
from bot.generation.table import GATEWAYS
from bot.settings import Settings, SettingsError

if TYPE_CHECKING:
    from bot.app import App


class Verdict(StrEnum):
    """How one check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


_STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red"}


@dataclass
class Report:
    """The checks so far, shown as they are made."""

    root: Root
    lines: list[tuple[Verdict, str]] = field(default_factory=list)

    def add(self, verdict: Verdict, words: str) -> None:
        """One more check."""
        from rich.text import Text

        from bot.cli.screen import printable

        self.lines.append((verdict, words))
        if not self.root.as_json:
            line = Text.assemble((f"{verdict:<4}", _STYLES[verdict]), "  ", printable(words))
            self.root.screen.say_text(line, hang=6)

    @property
    def failed(self) -> bool:
        """True when something does not work."""
        return any(verdict is Verdict.FAIL for verdict, _ in self.lines)


def check_all(root: Root) -> None:
    """Make every check; ends with exit code 1 when one failed."""
    report = Report(root)
    settings: Settings | None = None
    try:
        settings = root.settings
    except SettingsError as error:
        for fault in str(error).split("\n"):
            report.add(Verdict.FAIL, f"Settings: {fault}")
    if settings is not None:
        _show_settings(root, settings)
        root.run(lambda settings: _check(report, settings))
    if root.as_json:
        shown = settings.describe() if settings is not None else []
        root.screen.document(
            {
                "ok": not report.failed,
                "settings": {name: {"value": value, "set": was_set} for name, value, was_set in shown},
                "checks": [{"verdict": str(verdict).lower(), "words": words} for verdict, words in report.lines],
            }
        )
    if report.failed:
        raise typer.Exit(FAILURE)


def _show_settings(root: Root, settings: Settings) -> None:
    if root.as_json:
        return
    from bot.cli.tables import add_rows, table

    rows = [(name, value, "set" if was_set else "default") for name, value, was_set in settings.describe()]
    root.screen.show(add_rows(table("Setting", "Value", "", whole=("Setting",)), rows))
    root.screen.say()


async def _check(report: Report, settings: Settings) -> None:
    try:
        async with report.root.open(settings, run_jobs=False) as app:
            # Only now: the catalog and the gateways were built of them.
            report.add(Verdict.OK, "Settings: all of them can be used.")
            await _check_database(report, app)
            if settings.media_url is not None:
                report.add(Verdict.OK, f"Media: {settings.media_url} answers and belongs to this database.")
            if not settings.gateways:
                report.add(
                    Verdict.FAIL,
                    "Gateway: no key is set; set TOAPIS_API_KEY or APIMART_API_KEY, or VIDEOBOT_GATEWAY=sandbox.",
                )
            for name in settings.accounts:
                if name == "sandbox":
                    report.add(Verdict.OK, "Gateway: the built-in sandbox; it needs no key and costs nothing.")
                    if settings.unused_keys:
                        report.add(Verdict.WARN, _unused(settings.unused_keys))
                else:
                    await _check_gateway(report, app, name, app.gateways[name])
            await check_discord(report, settings)
            await check_slack(report, settings)
    except SettingsError as error:
        report.add(Verdict.FAIL, f"Settings: {error}")
    except StoreError as error:
        report.add(Verdict.FAIL, f"Database: {error}")
    except MediaError as error:
        report.add(Verdict.FAIL, f"Media: {error}")


def _unused(gateways: Sequence[str]) -> str:
    names = listed([GATEWAYS[name] for name in gateways], "and")
    return f"Gateway: the keys of {names} are not used while VIDEOBOT_GATEWAY is sandbox; take that out to use them."


async def _check_database(report: Report, app: "App") -> None:
    # Only a true write finds a full disk, and a role that may only read.
    await app.store.remember("checked", f"{app.clock.now():.0f}")
    report.add(Verdict.OK, "Database: opens and can be written.")
    pause = await app.service.paused()
    if pause is not None:
        words = f"{pause_sentence(pause, app.clock.now())} To go on: {report.root.command('resume')}"
        report.add(Verdict.WARN, words)


async def _check_gateway(report: Report, app: "App", name: str, gateway: Gateway) -> None:
    title = account_title(name)
    offers = [offer for offer in app.catalog.offers() if offer.gateway == gateway_of(name)]
    try:
        _judge_balance(report, title, await gateway.balance(), offers)
    except GatewayError as error:
        report.add(Verdict.FAIL, f"{title}: {trouble(name, error, app.settings)}")
        if not error.retry:
            return  # a wrong key says the same to every call
    try:
        listed = await gateway.models()
    except GatewayError as error:
        report.add(Verdict.WARN, f"{title}: its list of models could not be read. {trouble(name, error, app.settings)}")
        return
    if not listed:
        report.add(Verdict.WARN, f"{title}: it lists no video models, so the model ids could not be checked.")
        return
    for offer in offers:
        _judge_model(report, app, offer, listed)


def _judge_balance(report: Report, title: str, balance: Balance, offers: Iterable[Offer]) -> None:
    if balance.remaining_micros is None:
        report.add(Verdict.OK, f"{title}: the key works; the account has no limit.")
        return
    left = dollars(balance.remaining_micros)
    cheapest = min((offer.quote(offer.modes()[0], offer.durations()[0]).micros for offer in offers), default=0)
    if balance.remaining_micros <= 0:
        report.add(Verdict.FAIL, f"{title}: the key works, but the balance is empty; add money there.")
    elif balance.remaining_micros < cheapest:
        report.add(
            Verdict.WARN,
            f"{title}: the key works, but {left} is left and the cheapest video costs {dollars(cheapest)}; add money.",
        )
    else:
        report.add(Verdict.OK, f"{title}: the key works; {left} is left.")


def _judge_model(report: Report, app: "App", offer: Offer, listed: frozenset[str]) -> None:
    title = f"{offer.gateway_title}: {offer.title}"
    if offer.wire_id in listed:
        report.add(Verdict.OK, f"{title} is there as {offer.wire_id}.")
        return
    preferred = app.service.check(VideoRequest(prompt="a boat")).offer
    is_default = preferred is not None and preferred.key == offer.key
    report.add(
        Verdict.FAIL if is_default else Verdict.WARN,
        f"{title} is not listed as {offer.wire_id}. {diagnose(offer, listed, app.settings)}",
    )
