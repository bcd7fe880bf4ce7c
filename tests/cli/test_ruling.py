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
    assert (wrong.code, wrong.document["ok"]) == (2, False)


def test_an_unban_names_what_is_left_and_ends_with_1_where_there_is_nothing(videobot: Videobot) -> None:
    videobot("ban", "discord:42")
    videobot("ban", "discord:42", "--in", "discord:1", "--reason", "spam")
    rows = videobot("bans", "--json").document["rows"]
    assert {(row["user"], row["place"], row["by"], row["until"]) for row in rows} == {
        ("discord:42", "*", "shell:anna", None),
        ("discord:42", "discord:1", "shell:anna", None),
    }
    assert {row["reason"] for row in rows} == {"", "spam"}
    done = videobot("unban", "discord:42")
    assert done.code == 0
    assert done.out == (
        "The ban everywhere is over, but discord:42 is still banned in discord:1.\n"
        "To end that: videobot unban discord:42 --in discord:1\n"
    )
    again = videobot("unban", "discord:42")
    assert again.code == 1
    assert again.out.startswith("There was no ban everywhere, but discord:42 is still banned in discord:1.\n")
    assert videobot("unban", "discord:42", "--in", "discord:1").code == 0
    assert videobot("unban", "discord:42", "--json").document["ok"] is False


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("ban discord:ann", "on Discord an id is a number, such as discord:42"),
        ("ban slack:U0123ABCD", "on Slack it is the workspace and the member, such as slack:T0123ABCD:U0123ABCD"),
        ("reset discrod:42", "in front stands one of discord, shell, slack, web"),
        ("forget discord:ann --yes", "is not a user"),
        ("limits set --user discord:ann --jobs 1", "is not a user"),
        ("limits grant --user slack:T1:X1 --videos 1 --per day", "is not a user"),
        ("limits set --everyone --cooldown 0", "take it away with `videobot limits clear ... --cooldown`"),
        ("jobs list --user root", '"root" is not a user; write the platform in front'),
        ("ban discord:42 --in nowhere", '"nowhere" is not a server or workspace'),
        ("zone discord:1 Europe/Nowhere", "Europe/Nowhere"),
        ("close --mode 4k", "There is no such mode here: say"),
        ("check --config bot.toml", "Write it in front: videobot --config bot.toml check"),
        ("jobs list --verbose", "Write it in front: videobot --verbose jobs list"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_a_sentence(videobot: Videobot, typed: str, said: str) -> None:
    done = videobot(*typed.split())
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_mode_is_closed_and_opened(videobot: Videobot) -> None:
    assert videobot("close", "--mode", "pro").out == "Pro mode is closed everywhere.\n"
    assert videobot("close", "--json").document["rows"] == [
        {"place": "*", "kind": "mode", "name": "pro", "rule": "closed"}
    ]
    refused = videobot("make", "waves", "--mode", "pro", "--yes")
    assert refused.code == 1
    assert "Pro mode is closed here by an admin" in refused.err
    assert videobot("open", "--mode", "pro").code == 0
    assert videobot("open", "--mode", "pro").code == 1
    assert videobot("close").out == "Every channel, model and mode is open.\n"
    assert "exactly one of --channel" in videobot("close", "--mode", "pro", "--model", "v3").err


def test_rules_about_prompts(videobot: Videobot) -> None:
    added = videobot("rules", "add", "blood, gore")
    rule = added.out.split()[1]
    assert rule in videobot("rules", "show").out
    (row,) = videobot("rules", "show", "--json").document["rows"]
    assert (row["id"], row["kind"], row["pattern"], row["action"]) == (rule, "words", "blood, gore", "refuse")
    assert f"Rule {rule} forbids this prompt" in videobot("make", "a pool of blood", "--yes").err
    assert videobot("rules", "remove", rule).out == f"Rule {rule} is gone.\n"
    assert videobot("rules", "remove", rule).code == 1
    wrong = videobot("rules", "add", "(", "--regex")
    assert wrong.code == 2
    assert "cannot be read" in wrong.err


def test_a_video_that_waits_for_approval_is_declined(videobot: Videobot) -> None:
    assert videobot("approvals").out == "Nothing waits for an approval.\n"
    videobot("rules", "add", "waves", "--approve")
    job = videobot("make", "waves", "--yes", "--json").document["job"]
    assert job["state"] == "awaiting_approval"
    assert job["id"] in videobot("approvals").out
    (row,) = videobot("approvals", "--json").document["rows"]
    assert (row["id"], row["asked_by"], row["prompt"]) == (job["id"], "shell:anna", "waves")
    assert row["expires_at"] > row["accepted_at"]
    done = videobot("decline", job["id"], "--reason", "not today")
    told = "An admin declined this video. Reason: Not today."
    assert done.out.startswith(f"Declined. Whoever asked for it is told: {told}")
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
    assert videobot("check").code == 0
    assert videobot("audit").out == trail  # a look is no act
    newest = videobot("audit", "--limit", "1").out
    assert newest.count("shell:anna: ") == 1
    assert newest.endswith("There is more: videobot audit --limit 5\n")
    (row,) = videobot("audit", "--subject", key, "--json").document["rows"]
    assert (row["act"], row["subject"], row["who"]) == ("reset", f"user:{key}", "shell:anna")
    assert f"reset {key}" in videobot("audit", "--subject", key).out
    assert videobot("audit", "--subject", "shell:nobody").out == "Nothing about shell:nobody.\n"
    assert "set the first limits for everyone together: from the settings" in trail


def test_usage_by_workspace_and_its_top(videobot: Videobot) -> None:
    videobot("make", "waves")
    document = videobot("usage", "--by", "workspace", "--top", "1", "--json").document
    assert [row["group"] for row in document["rows"]] == ["shell:"]
