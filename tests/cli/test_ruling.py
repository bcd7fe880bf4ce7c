"""`videobot ban`, `close`, `rules`, `approvals`, `reset`, `zone`, `drain`, `audit`, and limits of every scope."""

import pytest

from tests.cli.conftest import Videobot


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("--workspace", "discord:1", "--videos", "3", "--per", "week"),
            "Workspace discord:1 may now take 3 videos a week.",
        ),
        (
            ("--channel", "discord:1:2", "--usd", "5", "--per", "hour"),
            "Channel discord:1:2 may now take $5.00 an hour.",
        ),
        (
            ("--role", "discord:1:7", "--videos", "9", "--per", "24h"),
            "Each member of role discord:1:7 may now take 9 videos in 24 hours.",
        ),
        (("--model", "kling v3", "--seconds", "60", "--per", "day"), "Kling v3 may now take 60 seconds a day."),
        (("--each", "channel", "--jobs", "2"), "Each channel may now take 2 videos at once."),
        (("--default-user", "--cooldown", "10min"), "Each user may now take one video every 10 min."),
    ],
)
def test_limits_of_every_scope_and_window(videobot: Videobot, args: tuple[str, ...], said: str) -> None:
    assert videobot("limits", "set", *args).out == f"{said}\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--workspace", "1", "--jobs", "1"), '"1" is not a workspace; write it as discord:SERVER or slack:TEAM.'),
        (("--each", "role", "--jobs", "1"), "--each is one of user, workspace, channel, model"),
        (("--model", "sora", "--jobs", "1"), 'There is no model "sora"'),
        (("--everyone", "--videos", "1", "--per", "900h"), "--per is day or month"),
        (("--everyone", "--cooldown", "soon"), "--cooldown is a time such as 60s"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_one_sentence(videobot: Videobot, args: tuple[str, ...], said: str) -> None:
    done = videobot("limits", "set", *args)
    assert done.code == 2
    assert said in done.err


def test_a_ban_keeps_a_person_out_until_it_ends(videobot: Videobot) -> None:
    assert "is banned everywhere until" in videobot("ban", "discord:42", "--for", "2h", "--reason", "spam").out
    assert "discord:42 everywhere" in videobot("bans").out
    assert videobot("unban", "discord:42").out == "discord:42 may ask for videos again everywhere.\n"
    assert videobot("bans").out == "Nobody is banned.\n"
    wrong = videobot("ban", "discord:42", "--for", "soon", "--json")
    assert (wrong.code, wrong.document["ok"]) == (1, False)


def test_a_mode_is_closed_and_opened(videobot: Videobot) -> None:
    assert videobot("close", "--mode", "pro").out == "Pro mode is closed everywhere.\n"
    assert videobot("close", "--json").document["rows"] == [
        {"Where": "everywhere", "What": "pro mode", "Rule": "closed"}
    ]
    refused = videobot("make", "waves", "--mode", "pro", "--yes")
    assert refused.code == 1
    assert "Pro mode is closed here by an admin" in refused.err
    assert videobot("open", "--mode", "pro").code == 0
    assert videobot("close").out == "Every channel, model and mode is open.\n"
    assert "exactly one of --channel" in videobot("close", "--mode", "pro", "--model", "v3").err


def test_rules_about_prompts(videobot: Videobot) -> None:
    added = videobot("rules", "add", "blood, gore")
    rule = added.out.split()[1]
    assert rule in videobot("rules", "show").out
    assert "A rule of the admins forbids this prompt" in videobot("make", "a pool of blood", "--yes").err
    assert videobot("rules", "remove", rule).out == f"Rule {rule} is gone.\n"
    assert "cannot be read" in videobot("rules", "add", "(", "--regex").out


def test_a_video_that_waits_for_approval_is_declined(videobot: Videobot) -> None:
    assert videobot("approvals").out == "Nothing waits for an approval.\n"
    videobot("rules", "add", "waves", "--approve")
    job = videobot("make", "waves", "--yes", "--json").document["job"]
    assert job["state"] == "awaiting_approval"
    assert job["id"] in videobot("approvals").out
    done = videobot("decline", job["id"], "--reason", "not today")
    assert done.out.startswith("Declined. An admin declined this video. Not today.")
    assert videobot("approve", job["id"]).code == 1


def test_a_drain_is_begun_and_ended(videobot: Videobot) -> None:
    done = videobot("drain", "--wait", "--reason", "version 2")
    assert "Nothing runs: the process can be replaced." in done.out
    assert videobot("drain", "--end").out == "New videos are accepted again.\n"
    assert videobot("drain", "--end").out == "There was no drain.\n"


def test_a_reset_a_zone_and_the_audit_trail(videobot: Videobot) -> None:
    assert videobot("make", "waves").code == 0
    key = videobot("limits", "show", "--json").document["user"]
    assert videobot("reset", key).out.startswith(f"The use of {key} is forgiven: 1 video")
    assert videobot("ledger", "check").code == 0
    assert videobot("zone", "discord:1", "Asia/Tokyo").out == (
        "The days of discord:1 begin by the clock of Asia/Tokyo now.\n"
    )
    trail = videobot("audit").out
    assert "set time zone workspace discord:1: was that of the settings; is Asia/Tokyo" in trail
    assert f"reset {key}: was 1 video and $0.18 used; is 0" in trail


def test_usage_by_workspace_and_its_top(videobot: Videobot) -> None:
    videobot("make", "waves")
    document = videobot("usage", "--by", "workspace", "--top", "1", "--json").document
    assert [row["group"] for row in document["rows"]] == ["shell:"]
