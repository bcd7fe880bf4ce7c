"""What a job makes and what it costs, in the words of a small line."""

from adapters.cards.words import counted, gateway_title, model_title
from bot.generation.job import Job
from bot.generation.prices import dollars
from bot.generation.table import RESOLUTIONS


def made_words(job: Job) -> str:
    """What is made: "Kling 2.6 on ToAPIs, pro (1080p), 5 seconds, 16:9, with sound, from 2 images"."""
    resolution = RESOLUTIONS.get(job.mode)
    parts = [
        f"{model_title(job.model)} on {gateway_title(job.gateway)}",
        f"{job.mode} ({resolution})" if resolution else job.mode,
        counted(job.duration, "second"),
    ]
    if job.request.aspect_ratio:
        parts.append(job.request.aspect_ratio)
    if job.audio:
        parts.append("with sound")
    images = len(job.request.frames)
    if images:
        parts.append("from an image" if images == 1 else f"from {images} images")
    if job.request.reference_video is not None:
        parts.append("from a video")
    return ", ".join(parts)


def for_price(job: Job) -> str:
    """The same behind what is made: "for $0.63", "for free"."""
    return f"for {price_words(job)}"


def price_words(job: Job) -> str:
    """What it was quoted at: "$0.63", "about $0.34" for an estimate, "free" in the sandbox."""
    if not job.quote_micros:
        return "free"
    return f"about {dollars(job.quote_micros)}" if job.quote_is_estimate else dollars(job.quote_micros)
