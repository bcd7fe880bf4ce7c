"""`videobot forget`."""

import subprocess
from collections.abc import Callable

import pytest

from bot.generation.job import Job
from tests.cli.person import Videobot

Submit = Callable[..., Job]


def test_forget_erases_and_says_what_was_done(videobot: Videobot, submit: Submit) -> None:
    submit("a canary")
    assert "canary" in videobot("jobs", "list", "--json").out
    done = videobot("forget", "shell:anna", "--yes")
    assert (done.code, done.out.splitlines()[0]) == (0, "Erased: 1 video and all else kept of @anna.")
    assert "canary" not in videobot("jobs", "list", "--json").out
    assert videobot("ledger", "check").code == 0
    assert videobot("forget", "shell:anna", "--json").code == 2
    assert videobot("forget", "anna", "--yes").code == 2


@pytest.mark.slow
def test_it_asks_once_and_anything_but_yes_erases_nothing(
    videobot: Videobot, submit: Submit, start: Callable[..., "subprocess.Popen[str]"]
) -> None:
    job = submit("a canary")
    for answer, code in (("no\n", 1), ("", 1), ("yes\n", 0)):
        asked = start("forget", "shell:anna", stdin=subprocess.PIPE)
        out, err = asked.communicate(answer, timeout=60)
        assert "Erase everything this bot keeps of @anna for good?" in err
        assert asked.returncode == code, err
        assert ("Erased" in out) == (code == 0)
        assert ("canary" in videobot("jobs", "show", job.id).out) == (code == 1)
