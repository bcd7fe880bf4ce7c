"""`videobot jobs`: list, show, cancel, resume, and the decisions about uncertain ones."""

import asyncio
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import open_app
from bot.generation.job import Job
from bot.settings import load_settings
from tests.cli.person import Done, Sandbox, Videobot

pytestmark = pytest.mark.slow

Submit = Callable[..., Job]


def _lost(videobot: Videobot, *more: str) -> str:
    """Make a job whose create's answer was lost; its id."""
    done = videobot("make", "waves [[sandbox:lost_answer]]", *more)
    assert done.code == 1
    assert "nobody knows whether it makes this video" in done.err
    return done.job_id


def _state(videobot: Videobot, job: str) -> str:
    shown: Done = videobot("jobs", "show", job, "--json")
    return str(shown.document["job"]["state"])


def test_jobs_are_listed_newest_first_and_found_by_the_beginning_of_their_ids(
    videobot: Videobot, submit: Submit
) -> None:
    assert "No jobs yet" in videobot("jobs", "list").out
    anna = submit("A paper boat\x1b[2J sails")
    bert = submit("A kite", "bert")
    lines = videobot("jobs", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["Job", bert.id, anna.id]
    assert "\x1b" not in "".join(lines)
    assert anna.id in videobot("jobs", "list", "--user", "shell:anna").out
    assert bert.id not in videobot("jobs", "list", "--user", "shell:anna").out
    assert videobot("jobs", "list", "--state", "delivered").out == "No jobs.\n"
    assert len(videobot("jobs", "list", "--unfinished", "--json").document["jobs"]) == 2
    assert videobot("jobs", "list", "--state", "done").out == "No jobs.\n"
    for word in ("queued", "waiting", "Waiting"):
        assert anna.id in videobot("jobs", "list", "--state", word).out
    assert "done (delivered), failed" in videobot("jobs", "list", "--state", "ready").err

    assert f"Job {anna.id}: waiting" in videobot("jobs", "show", anna.id[:8].upper()).out


def test_an_id_that_could_be_several_names_them(videobot: Videobot, submit: Submit) -> None:
    submit("waves", *(f"user{n}" for n in range(33)))
    ids = [job["id"] for job in videobot("jobs", "list", "--limit", "50", "--json").document["jobs"]]
    first = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)  # 33 ids, 32 letters
    done = videobot("jobs", "show", first)
    assert done.code == 2
    assert re.match(rf"{first} could be any of \w+, \w+.*; type more of the id\.", done.err)
    assert videobot("jobs", "show", "../etc").code == 2
    assert "There is no job zzzz" in videobot("jobs", "show", "zzzz").err


def test_a_waiting_job_is_cancelled_for_nothing(videobot: Videobot, submit: Submit, sandbox: Sandbox) -> None:
    job = submit()
    done = videobot("jobs", "cancel", job.id)
    assert (done.code, done.out) == (0, "Cancelled. It cost nothing.\n")
    again = videobot("jobs", "cancel", job.id)
    assert again.code == 1
    assert len(again.err.splitlines()) == 1
    assert videobot("jobs", "resume", job.id).code == 1
    assert sandbox.creates() == 0
    assert videobot("ledger", "check").code == 0


def test_a_job_at_the_gateway_is_cancelled_only_after_a_warning(videobot: Videobot, sandbox: Sandbox) -> None:
    job = _lost(videobot)
    assert videobot("jobs", "resolve", job, "--task", sandbox.tasks()[0]["id"]).code == 0
    done = videobot("jobs", "cancel", job)
    assert done.code == 2
    assert "it will be billed ($0.18) and not delivered. Add --yes" in done.err
    done = videobot("jobs", "cancel", job, "--yes")
    assert done.code == 0
    assert "it will be billed and not posted" in done.out


def test_cancelling_and_deciding_print_one_document(videobot: Videobot, submit: Submit, sandbox: Sandbox) -> None:
    cancelled = videobot("jobs", "cancel", submit().id, "--json").document
    assert (cancelled["ok"], cancelled["job"]["state"]) == (True, "cancelled")
    job = _lost(videobot)
    decided = videobot("jobs", "resolve", job, "--task", sandbox.tasks()[0]["id"], "--json").document
    assert (decided["ok"], decided["job"]["state"], decided["note"]) == (True, "running", None)
    unsure = videobot("jobs", "cancel", job, "--json")
    assert (unsure.code, unsure.document["ok"]) == (2, False)


def test_a_task_the_gateway_does_not_know_is_refused_unless_forced(videobot: Videobot) -> None:
    job = _lost(videobot)
    done = videobot("jobs", "resolve", job, "--task", "video_mistyped")
    assert done.code == 1
    assert done.err == (
        "ToAPIs knows no task video_mistyped; copy the id from there once more, or add --force to store it all the "
        "same.\n"
    )
    assert _state(videobot, job) == "uncertain"
    assert videobot("jobs", "resolve", job, "--task", "video_mistyped", "--force").code == 0
    assert _state(videobot, job) == "running"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("TOAPIS_BASE_URL", "http://127.0.0.1:9", "could not be checked. The gateway cannot be reached"),
        ("TOAPIS_API_KEY", None, "could not be checked, because ToAPIs is not set up here."),
    ],
)
def test_a_task_that_cannot_be_looked_for_is_stored_with_a_note(
    videobot: Videobot, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, why: str
) -> None:
    job, task = _lost(videobot), sandbox.tasks()[0]["id"]
    monkeypatch.delenv(name)
    if value is not None:
        monkeypatch.setenv(name, value)
    done = videobot("jobs", "resolve", job, "--task", task)
    assert done.code == 0
    assert f"Note: Whether ToAPIs has the task {task} {why}" in done.err
    assert _state(videobot, job) == "running"


def test_a_waiting_job_is_run_by_resume(videobot: Videobot, submit: Submit, home: Path) -> None:
    job = submit("Waves at night")
    done = videobot("jobs", "resume", job.id[:6])
    assert done.code == 0, done.err
    assert f"Saved {home}/waves-at-night-{job.id}.mp4" in done.out
    finished = videobot("jobs", "resume", job.id)
    assert finished.code == 0
    assert f"done already. Its video: {home}/waves-at-night-{job.id}.mp4" in finished.out
    assert videobot("jobs", "resume", job.id, "-o", "copy.mp4").out == f"Saved {home}/copy.mp4\n"
    (home / "taken.mp4").write_bytes(b"theirs")
    other = videobot("jobs", "resume", job.id, "-o", "taken.mp4")
    assert other.out == f"Saved {home}/taken-2.mp4\n"
    assert other.err == "taken.mp4 was there already and is left as it is; the video is taken-2.mp4.\n"
    shown = videobot("jobs", "show", job.id)
    assert "accepted after" in shown.out
    assert "Kept video" in shown.out
    assert f"Job {job.id}: done\n" in shown.out
    [listed] = videobot("jobs", "list", "--json").document["jobs"]
    assert listed == videobot("jobs", "show", job.id, "--json").document["job"]
    assert (listed["state"], listed["progress"], listed["file"]) == (
        "delivered",
        100,
        f"{home}/waves-at-night-{job.id}.mp4",
    )
    assert re.search(r"settle +charge +\+1 +\+5 +\+0\.1840", shown.out)


def test_an_uncertain_job_shows_what_is_known_and_every_decision_as_a_command(
    videobot: Videobot, sandbox: Sandbox
) -> None:
    job = _lost(videobot)
    assert sandbox.creates() == 1
    text = videobot("jobs", "show", job).out
    assert f"Job {job}: uncertain" in text
    assert "One create was sent to ToAPIs at " in text
    assert "$0.18 stay held. Undecided tomorrow at" in text
    commands = [line.strip() for line in text.splitlines() if "jobs resolve" in line]
    assert commands == [
        f"videobot jobs resolve {job} {how}" for how in ("--task TASK_ID", "--billed", "--not-created", "--again")
    ]
    for wrong in ((), ("--billed", "--again"), ("--task", " ")):
        assert videobot("jobs", "resolve", job, *wrong).code == 2
    assert _state(videobot, job) == "uncertain"
    assert sandbox.creates() == 1


@pytest.mark.parametrize(
    ("how", "state", "charge", "creates"),
    [
        ("--task", "delivered", "settled", 1),
        ("--again", "delivered", "settled", 2),
        ("--billed", "lost", "released", 1),
        ("--not-created", "failed", "released", 1),
    ],
)
def test_each_decision_does_what_it_says(
    videobot: Videobot, sandbox: Sandbox, how: str, state: str, charge: str, creates: int
) -> None:
    job = _lost(videobot)
    task = [sandbox.tasks()[0]["id"]] if how == "--task" else []
    decided = videobot("jobs", "resolve", job, how, *task)
    assert decided.code == 0, decided.err
    assert decided.out.startswith("Decided. ")
    if state == "delivered":
        resume = shlex.split(decided.out.splitlines()[-1])
        assert resume == ["videobot", "jobs", "resume", job]
        assert videobot(*resume[1:]).code == 0
    shown = videobot("jobs", "show", job, "--json").document
    assert (shown["job"]["state"], shown["job"]["charge"]) == (state, charge)
    assert any(attempt["possibly_billed"] for attempt in shown["attempts"]) == (how == "--billed")
    assert sandbox.creates() == creates
    assert videobot("ledger", "check").code == 0


@pytest.mark.parametrize("how", ["--task", "--billed", "--not-created"])
def test_a_lost_job_is_listed_and_decided_about_and_only_what_is_taken_is_offered(
    videobot: Videobot, sandbox: Sandbox, how: str
) -> None:
    assert videobot("jobs", "list", "--undecided").out == "Nothing waits for a decision.\n"
    job = _lost(videobot)
    assert _listed(videobot) == [job]
    asyncio.run(_give_up(job))
    assert _state(videobot, job) == "lost"
    assert _listed(videobot) == [job]
    assert _offered(videobot, job) == ["--task TASK_ID", "--billed", "--not-created"]
    assert "ask for it again as a new job" in videobot("jobs", "resolve", job, "--again").err
    task = [sandbox.tasks()[0]["id"]] if how == "--task" else []
    decided = videobot("jobs", "resolve", job, how, *task)
    assert decided.code == 0, decided.err
    assert _listed(videobot) == []
    if task:
        assert videobot("jobs", "resume", job).code == 0
        assert _state(videobot, job) == "delivered"
    else:
        assert _state(videobot, job) == "lost"
        assert _offered(videobot, job) == [
            other for other in ("--task TASK_ID", "--billed", "--not-created") if other != how
        ]
    assert sandbox.creates() == 1
    assert videobot("ledger", "check").code == 0


def test_all_that_waits_for_a_decision_is_listed_without_other_choices(videobot: Videobot) -> None:
    refused = videobot("jobs", "list", "--undecided", "--unfinished")
    assert (refused.code, "leave --user, --state and --unfinished out" in refused.err) == (2, True)


def _listed(videobot: Videobot) -> list[str]:
    return [job["id"] for job in videobot("jobs", "list", "--undecided", "--json").document["jobs"]]


def _offered(videobot: Videobot, job: str) -> list[str]:
    start = f"videobot jobs resolve {job} "
    lines = [line.strip() for line in videobot("jobs", "show", job).out.splitlines()]
    return [line.removeprefix(start) for line in lines if line.startswith(start)]


async def _give_up(job_id: str) -> None:
    """Nobody decided in time."""
    async with open_app(load_settings(), run_jobs=False) as app:
        job = await app.store.job(job_id)
        assert job is not None
        await app.store.give_up_uncertain(job, app.clock.now())


def test_a_video_that_cannot_be_put_there_can_be_put_elsewhere(
    videobot: Videobot, sandbox: Sandbox, home: Path
) -> None:
    (home / "sub").mkdir()
    job = _lost(videobot, "-o", "sub/x.mp4")
    (home / "sub").rmdir()
    assert videobot("jobs", "resolve", job, "--task", sandbox.tasks()[0]["id"]).code == 0
    done = videobot("jobs", "resume", job)
    assert done.code == 1
    assert "The video is made and paid, but could not be handed over." in done.err
    assert f"The folder {home}/sub is not there. The video is kept at " in done.err
    assert f"videobot jobs resume {job} -o FILE" in done.err
    saved = videobot("jobs", "resume", job, "-o", "elsewhere.mp4")
    assert saved.code == 0, saved.err
    assert f"Saved {home}/elsewhere.mp4" in saved.out
    assert _state(videobot, job) == "delivered"


def test_a_job_whose_key_is_gone_does_not_wait_without_a_word(
    videobot: Videobot, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit()
    monkeypatch.delenv("TOAPIS_API_KEY")
    done = videobot("jobs", "resume", job.id)
    assert done.code == 1
    assert "ToAPIs, which is not set up any more: set TOAPIS_API_KEY" in done.err


def test_a_settings_file_is_named_in_every_command_that_is_proposed(videobot: Videobot, home: Path) -> None:
    (home / "my bot.toml").write_text('default_model = "2.6"\n')
    done = videobot("--config", "my bot.toml", "make", "waves [[sandbox:lost_answer]]")
    assert "  videobot --config 'my bot.toml' jobs show " in done.err
    assert "x.toml cannot be read" in videobot("--config", "x.toml", "jobs", "list").err
