"""Balance, models, rate headers, base URLs and keys."""

import pytest
from pydantic import SecretStr

from adapters.gateways.apimart import ApiMart
from adapters.gateways.http import check_base_url, check_key
from adapters.gateways.toapis import ToApis
from adapters.gateways.wire import RateInfo
from bot.generation.ports import Balance, Gateway, GatewayError
from tests.gateways.clients.pair import Clients
from tests.gateways.clients.script import BODY, HTML_504, KEY, NOW, Act, Script, answer, close

Either = ToApis | ApiMart


def test_both_are_gateways(clients: Clients) -> None:
    both: list[Gateway] = [clients.toapis("http://localhost:1"), clients.apimart("http://localhost:1")]
    assert [g.name for g in both] == ["toapis", "apimart"]
    assert clients.toapis("http://localhost:1", name="sandbox").name == "sandbox"


# ------------------------------------------------------------------------------------------- balance


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b'{"success":true,"remain_balance":10.5,"used_balance":2.3,"remain_credits":105,"unlimited_quota":false}',
            Balance(10_500_000, 2_300_000),
        ),
        (b'{"success":true,"remain_balance":-1,"used_balance":2.3,"unlimited_quota":true}', Balance(None, 2_300_000)),
        (b'{"success":true,"remain_balance":-1}', Balance(None, None)),
        (b'{"success":true,"remain_balance":5,"unlimited_quota":true}', Balance(None, None)),
        (b'{"success":true,"remain_balance":"0.1"}', Balance(100_000, None)),
        (b'{"success":true,"remain_balance":0.1,"used_balance":"x"}', Balance(100_000, None)),
        (b'{"success":true,"remain_balance":-0.05}', Balance(-50_000, None)),
        (b'{"success":true,"data":{"remain_balance":1}}', Balance(1_000_000, None)),
    ],
)
async def test_balance(client: Either, gateway: Script, body: bytes, expected: Balance) -> None:
    gateway.play(answer(body))
    assert await client.balance() == expected
    assert gateway.seen[0].target == "/v1/balance"


async def test_balance_refused_with_http_200(client: Either, gateway: Script) -> None:
    gateway.play(answer({"success": False, "message": "token has no access (request id: 1)"}))
    with pytest.raises(GatewayError, match=r"holds: token has no access\. Try") as caught:
        await client.balance()
    assert (caught.value.code, caught.value.retry) == ("account_error", False)


FAILURES: dict[str, tuple[Act, str, bool]] = {
    "nothing named": (answer({"success": True}), "bad_answer", True),
    "absurd": (answer(b'{"remain_balance":1e300}'), "bad_answer", True),
    "HTML": (answer("<html/>"), "bad_answer", True),
    "401": (answer({"error": {"message": "x"}}, 401), "unauthorized", False),
    "402": (answer({"error": {"message": "x"}}, 402), "out_of_credit", False),
    "404": (answer({}, 404), "bad_answer", True),
    "429": (answer({}, 429), "rate_limited", True),
    "504": (answer(HTML_504, 504), "server_error", True),
    "closed": (close, "connection_lost", True),
}


@pytest.mark.parametrize("case", FAILURES)
async def test_account_calls_that_did_not_work(client: Either, gateway: Script, case: str) -> None:
    act, code, retry = FAILURES[case]
    for call in (client.balance, client.models):
        gateway.play(act)
        with pytest.raises(GatewayError) as caught:
            await call()
        assert (caught.value.code, caught.value.retry) == (code, retry)


# ------------------------------------------------------------------------------------------- models


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"object": "list", "data": [{"id": "kling-v3"}, {"id": "kling-2-6"}]}, {"kling-v3", "kling-2-6"}),
        ({"success": True, "data": ["kling-v3"]}, {"kling-v3"}),
        ([{"id": "kling-v3"}, {"name": "?"}, 7, None, ""], {"kling-v3"}),
        ({"models": ["kling-v3"]}, {"kling-v3"}),
        ({"data": []}, set()),
    ],
)
async def test_models(client: Either, gateway: Script, body: object, expected: set[str]) -> None:
    gateway.play(answer(body))
    assert await client.models() == expected


async def test_each_asks_for_video_models_its_own_way(clients: Clients, gateway: Script) -> None:
    gateway.play(answer({"data": []}))
    await clients.toapis(gateway.url).models()
    await clients.apimart(gateway.url).models()
    assert [s.target for s in gateway.seen] == ["/v1/models?type=video", "/v1/models?category=video"]


# ------------------------------------------------------------------------------------------- rate headers


async def test_rate_headers_are_told(clients: Clients, gateway: Script) -> None:
    headers = {
        "X-RateLimit-Limit": "300",
        "X-RateLimit-Remaining": "299",
        "X-RateLimit-Reset": "60",
        "X-RateLimit-Category": "create",
    }
    gateway.play(answer({"id": "v", "status": "queued"}, headers=headers))
    client = clients.toapis(gateway.url)
    await client.create(BODY, "a")
    await client.look("v")
    first, second = clients.rates
    assert first == RateInfo("toapis", "create", 200, 300, 299, 60.0, None, "create")
    assert second.call == "look"


@pytest.mark.parametrize(
    ("headers", "limit", "remaining", "reset_in", "retry_after"),
    [
        ({"X-RateLimit-Limit": "300, 300;w=60", "X-RateLimit-Remaining": "0"}, 300, 0, None, None),
        ({"X-RateLimit-Reset": str(int(NOW) + 30)}, None, None, 30.0, None),
        ({"X-RateLimit-Reset": str((int(NOW) + 30) * 1000)}, None, None, 30.0, None),
        ({"X-RateLimit-Reset": str(int(NOW) - 30)}, None, None, 0.0, None),
        ({"Retry-After": "2"}, None, None, None, 2.0),
    ],
)
async def test_the_shapes_of_rate_headers(
    clients: Clients,
    gateway: Script,
    headers: dict[str, str],
    limit: int | None,
    remaining: int | None,
    reset_in: float | None,
    retry_after: float | None,
) -> None:
    gateway.play(answer({}, 429, headers))
    with pytest.raises(GatewayError) as caught:
        await clients.apimart(gateway.url).look("t")
    assert caught.value.retry_after == retry_after
    assert clients.rates == [RateInfo("apimart", "look", 429, limit, remaining, reset_in, retry_after, None)]


@pytest.mark.parametrize("headers", [{}, {"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "-1"}])
async def test_no_rate_headers_no_call(clients: Clients, gateway: Script, headers: dict[str, str]) -> None:
    gateway.play(answer({"id": "v", "status": "x"}, headers=headers))
    await clients.apimart(gateway.url).look("t")
    assert clients.rates == []


# ------------------------------------------------------------------------------------------- base URLs and keys


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://toapis.com", "https://toapis.com"),
        (" https://toapis.com/ ", "https://toapis.com"),
        ("https://proxy.example:8443/kling//", "https://proxy.example:8443/kling"),
        ("http://127.0.0.1:4010/toapis", "http://127.0.0.1:4010/toapis"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://localhost:4010", "http://localhost:4010"),
        ("http://[::1]:4010", "http://[::1]:4010"),
    ],
)
def test_good_base_urls(url: str, kept: str) -> None:
    assert check_base_url(url) == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "toapis.com",
        "ftp://toapis.com",
        "http://toapis.com",
        "http://10.0.0.1",
        "http://localhost.evil.example",
        "https://",
        "https://user:hunter2@toapis.com",
        "https://toapis.com/?key=hunter2",
        "https://toapis.com/#hunter2",
        "https://toa pis.com",
        "https://toapis.com\n.evil.example",
        "https://toapis.com:99999",
        "https://[::1",
    ],
)
def test_bad_base_urls_say_what_to_do_in_one_sentence(url: str) -> None:
    with pytest.raises(ValueError, match=r"base URL.*[^.]\.$") as caught:
        check_base_url(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("key", ["", "  ", "sk-hunter2 sk-other", "sk-hunter2\nX", "sk-hünter2"])
def test_bad_keys_are_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match=r"API key") as caught:
        check_key(SecretStr(key))
    assert "nter2" not in str(caught.value)


async def test_a_key_with_a_line_break_at_its_end_works(clients: Clients, gateway: Script) -> None:
    gateway.play(answer({"data": []}))
    await clients.toapis(gateway.url, api_key=SecretStr(f" {KEY}\n")).models()
    assert gateway.seen[0].headers["authorization"] == f"Bearer {KEY}"
