"""`videobot make`: from a prompt to a saved file, and every way it can be refused."""

import os
import shlex
from pathlib import Path

import pytest

from tests.cli.person import Sandbox, Videobot

WRONG = ("make", "waves", "--model", "2.6", "--mode", "std", "--audio", "--duration", "7")


def _is_mp4(path: str | Path) -> bool:
    return Path(path).read_bytes()[4:8] == b"ftyp"


def test_the_price_comes_first_and_the_file_and_its_cost_last(videobot: Videobot, home: Path) -> None:
    done = videobot("make", "Waves at night", "-o", "waves.mp4")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "Kling 2.6 on ToAPIs, std (720p), 5 seconds, 16:9, silent: $0.18"
    assert lines[1].startswith("Accepted as job ")
    assert lines[2] == f"Saved {home}/waves.mp4"
    assert lines[-1] == "Cost: $0.18 by the price list; ToAPIs sends no bill"
    assert _is_mp4(home / "waves.mp4")
    assert "Making the video" in done.err


def test_without_a_name_the_file_is_named_after_the_prompt_and_never_replaced(videobot: Videobot, home: Path) -> None:
    first, second = videobot("make", "Waves at night"), videobot("make", "Waves at night")
    assert (first.code, second.code) == (0, 0)
    assert sorted(p.name for p in home.glob("waves*")) == sorted(
        f"waves-at-night-{done.job_id}.mp4" for done in (first, second)
    )


def test_json_is_one_document_also_for_what_went_wrong(videobot: Videobot, home: Path) -> None:
    done = videobot("make", "waves", "--gateway", "toapis", "--json")
    assert (done.code, done.err) == (0, "")
    job = done.document["job"]
    assert done.document["ok"] is True
    assert (job["state"], job["price_usd"], job["seconds"]) == ("delivered", "0.184", 5)
    assert _is_mp4(done.document["file"])

    refused = videobot("make", "waves [[sandbox:moderation]]", "--json")
    assert refused.code == 1
    assert refused.document["ok"] is False
    assert refused.document["job"]["failure"]["code"] == "content_refused"
    assert refused.document["job"]["charge"] == "released"

    mistyped = videobot("make", "waves", "--durration", "5", "--json")
    assert mistyped.code == 2
    assert "--durration" in mistyped.document["error"]


def test_all_problems_are_listed_at_once_and_the_proposed_change_passes(videobot: Videobot, sandbox: Sandbox) -> None:
    done = videobot(*WRONG, "--image", "a.png", "--last-frame", "b.png")
    assert (done.code, done.out) == (2, "")
    lines = done.err.splitlines()
    assert lines[0] == "This cannot be made as asked, for 4 reasons:"
    assert [line.partition(": ")[0] for line in lines[1:5]] == ["--duration", "--audio", "--last-frame", "--audio"]
    assert lines[6] == "This would work (use 5 seconds, use pro mode, leave audio out):"
    proposal = shlex.split(lines[7])
    assert proposal == shlex.split(
        "videobot make waves --model 2.6 --mode pro --duration 5 --image a.png --last-frame b.png"
    )
    assert sandbox.creates() == 0
    made = videobot(*proposal[1:])
    assert made.code == 0, made.err
    assert "pro (1080p), 5 seconds" in made.out
    body = sandbox.ask("GET", "requests?gateway=toapis&route=create")["requests"][-1]["body"]
    assert {name: body[name] for name in ("model", "mode", "duration")} == {
        "model": "kling-2-6",
        "mode": "pro",
        "duration": 5,
    }
    assert len(body["image_urls"]) == 2
    assert "audio" not in body


def test_files_that_cannot_be_used_stand_among_the_other_problems(videobot: Videobot, home: Path) -> None:
    (home / "not.png").write_text("words")
    done = videobot(*WRONG, "--image", "missing.png", "--last-frame", "not.png", "-o", "nowhere/x.mp4")
    assert done.code == 2
    assert "-o: There is no folder" in done.err
    assert "--image: missing.png does not exist" in done.err
    assert "--last-frame: This file is no image" in done.err
    assert "--duration: 7 seconds" in done.err
    assert "Apart from -o, --image and --last-frame, this would work" in done.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--image", "http://x.example/a.png"), "--image: This is an http link; give a file or an https link."),
        (("--image", "data:image/png;base64,AAAA"), "--image: This is embedded data; give a file or an https link."),
        (("--keep-sound",), "--keep-sound: This says how to use a --reference-video, and there is none."),
        (
            ("--model", "o1", "--reference-video", "v.mp4", "--refer-type", "copy"),
            '--refer-type: Use base or feature, not "copy"',
        ),
        (("--model", "o1", "--reference-video", "v.mp4"), "--reference-video: v.mp4"),
        (("--model", "sora"), "--model: There is no model"),
        (("-o", "a.png/x.mp4"), "-o: There is no folder"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_option(videobot: Videobot, args: tuple[str, ...], words: str) -> None:
    done = videobot("make", "waves", *args)
    assert done.code == 2
    assert words in done.err


def test_a_dear_video_needs_a_yes(videobot: Videobot, sandbox: Sandbox) -> None:
    dear = ("make", "waves", "--mode", "pro", "--audio")
    done = videobot(*dear)
    assert done.code == 2
    assert done.err == ("This needs your yes, because the price is $0.63: add --yes to go ahead. Nothing was sent.\n")
    assert sandbox.creates() == 0
    assert videobot(*dear, "--yes").code == 0
    assert sandbox.creates() == 1


def test_a_file_that_is_there_needs_a_yes(videobot: Videobot, home: Path) -> None:
    (home / "waves.mp4").write_bytes(b"theirs")
    done = videobot("make", "waves", "-o", "waves.mp4")
    assert done.code == 2
    assert "waves.mp4 exists: add --yes" in done.err
    assert (home / "waves.mp4").read_bytes() == b"theirs"
    assert videobot("make", "waves", "-o", "waves.mp4", "--yes").code == 0
    assert _is_mp4(home / "waves.mp4")


def test_a_price_just_above_the_threshold_is_told_apart_from_it(
    videobot: Videobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDEOBOT_CONFIRM_ABOVE_USD", "0.18")
    assert "because the price is $0.184: add --yes" in videobot("make", "waves").err


def test_a_name_that_is_no_videos_is_noted(videobot: Videobot, home: Path) -> None:
    done = videobot("make", "waves", "-o", "waves.txt")
    assert done.code == 0
    assert "Note: waves.txt will be an MP4 video" in done.err
    assert _is_mp4(home / "waves.txt")


def test_over_a_limit_the_refusal_names_it_and_what_fits(videobot: Videobot, sandbox: Sandbox) -> None:
    assert videobot("limits", "set", "--user", "shell:anna", "--usd", "0.30", "--per", "day").code == 0
    done = videobot("make", "waves", "--mode", "pro")
    assert done.code == 1
    first, fits, proposal, _, more = done.err.splitlines()
    assert first == "This video takes $0.31, which is more than your limit of $0.30 a day allows at all."
    document = videobot("make", "waves", "--mode", "pro", "--json").document
    (over,) = document["over"]
    assert (over["of"], over["unit"], over["asked"], over["amount"]) == ("shell:anna", "usd", "0.3125", "0.30")
    assert (over["window"], over["used"], over["held"]) == ("day", "0.00", "0.00")
    assert over["frees_at"]
    assert fits == "What fits now: std mode, for $0.18."
    assert (document["code"], [more.strip()]) == ("over_limit", document["more"])
    assert more.strip() == "videobot limits grant --user shell:anna --usd 0.02 --per day"
    assert sandbox.creates() == 0
    assert videobot(*shlex.split(proposal)[1:]).code == 0
    again = videobot("make", "waves")
    assert again.code == 1
    assert "$0.18 used" in again.err
    more = again.err.splitlines()[-1].strip()
    assert "wait, or allow more:\n" in again.err
    assert videobot(*shlex.split(more)[1:]).code == 0
    assert videobot("make", "waves").code == 0


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("waves [[sandbox:moderation]]", "The gateway refused this prompt or image"),
        ("waves [[sandbox:no_money x0]]", "The gateway account is out of credit; tell an admin."),
        ("waves [[sandbox:fail_late]]", "The gateway could not make this video"),
    ],
)
def test_a_failure_is_one_sentence_with_the_reason(videobot: Videobot, prompt: str, words: str) -> None:
    done = videobot("make", prompt)
    assert done.code == 1
    assert words in done.err
    assert "Nothing was taken from your limits." in done.err
    assert "Traceback" not in done.err
    assert videobot("ledger", "check").code == 0


def test_a_wrong_key_is_one_sentence(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOAPIS_API_KEY", "sk-wrong-key-0123456789")
    done = videobot("make", "waves")
    assert done.code == 1
    assert "The gateway did not accept this bot's key" in done.err
    assert "0123456789" not in done.err


def test_no_key_says_what_to_set(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOAPIS_API_KEY")
    done = videobot("make", "waves")
    assert done.code == 2
    assert "set TOAPIS_API_KEY or APIMART_API_KEY" in done.err


def test_an_unknown_setting_stops_everything(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBOT_GATWAY", "toapis")
    done = videobot("make", "waves")
    assert done.code == 2
    assert "There is no setting VIDEOBOT_GATWAY" in done.err
    assert "did you mean VIDEOBOT_GATEWAY?" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_video_that_cannot_be_saved_is_shown_as_its_link(videobot: Videobot, home: Path) -> None:
    done = videobot("make", "waves [[sandbox:expired]]", "-o", "waves.mp4")
    assert done.code == 1
    assert "The video is made, but could not be saved here." in done.err
    assert "/files/videos/" in done.err
    assert "good until" not in done.err
    assert not (home / "waves.mp4").exists()


def test_a_read_only_database_is_one_sentence(
    videobot: Videobot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VIDEOBOT_DATABASE_URL", f"sqlite:///{tmp_path}/missing/x.db")
    done = videobot("make", "waves")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert os.fspath(tmp_path / "missing") in done.err
