"""A soft chord for videos with sound: FFmpeg's own generator, so it costs next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import av
import av.filter

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

RATE = 48_000
#: Hz of the chord, and how fast each tone swells (Hz)
_TONES = ((110.0, 0.13), (164.81, 0.21), (220.0, 0.17), (277.18, 0.29), (329.63, 0.23))


def chord(seconds: float) -> Iterator[AudioFrame]:
    """Stereo frames of exactly `seconds`, faded in and out."""
    left = "+".join(f"0.045*sin(2*PI*{tone}*t)*(0.6+0.4*sin(2*PI*{swell}*t))" for tone, swell in _TONES)
    right = "+".join(f"0.045*sin(2*PI*{tone}*t+0.5)*(0.6+0.4*cos(2*PI*{swell}*t))" for tone, swell in _TONES)
    fade = f"(1-exp(-3*t))*(1-exp(-3*({seconds}-t)))"
    graph = av.filter.Graph()
    source = graph.add("aevalsrc", f"exprs=({left})*{fade}|({right})*{fade}:c=stereo:s={RATE}:d={seconds}")
    sample_format = graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo")
    sink = graph.add("abuffersink")
    source.link_to(sample_format)
    sample_format.link_to(sink)
    graph.configure()
    while True:
        try:
            frame = sink.pull()
        except (av.EOFError, av.BlockingIOError):
            return
        yield frame  # type: ignore[misc]
