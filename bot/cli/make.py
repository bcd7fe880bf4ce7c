"""`videobot make`: a prompt and images become a saved video."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.root import root_of

_PICTURES = "Pictures and videos"
_VIDEO = "The video"
_HERE = "This command"


def make(
    ctx: typer.Context,
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="What the video shows, in your own words.", show_default=False)
    ],
    image: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|URL", help="The first frame: a picture file or an https link.", rich_help_panel=_PICTURES
        ),
    ] = None,
    last_frame: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|URL", help="The last frame; the video moves from the first to it.", rich_help_panel=_PICTURES
        ),
    ] = None,
    reference_image: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE|URL",
            help="A picture the prompt names as <<<image_N>>>; may be given again. "
            "N counts --image and --last-frame first, then these.",
            rich_help_panel=_PICTURES,
        ),
    ] = None,
    element: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE|URL",
            help="A subject the prompt names as <<<element_N>>>; may be given again.",
            rich_help_panel=_PICTURES,
        ),
    ] = None,
    reference_video: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE|URL", help="A video to edit or to learn from (O1).", rich_help_panel=_PICTURES),
    ] = None,
    refer_type: Annotated[
        str | None,
        typer.Option(
            metavar="base|feature",
            help="base: edit the reference video; feature: take its motion or style.",
            rich_help_panel=_PICTURES,
        ),
    ] = None,
    keep_sound: Annotated[
        bool | None,
        typer.Option(
            "--keep-sound/--no-keep-sound", help="Keep the reference video's sound.", rich_help_panel=_PICTURES
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="2.6, v3 or o1; see `videobot models`.", rich_help_panel=_VIDEO)
    ] = None,
    mode: Annotated[str | None, typer.Option(help="std (720p) or pro (1080p).", rich_help_panel=_VIDEO)] = None,
    duration: Annotated[
        int | None, typer.Option(metavar="SECONDS", help="How long it is.", rich_help_panel=_VIDEO)
    ] = None,
    aspect_ratio: Annotated[
        str | None, typer.Option(metavar="W:H", help="16:9, 9:16 or 1:1.", rich_help_panel=_VIDEO)
    ] = None,
    audio: Annotated[
        bool | None, typer.Option("--audio/--no-audio", help="With sound, where the model can.", rich_help_panel=_VIDEO)
    ] = None,
    negative_prompt: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What the video must not show.", rich_help_panel=_VIDEO)
    ] = None,
    watermark: Annotated[
        bool | None, typer.Option("--watermark/--no-watermark", help="The gateway's watermark.", rich_help_panel=_VIDEO)
    ] = None,
    gateway: Annotated[
        str | None, typer.Option(help="toapis or apimart; default: the one in the settings.", rich_help_panel=_VIDEO)
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where the MP4 goes; a folder gets a file named after the prompt. Default: the current folder.",
            rich_help_panel=_HERE,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.", rich_help_panel=_HERE)
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask: pay the price, replace the file.", rich_help_panel=_HERE)
    ] = False,
) -> None:
    """Make a video and save it.

    The price is shown first, and asked for when it is above VIDEOBOT_CONFIRM_ABOVE_USD. Ctrl-C leaves the job where it
    is; `videobot jobs resume` goes on with it. What you do not set is left to the model.
    """
    from bot.cli.making import make_video
    from bot.cli.wish import Wish

    root = root_of(ctx)
    root.as_json = as_json
    root.hidden.add([prompt, negative_prompt or ""])
    wish = Wish(
        prompt=prompt,
        image=image,
        last_frame=last_frame,
        reference_image=tuple(reference_image or ()),
        element=tuple(element or ()),
        reference_video=tuple(reference_video or ()),
        refer_type=refer_type,
        keep_sound=keep_sound,
        model=model,
        mode=mode,
        duration=duration,
        aspect_ratio=aspect_ratio,
        audio=audio,
        negative_prompt=negative_prompt,
        watermark=watermark,
        gateway=gateway,
        output=output,
        as_json=as_json,
        yes=yes,
    )
    # What the engine warns of is said to the person in better words.
    root.run(lambda settings: make_video(root, settings, wish, Path.cwd()), log_level=logging.ERROR)
