"""At the shell: why a request was refused, what the operator can do about it, and fields beside the words."""

from tests.cli.conftest import Videobot


def test_what_was_refused_is_found_later_with_the_reason(videobot: Videobot) -> None:
    assert videobot("audit", "--refusals").out == "No request for a video was refused.\n"
    rule = videobot("rules", "add", "blood").out.split()[1]
    refused = videobot("make", "a pool of blood", "--yes")
    assert refused.err.startswith(f"Rule {rule} forbids this prompt: say it in other words, or take the rule away.")
    assert refused.err.endswith(f"  videobot rules remove {rule}\n")
    said = f"shell:anna was refused a video: rule {rule} forbids the prompt (asked at the shell)"
    assert said in videobot("audit", "--refusals").out
    assert said in videobot("audit", "--subject", "shell:anna").out
    assert "refused" not in videobot("audit").out
    (row,) = videobot("audit", "--refusals", "--json").document["rows"]
    assert (row["who"], row["act"]) == ("shell:anna", "refused: video")
    assert "blood" not in str(row)


def test_a_refusal_has_a_code_and_an_end_for_programs(videobot: Videobot) -> None:
    videobot("ban", "shell:anna", "--for", "2h", "--reason", "spam")
    banned = videobot("make", "waves", "--json").document
    assert (banned["code"], banned["reason"]) == ("banned", "spam")
    assert str(banned["until"]).endswith("+00:00")
    shown = videobot("limits", "show")
    assert shown.out.startswith("shell:anna is banned everywhere until ")
    assert "fits now" not in shown.out
    (out,) = videobot("limits", "show", "--json").document["kept_out"]
    assert (out["code"], out["place"], out["until"]) == ("banned", "*", banned["until"])
    videobot("unban", "shell:anna")
    videobot("pause", "--reason", "repairs")
    paused = videobot("make", "waves", "--json").document
    assert (paused["code"], paused["until"], paused["paused"]["reason"]) == ("paused", None, "repairs")
    assert videobot("limits", "show").out.startswith("New videos have been paused since ")


def test_limits_of_places_are_said_to_count_where_somebody_asks(videobot: Videobot) -> None:
    line = "Limits of workspaces, channels and roles count, too, where the user asks for a video."
    assert line not in videobot("limits", "show").out
    videobot("limits", "set", "--role", "discord:1:7", "--videos", "4", "--per", "day")
    assert line in videobot("limits", "show", "--user", "discord:42").out.splitlines()


def test_a_full_number_at_once_names_the_command_that_allows_more(videobot: Videobot) -> None:
    videobot("limits", "set", "--user", "shell:anna", "--jobs", "0")
    assert videobot("make", "waves").err.endswith("Allow more:\n  videobot limits set --user shell:anna --jobs 1\n")


def test_a_video_that_waits_for_approval_says_once_why_and_what_decides(videobot: Videobot) -> None:
    rule = videobot("rules", "add", "gun", "--approve").out.split()[1]
    waits = videobot("make", "a man with a gun", "--yes")
    job = waits.out.split()[-1].rstrip(".")
    head, *details = waits.err.splitlines()
    why = f"because of rule {rule} about prompts. It costs $0.18. Undecided, it expires "
    assert head.startswith(f"Waiting for an admin to approve it, {why}")
    assert details == [
        "Let it start, and go on with it:",
        f"  videobot approve {job}",
        f"  videobot jobs resume {job}",
        "Or do not make it:",
        f"  videobot decline {job}",
    ]
    shown = videobot("jobs", "show", job).out
    assert head in shown
    assert f"  videobot approve {job}\n" in shown
    assert "  Expires    in " in shown
    assert videobot("approve", job).code == 0
    assert videobot("jobs", "resume", job).code == 0
