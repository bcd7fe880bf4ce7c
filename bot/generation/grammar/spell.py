"""A request as a text that says it: what to copy to ask for the same again."""

import re
from collections.abc import Sequence

from bot.generation.grammar.parse import read
from bot.generation.grammar.quotes import quoted
from bot.generation.grammar.vocabulary import Vocabulary
from bot.generation.request import VideoRequest
from bot.generation.table import MODELS, RESOLUTIONS

_OPTIONS = ("model", "gateway", "mode", "duration", "aspect_ratio", "audio", "negative_prompt", "watermark")
_PLAIN_RATIO = re.compile(r"[0-9]{1,4}:[0-9]{1,4}")
#: Every installation's words lie between these two.
_WIDEST, _NARROWEST = Vocabulary(frozenset(RESOLUTIONS)), Vocabulary(frozenset())


def spell(request: VideoRequest) -> str:
    """The text that `parse` reads back as this request's prompt and options; images have no words.

    The request is one in canonical spelling, as `check.normalized` gives it, with a duration of 1 to 999 seconds (or
    none), and shorter than MOST_CHARS. A prompt that would be misread is quoted: `--prompt "a poster, 4k"`.
    """
    flags = _flags(request)
    text = _line(request.prompt, flags)
    if all(_same(text, request, vocabulary) for vocabulary in (_WIDEST, _NARROWEST)):
        return text
    return _line(f"--prompt {quoted(request.prompt)}", flags)


def _line(prompt: str, flags: Sequence[str]) -> str:
    return " ".join(part for part in (prompt, *flags) if part)


def _flags(request: VideoRequest) -> list[str]:
    flags = []
    if request.model is not None:
        flags.append(f"--{request.model}" if request.model in MODELS else f"--model {quoted(request.model)}")
    if request.mode is not None:
        flags.append(f"--{request.mode}" if request.mode in RESOLUTIONS else f"--mode {quoted(request.mode)}")
    if request.duration is not None:
        flags.append(f"--{request.duration}s")
    if request.aspect_ratio is not None:
        is_plain = _PLAIN_RATIO.fullmatch(request.aspect_ratio)
        flags.append(f"--{request.aspect_ratio}" if is_plain else f"--ratio {quoted(request.aspect_ratio)}")
    if request.audio is not None:
        flags.append("--audio" if request.audio else "--no-audio")
    if request.negative_prompt is not None:
        flags.append(f"--negative {quoted(request.negative_prompt)}")
    if request.watermark is not None:
        flags.append("--watermark" if request.watermark else "--no-watermark")
    if request.gateway is not None:
        flags.append(f"--gateway {quoted(request.gateway) if not request.gateway.isalnum() else request.gateway}")
    return flags


def _same(text: str, request: VideoRequest, vocabulary: Vocabulary) -> bool:
    parsed = read(text, vocabulary)
    return (
        not parsed.problems
        and parsed.request.prompt == request.prompt
        and all(getattr(parsed.request, name) == getattr(request, name) for name in _OPTIONS)
    )
