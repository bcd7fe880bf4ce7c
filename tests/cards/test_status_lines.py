"""What people read while they wait, and when it went wrong."""

from collections.abc import Callable

import pytest

from adapters.cards.status import bill_line, state_word, status_line, step_words
from bot.generation.job import ChargeState, Failure, Job, JobState, StoredVideo
from bot.generation.ports import JobView

View = Callable[..., JobView]
VIDEO = StoredVideo("videos/x.mp4", 8_000_000, 1280, 720, 5.0, has_audio=False)


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_has_a_finished_sentence(view: View, state: JobState) -> None:
    for failure in (None, Failure("busy", "The gateway is busy. Try again in a few minutes.")):
        line = status_line(view(state, failure=failure))
        assert line[0].isupper()
        assert line.endswith(".")
        assert "  " not in line
        assert "None" not in line
    assert state_word(state)
    assert step_words(view(state))


@pytest.mark.parametrize(
    ("position", "line"),
    [
        (None, "Waiting to start."),
        (1, "Waiting: yours starts next."),
        (2, "Waiting: 1 start before yours."),
        (4, "Waiting: 3 starts before yours."),
    ],
)
def test_the_place_in_the_queue_is_told(view: View, position: int | None, line: str) -> None:
    assert status_line(view(position=position)) == line


def test_a_learned_range_is_usual_and_an_unlearned_one_is_the_vendors_word(view: View) -> None:
    learned = view(JobState.RUNNING, progress=45, usual_seconds=(125, 231), usual_is_learned=True)
    assert status_line(learned) == "Making the video: 45 % (usually 2-4 min)."
    heard = view(JobState.RUNNING, usual_seconds=(60, 300))
    assert status_line(heard) == "Making the video (the vendor says 1-5 min)."


def test_a_slow_one_is_taking_longer_and_no_promise_is_repeated(view: View) -> None:
    line = status_line(view(JobState.RUNNING, progress=99, usual_seconds=(60, 300), taking_longer=True))
    assert line.startswith("Making the video: 99 %, and taking longer than usual. ToAPIs still works on it")
    assert "1-5 min" not in line


def test_a_retry_says_what_happened_but_not_to_try_again(view: View) -> None:
    failure = Failure("busy", "The gateway is busy. Try again in a few minutes.")
    assert status_line(view(failure=failure)) == "Waiting to try again. The gateway is busy."


def test_a_failure_gives_the_reason_what_to_do_and_the_money_back(view: View) -> None:
    failure = Failure("content_refused", "The gateway refused this prompt or image. Change it and try again.")
    line = status_line(view(JobState.FAILED, failure=failure, charge=ChargeState.RELEASED))
    assert line == (
        "This video could not be made. The gateway refused this prompt or image. Change it and try again. "
        "Nothing was taken from your limits."
    )


def test_an_uncertain_job_says_that_it_is_not_paid_twice(view: View) -> None:
    line = status_line(view(JobState.UNCERTAIN))
    assert "nobody knows" in line
    assert "nothing is paid twice" in line


def test_a_late_cancel_says_that_it_is_billed(view: View) -> None:
    assert status_line(view(cancel_wanted_at=1.0)) == "Being cancelled; it costs nothing."
    assert "it will be billed and not posted" in status_line(view(JobState.RUNNING, cancel_wanted_at=1.0))
    billed = view(JobState.CANCELLED, cancel_wanted_at=1.0, charge=ChargeState.SETTLED, bill_micros=150_000)
    assert "cost $0.15" in status_line(billed)
    assert status_line(view(JobState.CANCELLED, charge=ChargeState.RELEASED)) == "Cancelled. It cost nothing."


def test_an_undelivered_video_says_where_it_is(view: View) -> None:
    failure = Failure("undeliverable", "The folder /gone is not there. The video is kept at /media/x.mp4.")
    line = status_line(view(JobState.UNDELIVERABLE, failure=failure, video=VIDEO))
    assert "/gone is not there" in line
    assert line.endswith("The video is kept at /media/x.mp4.")
    elsewhere = view(JobState.UNDELIVERABLE, failure=Failure("undeliverable", "The channel is gone."), video=VIDEO)
    assert status_line(elsewhere).endswith("The channel is gone. It is kept here.")
    gone = view(JobState.UNDELIVERABLE, failure=Failure("not_saved", "The link has expired."))
    assert "still works" not in status_line(gone)


def test_a_decision_is_told_once_and_without_a_contradiction(view: View) -> None:
    never = Failure(
        "never_ran", "The gateway never made this video. It takes nothing from your limits; ask for it again."
    )
    billed = Failure(
        "billed_not_found",
        "The gateway billed this video, but it cannot be found there. It takes nothing from your limits.",
    )
    for state in (JobState.LOST, JobState.FAILED):
        assert status_line(view(state, failure=never, charge=ChargeState.RELEASED)) == never.message
    assert status_line(view(JobState.LOST, failure=billed, charge=ChargeState.RELEASED)) == billed.message
    undecided = Failure(
        "undecided",
        "For 24 hours nobody could tell whether the gateway made this video. It takes nothing from your limits.",
    )
    line = status_line(view(JobState.LOST, failure=undecided, charge=ChargeState.RELEASED))
    assert line == f"{undecided.message} It may have been billed; ask an admin to look there."
    unknown = Failure("task_not_found", "The gateway does not know this task.")
    line = status_line(view(JobState.LOST, failure=unknown, charge=ChargeState.RELEASED))
    assert "Nothing was taken from your limits. It may have been billed" in line


def test_a_save_that_is_tried_again_says_why_and_an_older_failure_does_not(view: View) -> None:
    saving = view(JobState.SAVING, failure=Failure("not_saved", "The media folder is full. Free some space."))
    assert status_line(saving).endswith("fetching it from ToAPIs. Trying again. The media folder is full.")
    assert step_words(saving) == "Fetching the video again"
    older = Failure("busy", "The gateway is busy.")
    assert "Trying again" not in status_line(view(JobState.SAVING, failure=older))
    assert "Trying again" not in status_line(view(JobState.DELIVERING, failure=older))


def test_the_bill_says_how_it_is_known(job: Callable[..., Job]) -> None:
    assert bill_line(job(bill_micros=150_000, gateway="apimart")) == "$0.15, billed by APIMart (quoted at $0.18)"
    assert bill_line(job()) == "$0.18 by the price list; ToAPIs sends no bill"
    assert bill_line(job(quote_is_estimate=True)).startswith("about $0.18")
