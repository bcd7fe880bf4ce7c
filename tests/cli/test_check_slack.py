"""`videobot check` about Slack: tokens, granted scopes, ways in."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.cli.checking import Report, Verdict
from bot.cli.checking_slack import check_slack
from bot.cli.root import Root
from bot.settings import Settings
from tests.fakes.slack import FakeSlack


async def checked(slack: FakeSlack, folder: Path, **options: object) -> list[tuple[Verdict, str]]:
    """The lines of the check."""
    report = Report(Root(as_json=True))
    await check_slack(report, Settings(data_dir=folder, slack_api_base=slack.api_base, **options))  # type: ignore[arg-type]
    return report.lines


async def test_all_is_well(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        team = slack.add_team("Acme")
        lines = await checked(
            slack, tmp_path, slack_bot_token=SecretStr(team.bot_token), slack_app_token=SecretStr(slack.app_token)
        )
    assert {verdict for verdict, _ in lines} == {Verdict.OK}
    words = "\n".join(text for _, text in lines)
    assert '"Acme"' in words
    assert "every scope it needs" in words
    assert "Socket Mode" in words


async def test_missing_scopes_are_named_with_what_they_are_for(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        team = slack.add_team("Acme", scopes={"chat:write", "commands"})
        lines = await checked(
            slack, tmp_path, slack_bot_token=SecretStr(team.bot_token), slack_signing_secret=SecretStr("s")
        )
    (failed,) = [text for verdict, text in lines if verdict is Verdict.FAIL]
    assert "files:write (to show videos)" in failed
    assert "chat:write (" not in failed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"slack_bot_token": SecretStr("xoxb-wrong"), "slack_signing_secret": SecretStr("s")}, "does not accept"),
        ({"slack_bot_token": SecretStr("xoxb-wrong")}, "no way in"),
    ],
)
async def test_what_does_not_work_is_named(tmp_path: Path, options: dict[str, object], words: str) -> None:
    async with FakeSlack() as slack:
        lines = await checked(slack, tmp_path, **options)
    assert any(verdict is Verdict.FAIL and words in text for verdict, text in lines)


async def test_a_wrong_app_level_token_is_named(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        team = slack.add_team("Acme")
        lines = await checked(
            slack, tmp_path, slack_bot_token=SecretStr(team.bot_token), slack_app_token=SecretStr("xapp-wrong")
        )
    assert any(verdict is Verdict.FAIL and "SLACK_APP_TOKEN" in text for verdict, text in lines)


async def test_nothing_set_up_is_fine(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        lines = await checked(slack, tmp_path)
    assert [verdict for verdict, _ in lines] == [Verdict.OK]
