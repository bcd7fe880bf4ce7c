"""`videobot pause` and `videobot resume`, and what the other commands say meanwhile."""

import subprocess
from collections.abc import Callable

import pytest

from bot.generation.job import Job
from tests.cli.person import Sandbox, Videobot

Submit = Callable[..., Job]


def test_a_pause_stops_new_videos_until_it_is_ended(videobot: Videobot, sandbox: Sandbox) -> None:
    done = videobot("pause", "--reason", "the gateway\n is down")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "New videos are paused: nothing is accepted, and nothing that waits is started.",
        "What runs will be finished. To go on: videobot resume",
    ]
    refused = videobot("make", "waves", "--yes")
    assert (refused.code, refused.out) == (1, "")
    (line,) = refused.err.splitlines()
    assert line.startswith("New videos have been paused since today at ")
    assert line.endswith(" by shell:anna: the gateway is down. Nothing was accepted and nothing is paid.")
    assert sandbox.creates() == 0
    again = videobot("pause", "--reason", "another")
    assert (again.code, "the gateway is down. That pause stays as it is." in again.out) == (0, True)
    assert videobot("resume").out == "New videos are accepted again, and what waited is started.\n"
    assert videobot("resume").out == "New videos were not paused.\n"
    assert videobot("make", "waves").code == 0


def test_a_pause_is_shown_where_an_admin_looks(videobot: Videobot, submit: Submit) -> None:
    job = submit()
    assert videobot("jobs", "list", "--json").document["paused"] is None
    assert "paused" not in videobot("check").out
    videobot("pause")
    first, header, row = videobot("jobs", "list").out.splitlines()
    assert first.startswith("New videos have been paused since today at ")
    assert first.endswith(" by shell:anna.")
    assert (header.split()[0], row.split()[0]) == ("Job", job.id)
    check = videobot("check")
    assert check.code == 0
    (line,) = [line for line in check.out.splitlines() if "paused" in line]
    assert line.startswith("warn  New videos have been paused")
    assert line.endswith("To go on: videobot resume")


def test_a_pause_as_one_document(videobot: Videobot) -> None:
    begun = videobot("pause", "--reason", "holidays", "--json").document
    assert begun["paused"].keys() == {"by", "reason", "since", "drain"}
    assert (begun["ok"], begun["was_paused"], begun["paused"]["reason"]) == (True, False, "holidays")
    refused = videobot("make", "waves", "--json")
    assert (refused.code, refused.document["ok"], refused.document["paused"]) == (1, False, begun["paused"])
    assert videobot("jobs", "list", "--json").document["paused"] == begun["paused"]
    assert videobot("resume", "--json").document == {"ok": True, "paused": None, "was_paused": True}
    assert videobot("resume", "--json").document["was_paused"] is False


def test_a_reason_has_an_end(videobot: Videobot) -> None:
    done = videobot("pause", "--reason", "x" * 301)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert videobot("jobs", "list", "--json").document["paused"] is None


@pytest.mark.slow
def test_a_waiting_job_that_is_resumed_says_that_it_waits_for_the_end_of_the_pause(
    videobot: Videobot, submit: Submit, start: Callable[..., "subprocess.Popen[str]"], sandbox: Sandbox
) -> None:
    job = submit()
    videobot("pause")
    process = start("jobs", "resume", job.id)
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("Note: New videos have been paused since")
    assert sandbox.creates() == 0
    assert videobot("resume").code == 0  # another process sees that within a second
    assert process.wait(60) == 0
    assert sandbox.creates() == 1
