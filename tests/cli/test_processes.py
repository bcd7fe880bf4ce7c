"""The command line as real processes: signals, streams, a terminal."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.cli.cityscape import draw_city
from bot.cli.watching import ONE_PRESS
from tests.cli.person import Sandbox, Videobot
from tests.fakes.pictures import decoded, ssim

pytestmark = pytest.mark.slow

Start = Callable[..., subprocess.Popen[str]]


def _read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stderr is not None
    text = ""
    for line in process.stderr:
        text += line
        if words in line:
            return text
    raise AssertionError(f"it ended without {words!r}: {text}")


def test_help_imports_little(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--help"], cwd=Path(__file__).parents[2], capture_output=True, check=True
    )
    assert b"make" in done.stdout
    imported = subprocess.run(
        [sys.executable, "-c", "import sys, bot.cli; print(*sys.modules)"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    assert not {"sqlalchemy", "httpx", "aiohttp", "PIL", "av", "pydantic"} & set(imported)


def test_ctrl_c_leaves_the_job_resumable_and_says_how(
    start: Start, videobot: Videobot, sandbox: Sandbox, home: Path
) -> None:
    process = start("make", "Waves at night [[sandbox:slow=3600]]", "-o", "waves.mp4")
    _read_until(process, "Making the video")
    process.send_signal(signal.SIGINT)
    time.sleep(0.02)
    process.send_signal(signal.SIGINT)  # the same press
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    job = re.search(r"videobot jobs resume (\w+)", err)
    assert job, (out, err)
    assert "ToAPIs goes on making the video." in err
    assert "Traceback" not in err
    sandbox.ask("POST", f"tasks/{sandbox.tasks()[0]['id']}", {"outcome": "finish"})
    done = videobot("jobs", "resume", job[1])
    assert done.code == 0, done.err
    assert (home / "waves.mp4").read_bytes()[4:8] == b"ftyp"
    assert sandbox.creates() == 1
    assert videobot("ledger", "check").code == 0


def test_a_second_ctrl_c_quits_at_once_and_nothing_is_sent_twice(
    start: Start, videobot: Videobot, sandbox: Sandbox
) -> None:
    process = start("make", "waves [[sandbox:timeout=60]]")
    _read_until(process, "Asking ToAPIs")
    process.send_signal(signal.SIGINT)
    _read_until(process, "Ctrl-C again")
    process.send_signal(signal.SIGINT)  # the same press: `timeout -s INT` sends two
    time.sleep(ONE_PRESS + 0.1)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    job = videobot("jobs", "list", "--json").document["jobs"][0]
    assert job["state"] == "creating"
    done = videobot("jobs", "resume", job["id"])
    assert done.code == 1
    assert "nobody knows whether it makes this video" in done.err
    assert sandbox.creates() == 1


def test_json_has_stdout_for_itself_and_verbose_logs_hide_key_and_prompt(
    start: Start, videobot: Videobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start("--verbose", "make", "a canary-prompt-4711 sings", "--negative-prompt", "no-canary-0815", "--json")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert json.loads(out)["ok"] is True
    assert "DEBUG" in err or "INFO" in err
    assert not re.search(r"canary|sandbox-key", err)

    monkeypatch.setenv("TOAPIS_API_KEY", "sk-canary-key-0123456789")
    refused = videobot("--verbose", "make", "a canary-prompt-4711 sings")
    assert refused.code == 1
    assert not re.search(r"canary|0123456789", refused.out + refused.err)


def test_a_price_is_asked_for_at_a_terminal_and_the_bar_shows_the_gateways_numbers(
    start: Start, sandbox: Sandbox
) -> None:
    def talk(answer: str, prompt: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        process = start("make", prompt, "--mode", "pro", "--audio", stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        text = ""
        asked = False
        while select.select([ours], [], [], 20)[0]:
            try:
                text += os.read(ours, 65536).decode()
            except OSError:  # the process has closed the terminal
                break
            if not asked and "[y/N]" in text:
                asked = True
                os.write(ours, f"{answer}\n".encode())
        os.close(ours)
        return process.wait(20), text

    code, text = talk("n", "waves")
    assert code == 1
    assert "$0.63" in text
    assert "Not made; nothing was paid." in text
    assert sandbox.creates() == 0
    code, text = talk("y", "waves [[sandbox:slow=0.5]]")
    assert code == 0
    assert "Making the video" in text
    assert re.search(r"\d+ %", text)
    assert "Saved " in text


def test_run_serves_until_told_to_stop_and_a_second_one_is_refused(
    start: Start, videobot: Videobot, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start("run")
    assert first.stdout is not None
    assert first.stdout.readline().startswith("Running. Gateways: ToAPIs.")
    second = videobot("run")
    assert second.code == 1
    assert second.err == (
        f"Another videobot (pid {first.pid}, videobot run) runs the jobs of this database already: stop it, or give "
        "both one on PostgreSQL (VIDEOBOT_DATABASE_URL), which several processes can share.\n"
    )
    assert videobot("run", "--only", "worker").err == second.err
    monkeypatch.setenv("VIDEOBOT_LOG", "json")
    logged = videobot("run")
    assert (logged.code, logged.out) == (1, "")
    assert json.loads(logged.err)["message"] == second.err.strip()
    monkeypatch.delenv("VIDEOBOT_LOG")
    made = videobot("make", "waves", "-o", "waves.mp4")
    assert made.code == 0, made.err
    assert "Another videobot runs the jobs here; watching it." in made.err
    assert (home / "waves.mp4").exists()
    first.send_signal(signal.SIGTERM)
    assert first.wait(20) == 0


def test_the_faults_fit_a_page_and_say_how_each_is_asked_for(
    videobot: Videobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS")
    text = videobot("sandbox", "--faults").out
    assert max(map(len, text.splitlines())) <= 80
    prompts, _, controls = text.partition("No prompt reaches these")
    assert "[[sandbox:lost_answer]]" in prompts
    assert "no cost in the answer (APIMart only)" in " ".join(prompts.split())
    for name in ("upload_200", "upload_no_url", "balance_failed"):
        assert name not in prompts
        assert name in controls


def test_the_sandbox_command_says_what_to_set(start: Start) -> None:
    process = start("sandbox", "--port", "0")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    assert "The sandbox gateway listens at http://127.0.0.1:" in lines[0]
    assert "export TOAPIS_API_KEY=sandbox-key TOAPIS_BASE_URL=http://127.0.0.1:" in lines[2]
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


@pytest.mark.slow
def test_the_demo_ends_with_two_videos_of_the_asked_size_ratio_and_length(
    start: Start, home: Path, tmp_path: Path
) -> None:
    process = start("demo")
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    words, city = (decoded(Path(path)) for path in out.splitlines()[-2:])
    assert (words.size, city.size) == ((1280, 720), (1920, 1080))
    assert words.seconds == pytest.approx(5.0, abs=0.1)
    assert city.seconds == pytest.approx(5.0, abs=0.1)
    for picture, night in ((city.first, False), (city.last, True)):
        drawn = Image.open(draw_city(tmp_path / "drawn.png", night=night)).convert("RGB").resize(city.size)
        assert ssim(picture, drawn) >= 0.9
