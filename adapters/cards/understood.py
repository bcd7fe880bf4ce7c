"""What was understood of options said in a text, in a sentence."""

from adapters.cards.words import clipped, counted, gateway_title, model_title
from bot.generation.grammar import Parsed, Said


def understood_line(parsed: Parsed) -> str:
    """ "Understood: pro mode, 10 seconds, 9:16, with sound. The rest is the prompt."; empty when nothing was said."""
    if not parsed.understood:
        return ""
    words = list(dict.fromkeys(_words(said) for said in parsed.understood))
    rest = " The rest is the prompt." if parsed.request.prompt else ""
    return f"Understood: {', '.join(words)}.{rest}"


def _words(said: Said) -> str:
    match said.option, said.value:
        case "duration", int(seconds):
            return counted(seconds, "second")
        case "mode", mode:
            return f"{mode} mode"
        case "model", name:
            return model_title(str(name))
        case "gateway", name:
            return f"on {gateway_title(str(name))}"
        case "audio", value:
            return "with sound" if value else "no sound"
        case "watermark", value:
            return "with watermark" if value else "no watermark"
        case "negative_prompt", text:
            return f'nothing of "{clipped(str(text), 80)}"'
        case _, value:
            return str(value)
