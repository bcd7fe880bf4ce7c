"""The dashboard: numbers, charts with their tables, limits edited in place, uncertain jobs decided."""

import re
from collections.abc import AsyncIterator

import pytest

from adapters.web.dashboard.charts import columns, ranges, rows, share
from bot.generation.job import Address, JobState, Requester
from tests.storage.steps import Steps
from tests.web.conftest import Opener
from tests.web.driver import PageBot, Person


@pytest.fixture
async def ada(bot: PageBot) -> AsyncIterator[Person]:
    """The admin at the page."""
    async with bot.person("ada") as person:
        yield person


@pytest.mark.slow
async def test_an_admin_sees_numbers_charts_and_tables(open_page: Opener) -> None:
    async with open_page(sandbox_speed=1.0, speed=200.0) as bot, bot.person("ada") as ada:
        await _sees_all(bot, ada)


async def _sees_all(bot: PageBot, ada: Person) -> None:
    await ada.say("/video waves")
    await ada.sees("your video is ready")
    await ada.say("/video waves [[sandbox:moderation]]")
    await bot.job(JobState.FAILED)
    page = await ada.look("/dashboard")
    for title in ("Spend by day", "Jobs by state", "Why videos failed", "Render times", "Lateness", "Top users"):
        section = page[page.index(f">{title}<") :].partition("</section>")[0]
        assert "<svg" in section, title
        assert "<table" in section, title
    assert "content refused" in page
    assert "web:ada" in page
    assert re.search(r"<dt>ToAPIs</dt><dd>\$[0-9.]+ left", page)
    assert "Kling 2.6, std, 5 s" in page
    assert not re.search(r"\sstyle=", page)


async def test_limits_are_set_changed_and_removed_in_place(bot: PageBot, ada: Person) -> None:
    async def send(path: str, **fields: str) -> str:
        limit = {"scope": "everyone", "scope_id": "", "unit": "usd", "window": "day"}
        return (await ada.post(f"/dashboard/{path}", **{**limit, **fields})).text

    assert "There are no limits" in await ada.look("/dashboard")
    assert "Everyone together may now take $6.50 a day." in await send("limits", amount="6.50")
    page = await ada.look("/dashboard")
    assert 'value="6.50"' in page
    assert "$0.00 used and $0.00 held of $6.50 a day" in page
    assert "is a number of dollars" in await send("limits", amount="a lot")
    await send("limits", scope="user", scope_id="web:anna", unit="videos", amount="1")
    assert [limit.amount for limit in await bot.app.service.limits()] == [6_500_000, 1]
    await send("limits/clear")
    assert [limit.amount for limit in await bot.app.service.limits()] == [1]
    answer = await ada.post(
        "/dashboard/limits", scope="user", scope_id="", unit="videos", window="fortnight", amount="1"
    )
    assert answer.status_code == 400
    assert "fortnight" in answer.text


async def test_the_use_is_a_picture_whose_words_have_the_numbers(bot: PageBot, anna: Person, ada: Person) -> None:
    assert "Nothing was asked for in the last 30 days." in await ada.look("/dashboard")
    await anna.say("/video waves")
    await anna.sees("your video is ready")
    page = await ada.look("/dashboard")
    (alt,) = re.findall(r'<img src="/dashboard/usage\.png" alt="([^"]*)"', page)
    assert alt.startswith("Use in the last 30 days: $0.18, 1 video. By user: web:anna $0.18, 1 video.")
    picture = await ada.client.get("/dashboard/usage.png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG\r\n")
    assert (await anna.client.get("/dashboard/usage.png")).status_code == 403


async def test_a_member_can_change_nothing_there(bot: PageBot, anna: Person) -> None:
    limit = {"scope": "everyone", "scope_id": "", "unit": "usd", "window": "day", "amount": "99"}
    answer = await anna.post("/dashboard/limits", **limit)
    assert "Only admins" in answer.text
    assert (await anna.post("/dashboard/resolve", subject="x", verb="resolve-billed")).status_code == 403
    await anna.post("/dashboard/pause", pause="yes")
    assert await bot.app.service.paused() is None
    assert list(await bot.app.service.limits()) == []


async def test_an_uncertain_video_is_decided_with_its_task_id(bot: PageBot, anna: Person, ada: Person) -> None:
    await anna.say("/video waves [[sandbox:lost_answer]]")
    job = await bot.job(JobState.UNCERTAIN)
    page = await ada.look("/dashboard")
    assert f"Job {job.id}" in page
    task = bot.sandbox.tasks()[0]
    wrong = await ada.post("/dashboard/resolve", subject=job.id, task_id="not-a-task")
    assert "no such task" in wrong.text
    await ada.post("/dashboard/resolve", subject=job.id, task_id=str(task["id"]))
    await anna.sees("your video is ready")


async def test_an_uncertain_video_is_decided_by_a_button(bot: PageBot, anna: Person, ada: Person) -> None:
    await anna.say("/video waves [[sandbox:lost_answer]]")
    job = await bot.job(JobState.UNCERTAIN)
    answer = await ada.post("/dashboard/resolve", subject=job.id, verb="resolve-not-created")
    assert "Decided." in answer.text
    assert "Nothing waits for a decision." in answer.text
    await bot.job(JobState.FAILED)


@pytest.mark.slow
async def test_new_videos_are_paused_and_taken_again(bot: PageBot, anna: Person, ada: Person) -> None:
    assert "Paused." in (await ada.post("/dashboard/pause", pause="yes", reason="a party")).text
    await anna.say("/video waves")
    await anna.sees("a party.")
    assert "New videos have been paused" in (await anna.post("/preview", text="/video waves")).text
    assert await bot.jobs() == []
    assert "End the pause" in await ada.look("/dashboard")
    await ada.post("/dashboard/pause", resume="yes")
    await anna.say("/video waves")
    await anna.sees("your video is ready")


@pytest.mark.slow
async def test_each_act_leaves_one_row_and_so_does_each_refusal(open_page: Opener) -> None:
    async with open_page(run_jobs=False) as bot, bot.person("anna") as anna, bot.person("ada") as ada:
        do = Steps(bot.app.database, now=bot.clock.now())
        who = {"requester": Requester("web", "anna"), "address": Address("web")}
        waits = {"needs_approval": True, "approve_by": bot.clock.now() + 600, **who}
        yes, no = (await do.accepted(**waits)).id, (await do.accepted(**waits)).id
        limit = {"scope": "everyone", "scope_id": "", "unit": "usd", "window": "day"}
        # What is sent where, what the trail calls it, and what it calls a try of a member.
        acts = (
            ("dashboard/limits", {**limit, "amount": "6.50"}, "set limit", "set limit"),
            ("dashboard/limits/clear", limit, "clear limit", "clear limit"),
            ("dashboard/pause", {"pause": "yes", "reason": "a party"}, "pause", "pause"),
            ("dashboard/pause", {"resume": "yes"}, "end pause", "resume"),
            ("dashboard/resolve", {"subject": (await do.unsure(**who)).id, "verb": "resolve-billed"}, *["resolve"] * 2),
            ("press", {"subject": (await do.unsure(**who)).id, "verb": "resolve-billed"}, "resolve", "resolve"),
            ("press", {"subject": yes, "verb": "approve"}, "approve", "approve"),
            ("press", {"subject": no, "verb": "decline"}, "decline", "decline"),
            ("press", {"subject": "apimart", "verb": "gateway-use"}, "prefer gateway", "gateway use"),
            ("press", {"subject": "toapis", "verb": "gateway-stop"}, "gateway off", "gateway stop"),
            ("press", {"subject": "toapis", "verb": "gateway-start"}, "gateway on", "gateway start"),
        )

        async def rows_of(person: Person, path: str, fields: dict[str, str]) -> list[tuple[str, str]]:
            before = len(await bot.app.service.audit_rows())
            await person.post(f"/{path}", **fields)
            rows = await bot.app.service.audit_rows()
            return [(row.who, row.act) for row in rows[: len(rows) - before]]

        for path, fields, act, tried in acts:
            assert await rows_of(anna, path, fields) == [("web:anna", f"refused: {tried}")]
            assert await rows_of(ada, path, fields) == [("web:ada", act)]


def test_bars_fill_the_room_and_a_line_shows_the_cap() -> None:
    chart = rows([("done", 10, "10", "good"), ("failed", 5, "5", "bad"), ("lost", 0, "0", "bad")])
    assert [bar.width for bar in chart.bars] == [220, 110, 2]
    upright = columns([("Mon", 1, "1"), ("Tue", 4, "4")], cap=8, cap_words="cap 8")
    assert upright.line is not None
    assert upright.line < min(bar.y for bar in upright.bars)
    assert rows([]).bars == columns([]).bars == ()
    spread = ranges([("fast", 1, 2, 4, "1-4")]).bars[0]
    assert spread.x < (spread.middle or 0) < spread.x + spread.width


def test_shares_of_values() -> None:
    values = list(range(1, 101))
    assert (share(values, 0.0), share(values, 0.5), share(values, 0.95), share(values, 1.0)) == (1, 51, 95, 100)
    assert share([], 0.5) == 0.0
