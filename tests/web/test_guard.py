"""What stands in front of every request: names, origins, sizes, headers, token, media."""

import asyncio
import re

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from adapters.gateways.http import trusted
from bot.settings import Settings
from tests.web.conftest import Opener
from tests.web.driver import PageBot, Person
from tests.web.test_chat import png

TOKEN = "a-token-of-the-tests"


async def test_nothing_inline_and_nothing_from_elsewhere_may_run(bot: PageBot, anna: Person) -> None:
    for path in ("/", "/static/page.js", "/media/video/x.mp4", "/nothing"):
        headers = (await anna.client.get(path)).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    page = await anna.look()
    assert not re.search(r"<script(?![^>]* src=\"/static/)|<style|\sstyle=|\son[a-z]+=|https?://", page)


async def test_only_its_own_names_are_answered(bot: PageBot, anna: Person) -> None:
    port = bot.url.rpartition(":")[2]
    for host, status in (
        (f"127.0.0.1:{port}", 200),
        (f"localhost:{port}", 200),
        (f"[::1]:{port}", 200),
        (f"evil.example:{port}", 421),
        (f"127.0.0.1.evil.example:{port}", 421),
        ("", 421),
    ):
        answer = await anna.client.get("/", headers={"Host": host})
        assert answer.status_code == status, host


async def test_only_the_page_itself_can_do_anything(bot: PageBot, anna: Person) -> None:
    async def dismiss(headers: dict[str, str]) -> int:
        return (await anna.client.post("/dismiss", data={"name": "x"}, headers=headers)).status_code

    assert await dismiss({}) == 204
    assert await dismiss({"Sec-Fetch-Site": "same-origin"}) == 204
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"x-csrf": "aaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"x-csrf": ""},
        {"Cookie": ""},
    ):
        assert await dismiss(headers) == 403, headers
    del anna.client.headers["Origin"]
    assert await dismiss({}) == 403


async def test_nobody_becomes_somebody_else_by_a_cookie_of_their_own(bot: PageBot, anna: Person) -> None:
    page = await anna.client.get(
        "/", headers={"Cookie": "videobot=eyJwZXJzb25faWQiOiAiYWRhIn0.aaaaaaaaaaaaaaaaaaaaaaaaaa"}
    )
    assert 'value="anna" aria-pressed="true"' in page.text
    assert (await anna.client.get("/dashboard")).status_code == 403
    assert (await anna.client.get("/dashboard/figures")).status_code == 403


async def test_too_much_is_refused_before_it_is_read(bot: PageBot, anna: Person) -> None:
    assert (await anna.post("/send", text="x" * 600_000)).status_code == 413

    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 65_536

    answer = await anna.client.post(
        "/send", content=endless(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413
    assert "at most 512 kB" in answer.text


async def test_pictures_that_will_not_do_are_told_and_the_others_are_taken(bot: PageBot, anna: Person) -> None:
    files = [
        ("files", ("cat.png", png(), "image/png")),
        ("files", ("not.png", b"not an image", "image/png")),
        ("files", ("tiny.png", png(size=(20, 20)), "image/png")),
    ]
    answer = await anna.post("/composer/pictures", files=files)
    assert answer.text.count('name="picture"') == 1
    assert "not.png: " in answer.text
    assert "tiny.png: " in answer.text
    many = [("files", (f"{n}.png", png(), "image/png")) for n in range(9)]
    assert (await anna.post("/composer/pictures", files=many)).status_code == 400


@pytest.mark.slow
async def test_media_come_in_parts_and_under_names_nobody_can_guess(bot: PageBot, anna: Person) -> None:
    await anna.say("/video waves")
    page = await anna.sees("your video is ready")
    url = re.search(r'<source src="([^"]+)"', page)
    assert url is not None
    whole = await anna.client.get(url[1])
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"
    part = await anna.client.get(url[1], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    beyond = await anna.client.get(url[1], headers={"Range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416
    saved = await anna.client.get(f"{url[1]}?download=1")
    assert saved.headers["content-disposition"].startswith("attachment")
    job = await bot.job()
    for guess in (
        f"{job.id}.mp4",
        f"{job.id}-{'a' * 26}.mp4",
        f"{job.id}-{url[1][-30:-4]}.jpg",
        "..%2f..%2fvideobot.db",
    ):
        assert (await anna.client.get(f"/media/video/{guess}")).status_code == 404
    poster = url[1].replace("/video/", "/poster/").replace(".mp4", ".jpg")
    assert (await anna.client.get(poster)).status_code == 404
    await anna.press("delete-sure", job.id, f"result-{job.id}")
    assert (await anna.client.get(url[1])).status_code == 404


async def test_an_access_token_is_asked_for_where_one_is_set(open_page: Opener) -> None:
    async with open_page(web_token=SecretStr(TOKEN)) as bot:
        async with httpx.AsyncClient(base_url=bot.url, headers={"Origin": bot.url}, verify=trusted()) as client:
            for path in ("/", "/events", "/dashboard", "/earlier?before=1"):
                answer = await client.get(path)
                assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
            assert (await client.post("/send", data={"text": "/video waves"})).status_code == 403
            assert "Access token" in (await client.get("/login")).text
            assert (await client.post("/login", data={"token": "not-it"})).status_code == 403
            entered = await client.post("/login", data={"token": TOKEN})
            assert entered.status_code == 303
            assert "Make a video" in (await client.get("/")).text
        async with httpx.AsyncClient(base_url=bot.url, headers={"Origin": bot.url}, verify=trusted()) as stranger:
            tries = [await stranger.post("/login", data={"token": f"guess-{n}"}) for n in range(11)]
            assert tries[-1].status_code == 429
            assert (await stranger.post("/login", data={"token": TOKEN})).status_code == 429


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_another_address_than_loopback_needs_a_token(host: str) -> None:
    with pytest.raises(ValidationError, match="needs VIDEOBOT_WEB_TOKEN"):
        Settings(web=True, web_host=host)
    assert Settings(web=True, web_host=host, web_token=SecretStr(TOKEN)).web_host == host
    with pytest.raises(ValidationError, match="too short"):
        Settings(web=True, web_host=host, web_token=SecretStr("short"))


async def test_an_address_in_use_is_told_in_a_sentence(bot: PageBot) -> None:
    from bot.side import SideError
    from bot.web_side import WebSide

    bot.app.settings = bot.app.settings.model_copy(update={"web_port": bot.port})
    second = WebSide(bot.app)
    with pytest.raises(SideError, match=f"127.0.0.1:{bot.port} cannot be listened at"):
        await second.start()
    await second.stop()
    await asyncio.sleep(0)
