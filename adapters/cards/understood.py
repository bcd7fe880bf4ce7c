"""What was understood of options said in a text, in a sentence."""

from adapters.cards.words import clipped, counted, gateway_title, model_title
from bot.generation.grammar import Parsed, Said

#: Of a value that a person typed freely, so many characters are shown.
_MOST = 60


def understood_line(parsed: Parsed) -> str:
    """ "Understood: pro mode, 10 seconds, 9:16, with sound. The rest is the prompt."; empty when nothing was said.

    An option said twice is in it with its last value, which is the request's.
    """
    if not parsed.understood:
        return ""
    last = {said.option: said for said in parsed.understood}
    words = ", ".join(_words(said) for said in last.values())
    rest = " The rest is the prompt." if parsed.request.prompt else ""
    return f"Understood: {words}.{rest}"


def _words(said: Said) -> str:
    typed = clipped(str(said.value), _MOST)
    match said.option, said.value:
        case "duration", int(seconds):
            return counted(seconds, "second")
        case "mode", _:
            return f"{typed} mode"
        case "model", _:
            return model_title(typed)
        case "gateway", _:
            return f"on {gateway_title(typed)}"
        case "audio", is_on:
            return "with sound" if is_on else "no sound"
        case "watermark", is_on:
            return "with watermark" if is_on else "no watermark"
        case "negative_prompt", _:
            return f'without "{typed}"'
        case _:
            return typed
