"""`videobot models`: what can be made, where, and for how much."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.root import Root, root_of

if TYPE_CHECKING:
    from bot.generation.catalog import Offer
    from bot.settings import Settings


def models(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Show the models, what each can do, and what a second of video costs."""
    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: _models(root, settings))


async def _models(root: Root, settings: "Settings") -> int:
    from bot.app import catalog_of
    from bot.cli.tables import add_rows, table
    from bot.generation.prices import PRICES_READ_ON

    offers = catalog_of(settings).offers()
    if root.as_json:
        root.screen.document({"ok": True, "models": [_document(offer) for offer in offers]})
        return 0
    headings = ("Model", "Gateway", "Mode", "Seconds", "Shape", "Pictures", "USD/s", "+ sound")
    shown = table(*headings, right=("USD/s", "+ sound"), whole=("Gateway", "Mode", "Seconds", "Pictures"), gap=1)
    for offer in offers:
        add_rows(shown, [_cells(offer)])
        add_rows(shown, [[""] * 8])
    root.screen.show(shown)
    root.screen.say(f"Prices as read on {PRICES_READ_ON}; ~ marks an estimate. Yours differ? Set VIDEOBOT_PRICES.")
    if any(_video_price(offer) for offer in offers):
        root.screen.say("With a reference video a second costs what the sound column says for that mode.")
    return 0


def _cells(offer: "Offer") -> list[str]:
    modes = offer.modes()
    return [
        f"{offer.model}\n{offer.title}",
        f"{offer.gateway_title}\n{offer.dialect}",
        "\n".join(f"{mode} {offer.resolution(mode)}" for mode in modes),
        _lengths(offer),
        "\n".join(offer.aspect_ratios()),
        _takes(offer),
        "\n".join(_price(offer, mode, audio=False) for mode in modes),
        "\n".join(_price(offer, mode, audio=True) for mode in modes),
    ]


def _lengths(offer: "Offer") -> str:
    words = _run(offer.durations())
    with_images = _run(offer.durations(with_images=True))
    return words if words == with_images else f"{words}\n{with_images} with\npictures"


def _run(numbers: tuple[int, ...]) -> str:
    """ "5, 10", or "3-15" for an unbroken row of more than two."""
    if len(numbers) > 2 and numbers == tuple(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}-{numbers[-1]}"
    return ", ".join(str(number) for number in numbers)


def _takes(offer: "Offer") -> str:
    from bot.generation.request import FrameRole

    words = []
    if offer.supports_role(FrameRole.FIRST_FRAME):
        words.append("first")
    if offer.supports_last_frame():
        only = [mode for mode in offer.modes() if offer.supports_last_frame(mode)]
        words.append("last" if len(only) == len(offer.modes()) else f"last ({', '.join(only)})")
    if offer.supports_role(FrameRole.REFERENCE):
        words.append("reference")
    if offer.supports_role(FrameRole.ELEMENT):
        words.append("element")
    if offer.supports_reference_video():
        words.append("video")
    return "\n".join(words)


def _price(offer: "Offer", mode: str, *, audio: bool) -> str:
    if audio and not offer.supports_audio(mode):
        return "-"
    try:
        rate = offer.rate(mode, audio=audio)
    except KeyError:
        return "-"
    return f"{'~' if rate.estimate else ''}${rate.micros_per_second / 1_000_000:.4f}"


def _video_price(offer: "Offer") -> bool:
    if not offer.supports_reference_video():
        return False
    return any(f"{mode}+video" in offer.rates for mode in offer.modes())


def _document(offer: "Offer") -> dict[str, object]:
    from bot.cli.documents import usd

    return {
        "model": offer.model,
        "title": offer.title,
        "gateway": offer.gateway,
        "model_id": offer.wire_id,
        "dialect": offer.dialect,
        "modes": {mode: offer.resolution(mode) for mode in offer.modes()},
        "seconds": list(offer.durations()),
        "seconds_with_images": list(offer.durations(with_images=True)),
        "aspect_ratios": list(offer.aspect_ratios()),
        "takes": _takes(offer).split("\n"),
        "audio_modes": [mode for mode in offer.modes() if offer.supports_audio(mode)],
        "usd_per_second": {
            name: {"usd": usd(rate.micros_per_second), "estimate": rate.estimate, "on": rate.on.isoformat()}
            for name, rate in offer.rates.items()
        },
    }
