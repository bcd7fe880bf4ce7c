"""`videobot report`: a month as tables, as one document, as lines for a spreadsheet."""

import csv
import io
from pathlib import Path

import pytest

from tests.cli.person import Videobot


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_month_is_shown_by_user_model_channel_and_day(videobot: Videobot) -> None:
    assert videobot("make", "waves").code == 0
    assert videobot("make", "clouds", "--mode", "pro").code == 0
    done = videobot("report")
    assert (done.code, done.err) == (0, "")
    for words in ("By user, those who spent most", "By model", "By channel", "By day", "shell:anna", "Bill - quote"):
        assert words in done.out
    assert "By gateway" not in done.out
    assert "By gateway" in videobot("report", "--by", "gateway").out

    told = videobot("report", "--json").document
    together = told["together"]
    assert (together["jobs"], together["delivered"], together["failed"], together["seconds"]) == (2, 2, 0, 10)
    assert [row["group"] for row in told["top_spenders"]] == ["shell:anna"]
    assert set(told["by"]) == {"user", "model", "channel", "day"}
    assert together["quote_usd"] == together["charged_usd"] == together["cost_usd"]


def test_a_month_without_jobs_says_so(videobot: Videobot) -> None:
    done = videobot("report", "--month", "2021-02", "--zone", "Asia/Tokyo")
    assert done.out == "2021-02 (Asia/Tokyo)\nNothing was asked for in this month.\n"
    told = videobot("report", "--month", "2021-12", "--zone", "Asia/Tokyo", "--json").document
    assert (told["since"], told["until"]) == ("2021-11-30T15:00:00+00:00", "2021-12-31T15:00:00+00:00")


def test_each_job_is_a_line_of_a_csv_file(videobot: Videobot, home: Path) -> None:
    job = videobot("make", "=waves").job_id
    assert videobot("make", "clouds").code == 0
    done = videobot("report", "--csv", "jobs.csv", "--bom")
    assert (done.code, done.out.split(":")[0]) == (0, "jobs.csv")
    assert "2 jobs" in done.out
    raw = (home / "jobs.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfjob,accepted_at,")
    assert raw.count(b"\r\n") == raw.count(b"\n") == 3
    assert b"waves" not in raw  # what was asked in words is not in a report
    first, second = sorted(lines(raw.decode("utf-8-sig")), key=lambda line: line["job"] != job)
    assert (first["job"], first["user"], first["state"], first["seconds"]) == (job, "shell:anna", "delivered", "5")
    assert first["quote_usd"] == first["charged_usd"] == first["cost_usd"] == second["cost_usd"] == "0.184"
    assert [path.name for path in home.glob("*.part")] == []

    shown = videobot("report", "--csv", "-")
    assert first in lines(shown.out)
    assert shown.out.startswith("job,")


def test_groups_are_lines_of_a_csv_file(videobot: Videobot) -> None:
    assert videobot("make", "waves").code == 0
    [line] = lines(videobot("report", "--by", "user", "--csv", "-").out)
    assert (line["user"], line["jobs"], line["delivered"], line["cost_usd"]) == ("shell:anna", "1", "1", "0.184")
    assert lines(videobot("report", "--by", "user", "--in", "discord:1", "--csv", "-").out) == []


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--month", "2026-13"), '--month is a month such as 2026-11, not "2026-13".'),
        (("--month", "november"), "--month is a month such as 2026-11"),
        (("--by", "moon"), "--by is one of user, model, channel, day"),
        (("--zone", "Mars"), '"Mars" is no time zone'),
        (("--in", "here"), "--in is a server or workspace such as discord:1"),
        (("--bom",), "give --csv FILE, too"),
        (("--csv", "x.csv", "--json"), "choose one"),
    ],
)
def test_a_report_that_cannot_be_meant_is_one_sentence(videobot: Videobot, args: tuple[str, ...], words: str) -> None:
    done = videobot("report", *args)
    assert done.code == 2
    assert words in done.err
    assert len(done.err.splitlines()) == 1


def test_a_file_that_cannot_be_written_is_one_sentence(videobot: Videobot) -> None:
    done = videobot("report", "--csv", "no/such/folder/x.csv")
    assert (done.code, done.err) == (
        1, "The file no/such/folder/x.csv cannot be written: No such file or directory.\n"
    )  # fmt: skip
