"""`videobot limits`, `usage`, `ledger check`, `models`."""

from pathlib import Path

import pytest

from tests.cli.person import Videobot


def test_a_fresh_install_has_limits_and_shows_their_use(videobot: Videobot) -> None:
    assert videobot("make", "waves").code == 0
    text = videobot("limits", "show").out
    for words in ("everyone together", "$20.00 a day", "each user", "5 videos a day", "2 videos at once"):
        assert words in text
    assert "What applies to shell:anna now:" in text
    uses = {use["unit"]: use for use in videobot("limits", "show", "--json").document["uses"] if use["scope"] == "user"}
    assert (uses["videos"]["used"], uses["videos"]["free"]) == (1, 4)
    assert (uses["usd"]["used"], uses["usd"]["limit"]) == ("0.184", "3.00")


def test_limits_of_a_person_come_with_what_videos_cost_and_what_was_billed_otherwise(videobot: Videobot) -> None:
    text = videobot("limits", "show").out
    assert "What videos cost: 5 seconds in std mode $0.18 (fits now); 10 seconds in pro mode $0.63 (fits now)." in text
    assert "billed" not in text
    document = videobot("limits", "show", "--user", "discord:42", "--json").document
    assert [(e["mode"], e["seconds"], e["price_usd"], e["fits"]) for e in document["examples"]] == [
        ("std", 5, "0.184", True),
        ("pro", 10, "0.625", True),
    ]
    assert document["billed_otherwise"] == {"videos": 0, "billed_usd": "0.00", "quoted_usd": "0.00"}


@pytest.mark.slow
def test_whoever_fills_a_limit_is_told_once_of_their_own_and_of_shared_ones(videobot: Videobot) -> None:
    assert videobot("limits", "set", "--default-user", "--videos", "2", "--per", "day").code == 0
    assert videobot("limits", "set", "--everyone", "--videos", "2", "--per", "month").code == 0
    assert "taken" not in videobot("make", "waves").out
    filled = videobot("make", "waves").out
    assert "Note: Your limit is full: 2 taken of your 2 videos a day, until" in filled
    assert "Note: Everyone together has taken 100 % of 2 videos a month (2) until" in filled
    granted = videobot("limits", "grant", "--user", "shell:anna", "--videos", "1", "--per", "day")
    assert granted.code == 0
    assert videobot("limits", "set", "--everyone", "--videos", "99", "--per", "month").code == 0
    again = videobot("make", "waves", "--json")
    assert "Note: Your limit is full: 3 taken of your 2 videos a day + 1 granted, until" in again.err
    assert again.document["ok"]


def test_limits_are_set_and_cleared(videobot: Videobot) -> None:
    done = videobot("limits", "set", "--user", "discord:42", "--videos", "10", "--usd", "2.50", "--per", "day")
    assert done.out.splitlines() == [
        "discord:42 may now take 10 videos a day.",
        "discord:42 may now take $2.50 a day.",
    ]
    assert videobot("limits", "set", "--everyone", "--usd", "20", "--per", "month").out == (
        "Everyone together may now take $20.00 a month.\n"
    )
    assert videobot("limits", "set", "--default-user", "--jobs", "1").out == "Each user may now take 1 video at once.\n"
    assert "10 videos a day" in videobot("limits", "show", "--user", "discord:42").out
    gone = videobot("limits", "clear", "--user", "discord:42", "--videos", "--per", "day")
    assert gone.out == "The limit on videos a day for discord:42 is gone.\n"
    assert "5 videos a day" in videobot("limits", "show", "--user", "discord:42").out
    again = videobot("limits", "clear", "--user", "discord:42", "--videos", "--per", "day")
    assert (again.code, again.out) == (1, "There was no limit on videos a day for discord:42.\n")


def test_limits_are_set_and_cleared_with_one_document(videobot: Videobot) -> None:
    set_ = videobot("limits", "set", "--user", "discord:42", "--usd", "2.50", "--per", "day", "--json").document
    name = {"scope": "user", "of": "discord:42", "unit": "usd", "window": "day"}
    assert set_ == {"ok": True, "limits": [{**name, "limit": "2.50"}]}
    clear = ("limits", "clear", "--user", "discord:42", "--usd", "--per", "day", "--json")
    assert videobot(*clear).document == {"ok": True, "limits": [{**name, "was_there": True}]}
    gone = videobot(*clear)
    assert (gone.code, gone.document["limits"][0]["was_there"]) == (1, False)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "exactly one of --user USER, --default-user and --everyone"),
        (("--everyone", "--user", "shell:anna"), "exactly one of"),
        (("--user", "anna", "--videos", "1", "--per", "day"), '"anna" is not a user'),
        (("--everyone",), "Say of what"),
        (("--everyone", "--videos", "1"), "--per day or --per month"),
        (("--everyone", "--videos", "1", "--per", "year"), "--per is day or month, hour or week"),
        (("--everyone", "--jobs", "2", "--per", "day"), "--jobs counts videos at once"),
        (("--everyone", "--usd", "much", "--per", "day"), "--usd is a number of dollars"),
        (("--everyone", "--usd", "nan", "--per", "day"), "--usd is a number of dollars"),
        (("--everyone", "--videos", "many", "--per", "day"), "--videos needs a whole number"),
        (("--everyone", "--videos", "-1", "--per", "day"), "--videos should be greater"),
    ],
)
def test_a_limit_that_makes_no_sense_is_one_sentence(videobot: Videobot, args: tuple[str, ...], words: str) -> None:
    done = videobot("limits", "set", *args)
    assert done.code == 2
    assert words in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.slow
def test_more_is_granted_for_today(videobot: Videobot) -> None:
    assert videobot("limits", "set", "--default-user", "--videos", "0", "--per", "day").code == 0
    refused = videobot("make", "waves")
    assert (refused.code, "0 videos a day allows no video" in refused.err) == (1, True)
    done = videobot(
        "limits", "grant", "--user", "shell:anna", "--videos", "1", "--usd", "2.50", "--per", "day", "--reason", "feast"
    )
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["shell:anna may take 1 video more today.", "shell:anna may take $2.50 more today."]
    assert "0 videos a day + 1 granted" in videobot("limits", "show").out
    assert "$3.00 a day + $2.50 granted" in videobot("limits", "show").out
    uses = {use["unit"]: use for use in videobot("limits", "show", "--json").document["uses"] if use["scope"] == "user"}
    assert (uses["videos"]["limit"], uses["videos"]["granted"], uses["videos"]["free"]) == (0, 1, 1)
    assert (uses["usd"]["limit"], uses["usd"]["granted"]) == ("3.00", "2.50")
    assert videobot("make", "waves").code == 0
    used_up = videobot("make", "waves")
    assert "no room for one more video in your limit of 0 videos a day + 1 granted" in used_up.err
    assert videobot("make", "waves", "--json").document["over"][0]["granted"] == 1


def test_a_grant_is_one_document_and_says_when_it_changes_nothing(videobot: Videobot) -> None:
    given = videobot("limits", "grant", "--everyone", "--usd", "5", "--per", "day", "--json").document
    name = {"scope": "everyone", "of": "*", "unit": "usd", "window": "day"}
    assert given == {"ok": True, "grants": [{**name, "granted": "5.00"}]}
    done = videobot("limits", "grant", "--default-user", "--seconds", "60", "--per", "month")
    assert done.out == "Each user may take 60 seconds more this month.\n"
    assert done.err == "Note: there is no limit on seconds a month for each user, so this changes nothing now.\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "exactly one of --user USER, --default-user and --everyone"),
        (("--everyone",), "Say how much more"),
        (("--everyone", "--videos", "1"), "--per day or --per month"),
        (("--everyone", "--videos", "0", "--per", "day"), "--videos should be greater"),
        (("--everyone", "--usd", "0", "--per", "day"), "more than zero"),
        (("--everyone", "--jobs", "1", "--per", "day"), "No such option"),
    ],
)
def test_a_grant_that_makes_no_sense_is_one_sentence(videobot: Videobot, args: tuple[str, ...], words: str) -> None:
    done = videobot("limits", "grant", *args)
    assert done.code == 2
    assert words in done.err
    assert len(done.err.splitlines()) == 1


def test_usage_adds_up_by_anything(videobot: Videobot) -> None:
    assert "Nothing was asked for" in videobot("usage").out
    assert videobot("make", "waves").code == 0
    assert videobot("make", "waves [[sandbox:moderation]]").code == 1
    assert "shell:anna" in videobot("usage").out
    for by, group in (("model", "2.6"), ("gateway", "toapis")):
        (row,) = videobot("usage", "--by", by, "--json").document["rows"]
        assert (row["group"], row["charged_usd"], row["cost_usd"]) == (group, "0.184", "0.184")
    assert videobot("usage", "--since", "2020-01-01", "--until", "2020-12-31", "--json").document["rows"] == []
    for wrong in (("--by", "hour"), ("--since", "yesterday"), ("--since", "2020-02-01", "--until", "2020-01-01")):
        done = videobot("usage", *wrong)
        assert done.code == 2
        assert len(done.err.splitlines()) == 1


def test_usage_is_drawn_as_a_picture(videobot: Videobot, tmp_path: Path) -> None:
    file = tmp_path / "use.png"
    assert "Nothing was asked for" in videobot("usage", "--chart", str(file)).out
    assert not file.exists()
    assert videobot("make", "waves").code == 0
    assert f"The chart is in {file}." in videobot("usage", "--chart", str(file)).out
    assert file.read_bytes().startswith(b"\x89PNG\r\n")
    drawn = videobot("usage", "--by", "model", "--chart", str(file), "--json").document["chart"]
    assert drawn["file"] == str(file)
    assert "By model: Kling 2.6 $0.18, 1 video." in drawn["alt"]
    for wrong, words in (("use.db", "ends with .png"), ("nowhere/use.png", "cannot be written")):
        done = videobot("usage", "--chart", str(tmp_path / wrong))
        assert words in done.err
        assert len(done.err.splitlines()) == 1


def test_the_ledger_agrees(videobot: Videobot) -> None:
    assert videobot("make", "waves").code == 0
    done = videobot("ledger", "check")
    assert (done.code, done.out) == (0, "The ledger agrees with all jobs, attempts and counters.\n")
    assert videobot("ledger", "check", "--json").document == {"ok": True, "disagreements": []}


def test_models_fit_a_narrow_terminal(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = videobot("models").out.splitlines()
    assert max(len(line.rstrip()) for line in lines[:20] if not line.startswith("Prices")) <= 80
    assert "last (pro)" in "\n".join(lines)
    by_name = {m["model"]: m for m in videobot("models", "--json").document["models"]}
    assert by_name["2.6"]["usd_per_second"]["pro+audio"]["usd"] == "0.125"
    assert by_name["v3"]["seconds_with_images"] == [5, 10]
