"""The status message of a job, in every state, as it reads aloud."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.cards.card import Button, Card, LinkButton, Person, Said, Shape, Tone, Verb, plain
from adapters.cards.status_card import status_card
from bot.generation.job import ChargeState, Failure, JobState, Output, Requester, StoredVideo
from bot.generation.ports import JobView

View = Callable[..., JobView]
ANNA = Requester("discord", "42")
VIDEO = StoredVideo("videos/x.mp4", 8_000_000, 1280, 720, 5.0, has_audio=False)
RELEASED: dict[str, Any] = {"charge": ChargeState.RELEASED}
SMALL = "For @42: Kling 2.6 on ToAPIs, std (720p), 5 seconds."


def text(card: Card) -> list[str]:
    return plain(card).split("\n")


def verbs(card: Card) -> list[Verb | str]:
    return [button.verb if isinstance(button, Button) else button.url for button in card.buttons]


@pytest.mark.parametrize(
    ("state", "more", "first", "pressed", "tone"),
    [
        (JobState.AWAITING_APPROVAL, {}, "Waiting for an admin to approve $0.18.", [Verb.CANCEL], Tone.WORKING),
        (JobState.QUEUED, {"position": 3}, "Waiting: 2 starts before yours.", [Verb.CANCEL], Tone.WORKING),
        (JobState.UPLOADING, {}, "Sending the images to ToAPIs.", [Verb.CANCEL], Tone.WORKING),
        (JobState.CREATING, {}, "Asking ToAPIs for the video.", [Verb.CANCEL], Tone.WORKING),
        (JobState.RUNNING, {"progress": 45}, "Making the video: 45 %.", [Verb.CANCEL], Tone.WORKING),
        (
            JobState.UNCERTAIN,
            {},
            (
                "The answer of ToAPIs got lost, so nobody knows whether it makes this video. It is not asked again, so "
                "that nothing is paid twice. Tell an admin, who can look there and decide."
            ),
            [],
            Tone.WARNING,
        ),
        (JobState.SAVING, {}, "The video is made; fetching it from ToAPIs.", [], Tone.WORKING),
        (JobState.DELIVERING, {}, "The video is made; handing it over.", [], Tone.WORKING),
        (JobState.DELIVERED, {"video": VIDEO}, "Done.", [], Tone.GOOD),
        (
            JobState.FAILED,
            {**RELEASED, "failure": Failure("busy", "The gateway is busy. Try again in a few minutes.")},
            (
                "This video could not be made. The gateway is busy. Try again in a few minutes. "
                "Nothing was taken from your limits."
            ),
            [Verb.AGAIN, Verb.EDIT],
            Tone.BAD,
        ),
        (JobState.CANCELLED, RELEASED, "Cancelled. It cost nothing.", [Verb.AGAIN, Verb.EDIT], Tone.NEUTRAL),
        (
            JobState.DECLINED,
            RELEASED,
            "An admin declined this video. Nothing was taken from your limits.",
            [Verb.AGAIN, Verb.EDIT],
            Tone.NEUTRAL,
        ),
        (
            JobState.EXPIRED,
            RELEASED,
            "Nobody approved this video in time, so it was not made. Nothing was taken from your limits.",
            [Verb.AGAIN, Verb.EDIT],
            Tone.NEUTRAL,
        ),
        (
            JobState.LOST,
            {**RELEASED, "failure": Failure("task_not_found", "The gateway does not know this task.")},
            (
                "Nobody knows what became of this video at ToAPIs. The gateway does not know this task. Nothing was "
                "taken from your limits. It may have been billed; ask an admin to look there."
            ),
            [Verb.AGAIN, Verb.EDIT],
            Tone.BAD,
        ),
        (
            JobState.UNDELIVERABLE,
            {"video": VIDEO, "failure": Failure("undeliverable", "The channel is gone.")},
            "The video is made and paid, but could not be handed over. The channel is gone. It is kept here.",
            [],
            Tone.BAD,
        ),
    ],
)
def test_every_state_reads_well_and_has_its_buttons(
    view: View, state: JobState, more: dict[str, Any], first: str, pressed: list[Verb], tone: Tone
) -> None:
    card = status_card(view(state, requester=ANNA, **more))
    price = "" if more.get("charge") is ChargeState.RELEASED else " $0.18."
    assert text(card) == [first, "waves", f"{SMALL}{price} Job k3f9x2m4q8rt."]
    assert verbs(card) == pressed
    assert (card.tone, card.notify) == (tone, None)


def test_all_states_are_in_the_list_above(view: View) -> None:
    for state in JobState:
        assert status_card(view(state)).body


def test_a_wished_cancel_takes_the_button_away(view: View) -> None:
    card = status_card(view(JobState.RUNNING, cancel_wanted_at=1.0))
    assert card.buttons == ()
    assert text(card)[0] == (
        "Cancelled after it was sent to ToAPIs, which cannot take it back: it will be billed and not posted."
    )


def test_done_leads_to_the_result_and_tells_the_bill(view: View) -> None:
    done = view(JobState.DELIVERED, video=VIDEO, charge=ChargeState.SETTLED, bill_micros=150_000, gateway="apimart")
    card = status_card(done, result="https://chat.example/1/2")
    assert card.buttons == (LinkButton("See the video", "https://chat.example/1/2"),)
    assert "$0.15, billed by APIMart (quoted at $0.18). Job" in text(card)[2]


def test_a_deleted_video_is_neither_shown_nor_linked(view: View) -> None:
    card = status_card(view(JobState.DELIVERED, deleted_at=5.0), result="https://chat.example/1/2")
    assert text(card)[0] == "Done. The video was deleted later, on request; its price stays counted."
    assert card.buttons == ()


def test_a_video_that_reached_nobody_is_one_press_away_while_the_link_works(view: View) -> None:
    output = Output("https://cdn.example/x.mp4")
    assert verbs(status_card(view(JobState.UNDELIVERABLE, output=output))) == ["https://cdn.example/x.mp4"]
    dead = view(JobState.UNDELIVERABLE, output=output, failure=Failure("not_saved", "The link has expired."))
    assert verbs(status_card(dead)) == []
    odd = view(JobState.UNDELIVERABLE, output=Output("javascript:alert(1)"))
    assert verbs(status_card(odd)) == []


def test_what_a_gateway_wrote_is_escaped_and_our_words_are_not(view: View) -> None:
    message = "The gateway refused this prompt or image: @everyone. Change it and try again."
    card = status_card(view(JobState.FAILED, failure=Failure("content_refused", message), **RELEASED))
    first = card.body[0]
    assert [type(piece) for piece in first.pieces].count(Said) == 1  # type: ignore[union-attr]
    assert Said(message) in first.pieces  # type: ignore[union-attr]
    waits = status_card(view(JobState.QUEUED, failure=Failure("busy", "The gateway is busy. Try again later.")))
    assert Said("The gateway is busy.") in waits.body[0].pieces  # type: ignore[union-attr]


def test_the_prompt_is_one_quote_and_the_person_a_mention_that_notifies_nobody(view: View) -> None:
    prompt = "a cat\nand @everyone"
    card = status_card(view(request=view().job.request.model_copy(update={"prompt": prompt}), requester=ANNA))
    quotes = [line for line in card.body if line.shape is Shape.QUOTE]  # type: ignore[union-attr]
    assert [line.pieces for line in quotes] == [(Said(prompt),)]  # type: ignore[union-attr]
    assert any(Person("42") in line.pieces for line in card.body)  # type: ignore[union-attr]
    assert card.notify is None
    assert len(plain(card)) < 3000
