"""The message that brings the video."""

from collections.abc import Callable
from datetime import UTC

from adapters.cards.card import Button, Card, Verb, plain
from adapters.cards.result_card import Inline, LinkOnly, SmallerCopy, alt_text, result_card
from bot.generation.job import ChargeState, Job, JobState, Output, Requester, StoredVideo
from bot.generation.ports import JobView
from bot.generation.request import Frame, FrameRole, VideoRequest

VIDEO = StoredVideo("videos/x.mp4", 28_000_000, 1280, 720, 5.0, has_audio=False)
ENDS = 1_795_086_400.0


def ready(job: Callable[..., Job], **changes: object) -> JobView:
    plain_job: dict[str, object] = {
        "requester": Requester("discord", "42"),
        "video": VIDEO,
        "output": Output("https://cdn.example/x.mp4", ENDS),
        "charge": ChargeState.SETTLED,
        "bill_micros": 190_000,
    }
    return JobView(job(JobState.DELIVERING, **{**plain_job, **changes}))


def verbs(card: Card) -> list[Verb]:
    return [button.verb for button in card.buttons if isinstance(button, Button)]


def test_a_video_in_the_message(job: Callable[..., Job], now: float) -> None:
    card = result_card(ready(job), Inline(), now=now, zone=UTC)
    assert plain(card) == (
        "@42, your video is ready.\n"
        "waves\n"
        "Download the video: https://cdn.example/x.mp4. It is the gateway's own link and works until tomorrow at 11:06 "
        "UTC.\n"
        "AI-generated with Kling 2.6 on ToAPIs, std (720p), 5 seconds. Cost: $0.19, billed by ToAPIs (quoted at $0.18)."
    )
    assert card.notify == "42"
    assert verbs(card) == [Verb.AGAIN, Verb.EDIT, Verb.EXTEND, Verb.DELETE]
    assert {button.subject for button in card.buttons if isinstance(button, Button)} == {"k3f9x2m4q8rt"}


def test_a_smaller_copy_says_so(job: Callable[..., Job]) -> None:
    words = plain(result_card(ready(job), SmallerCopy(9_800_000)))
    assert "This is a smaller copy of 9.8 MB, because no larger file fits here; the whole video has 28.0 MB." in words
    assert "works until Thu 19 Nov 2026 at 11:06 UTC." in words


def test_only_the_link_says_why_and_how_long_it_works(job: Callable[..., Job]) -> None:
    why = "The video has 28.0 MB and this channel takes 10.0 MB."
    view = ready(job, output=Output("https://cdn.example/x.mp4"))
    assert plain(result_card(view, LinkOnly(why))).split("\n")[2:4] == [
        why,
        (
            "Download the video: https://cdn.example/x.mp4. It is the gateway's own link, which does not say how long "
            "it works."
        ),
    ]


def test_a_dead_link_is_not_offered(job: Callable[..., Job]) -> None:
    card = result_card(ready(job), LinkOnly("It is too large."), now=ENDS + 1, zone=UTC)
    assert "https://" not in plain(card)
    assert "The gateway's link leads nowhere any more." in plain(card)


def test_without_a_kept_video_nothing_can_be_extended(job: Callable[..., Job]) -> None:
    card = result_card(ready(job, video=None), LinkOnly("The video could not be saved here."))
    assert Verb.EXTEND not in verbs(card)


def test_what_it_was_made_of_is_told(job: Callable[..., Job]) -> None:
    frames = (Frame(role=FrameRole.FIRST_FRAME, source="a"), Frame(role=FrameRole.LAST_FRAME, source="b"))
    request = VideoRequest(prompt="waves", aspect_ratio="9:16", frames=frames)
    card = result_card(ready(job, request=request, mode="pro", audio=True, bill_micros=None), Inline())
    assert (
        "AI-generated with Kling 2.6 on ToAPIs, pro (1080p), 5 seconds, 9:16, with sound, from 2 images. "
        "Cost: $0.18 by the price list; ToAPIs sends no bill."
    ) in plain(card)


def test_the_alternative_text_is_one_line_of_at_most_a_thousand_characters(job: Callable[..., Job]) -> None:
    assert alt_text(job()) == "AI-generated video of 5 seconds: waves"
    long = job(request=VideoRequest(prompt="a\nb\u202e " + "é" * 3000))
    assert len(alt_text(long)) <= 1000
    assert alt_text(long).startswith("AI-generated video of 5 seconds: a b é")
    assert alt_text(long).endswith("…")
