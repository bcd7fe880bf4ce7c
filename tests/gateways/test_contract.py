"""Both clients against the sandbox gateway, which was written from the vendors' pages and knows nothing of them."""

import math
import ssl
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from adapters.gateways.apimart import ApiMart
from adapters.gateways.http import Patience, make_client, make_create_client, trusted
from adapters.gateways.sandbox import FAULTS, Fault, SandboxGateway
from adapters.gateways.toapis import ToApis
from bot.generation.ports import Accepted, GatewayError, NotCreated, TaskNotFoundError, TaskState, Uncertain

Either = ToApis | ApiMart
KEY = SecretStr("sandbox-key")
PROMPT = "a red fox in the snow"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxGateway]:
    async with SandboxGateway(speed=math.inf, render=False, seed=1) as running:
        yield running


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    return trusted()


@pytest.fixture
async def lines(tls: ssl.SSLContext) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with make_client(verify=tls) as kept, make_create_client(verify=tls) as fresh:
        yield kept, fresh


def make(
    name: str,
    sandbox: SandboxGateway,
    lines: tuple[httpx.AsyncClient, httpx.AsyncClient],
    key: SecretStr = KEY,
    patience: Patience | None = None,
) -> Either:
    if name == "toapis":
        url = sandbox.toapis_url
        return ToApis(*lines, api_key=key, base_url=url, send_client_id=True, look_up=True, patience=patience)
    return ApiMart(*lines, api_key=key, base_url=sandbox.apimart_url, send_client_id=True, patience=patience)


def body(client: Either, prompt: str = PROMPT) -> dict[str, object]:
    model = "kling-2-6" if client.name == "toapis" else "kling-v2-6"
    return {"model": model, "prompt": prompt, "mode": "std", "duration": 5, "aspect_ratio": "16:9"}


@pytest.fixture(params=["toapis", "apimart"])
def client(
    request: pytest.FixtureRequest,
    sandbox: SandboxGateway,
    lines: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> Either:
    return make(request.param, sandbox, lines)


async def test_from_create_to_the_bytes(client: Either, lines: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    outcome = await client.create(body(client), "att-1")
    assert isinstance(outcome, Accepted)
    look = await client.look(outcome.task_id)
    for _ in range(5):
        if look.state is not TaskState.RUNNING:
            break
        look = await client.look(outcome.task_id)
    assert look.state is TaskState.COMPLETED
    assert look.task_id == outcome.task_id
    assert (look.bill_micros is not None) == (client.name == "apimart")  # ToAPIs tells no cost
    (output,) = look.outputs
    assert output.expires_at is not None
    video = await lines[0].get(output.url)
    assert video.status_code == 200
    assert b"ftyp" in video.content[:32]


async def test_our_own_id_replays_and_finds_the_task(client: Either) -> None:
    first, again = await client.create(body(client), "att-2"), await client.create(body(client), "att-2")
    assert first == again
    assert isinstance(first, Accepted)
    if client.can_look_up:
        found = await client.look_up("att-2")
        assert found is not None
        assert found.task_id == first.task_id
        assert await client.look_up("att-unknown") is None


async def test_an_unknown_task(client: Either) -> None:
    with pytest.raises(TaskNotFoundError):
        await client.look("task_unknown")


async def test_an_uploaded_image_can_be_named(client: Either) -> None:
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c626001000000ffff03000006"
        "000557bfabd40000000049454e44ae426082"
    )
    uploaded = await client.upload_image(png, "image/png")
    assert uploaded.url.startswith("http")
    assert (uploaded.expires_at is not None) == (client.name == "apimart")


async def test_balance_and_models(client: Either) -> None:
    balance = await client.balance()
    assert balance.remaining_micros == 100_000_000
    assert body(client)["model"] in await client.models()


@pytest.mark.parametrize("name", ["toapis", "apimart"])
async def test_a_wrong_key(
    name: str, sandbox: SandboxGateway, lines: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    client = make(name, sandbox, lines, SecretStr("wrong-key"))
    outcome = await client.create(body(client), "att-3")
    assert isinstance(outcome, NotCreated)
    assert (outcome.code, outcome.retry) == ("unauthorized", False)
    with pytest.raises(GatewayError) as caught:
        await client.look("task_x")
    assert (caught.value.code, caught.value.retry) == ("unauthorized", True)
    assert "wrong-key" not in str(caught.value) + outcome.message


#: Answer faults of a create -> outcome, code, retry, whether a task was made behind it
CREATE_FAULTS: dict[str, tuple[type[NotCreated | Uncertain], str, bool]] = {
    "moderation": (NotCreated, "content_refused", False),
    "image_rejected": (NotCreated, "image_refused", False),
    "no_money": (NotCreated, "out_of_credit", False),
    "rate_limited": (NotCreated, "rate_limited", False),
    "idempotency_unavailable": (NotCreated, "busy", False),
    "channel_failed": (NotCreated, "busy", False),
    "http": (NotCreated, "forbidden", False),
    "idempotency_indeterminate": (Uncertain, "conflict", True),
    "idempotency_in_progress": (Uncertain, "conflict", False),
    "lost_answer": (Uncertain, "connection_lost", True),
    "lost_request": (Uncertain, "connection_lost", False),
    "reset": (Uncertain, "connection_lost", False),
    "reset_made": (Uncertain, "connection_lost", True),
    "half_answer": (Uncertain, "connection_lost", True),
    "timeout": (Uncertain, "timeout", True),
    "timeout_lost": (Uncertain, "timeout", False),
    "server_error": (Uncertain, "server_error", False),
    "html_504": (Uncertain, "server_error", False),
    "html_200": (Uncertain, "bad_answer", True),
    "error_200": (Uncertain, "bad_answer", False),
    "rate_unavailable": (Uncertain, "server_error", False),
    "no_id": (Uncertain, "bad_answer", True),
}


def test_every_fault_of_a_create_is_played() -> None:
    assert set(CREATE_FAULTS) == {f.name for f in FAULTS if f.kind == "answer" and "create" in f.routes}


@pytest.mark.parametrize("fault", CREATE_FAULTS)
@pytest.mark.parametrize("name", ["toapis", "apimart"])
async def test_a_disturbed_create(
    name: str, fault: str, sandbox: SandboxGateway, lines: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    outcome_type, code, is_made = CREATE_FAULTS[fault]
    patience = Patience(create=0.3) if code == "timeout" else None
    client = make(name, sandbox, lines, patience=patience)
    sandbox.inject(fault, route="create", gateway=name)
    outcome = await client.create(body(client), "att-4")
    assert isinstance(outcome, outcome_type)
    assert outcome.code == code
    assert len(sandbox.tasks(name)) == is_made
    assert len(sandbox.requests(name, "create")) == 1  # never sent twice by itself
    assert PROMPT not in outcome.message
    if isinstance(outcome, NotCreated):
        assert outcome.retry == (code in {"rate_limited", "busy"})
        assert isinstance(await client.create(body(client), "att-5"), Accepted)  # sending it again is safe
    elif client.can_look_up:
        found = await client.look_up("att-4")
        assert (found is not None) == is_made


STATUS_FAULTS = [f for f in FAULTS if "status" in f.routes and f.name not in {"vanish", "status_word"}]


@pytest.mark.parametrize("fault", STATUS_FAULTS, ids=lambda f: f.name)
@pytest.mark.parametrize("name", ["toapis", "apimart"])
async def test_a_disturbed_look_never_loses_the_task(
    name: str, fault: Fault, sandbox: SandboxGateway, lines: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    client = make(name, sandbox, lines, patience=Patience(look=0.3) if fault.name.startswith("timeout") else None)
    outcome = await client.create(body(client), "att-6")
    assert isinstance(outcome, Accepted)
    times = 2 if fault.name in {"lost_request", "reset"} else 1  # aiohttp itself repeats a lost GET once
    sandbox.inject(fault.name, route="status", gateway=name, times=times)
    if fault.kind == "answer":
        with pytest.raises(GatewayError) as caught:
            await client.look(outcome.task_id)
        assert caught.value.retry
    else:
        assert (await client.look(outcome.task_id)).state is TaskState.COMPLETED
    look = await client.look(outcome.task_id)
    assert (look.state, len(look.outputs)) == (TaskState.COMPLETED, 1)


@pytest.mark.parametrize("place", ["result.data", "result.videos", "result.videos.string", "result.url", "video_url"])
async def test_wherever_the_link_stands(client: Either, sandbox: SandboxGateway, place: str) -> None:
    outcome = await client.create(body(client), "att-7")
    assert isinstance(outcome, Accepted)
    sandbox.inject("url_place", argument=place)
    assert len((await client.look(outcome.task_id)).outputs) == 1


@pytest.mark.parametrize(
    ("marker", "code"),
    [
        ("fail_late", "generation_failed"),
        ("moderation_late", "content_refused"),
        ("risk_control", "content_refused"),
        ("image_rejected_late", "image_refused"),
    ],
)
async def test_a_task_that_fails_says_why(client: Either, marker: str, code: str) -> None:
    outcome = await client.create(body(client, f"{PROMPT} [[sandbox:{marker}]] [[sandbox:error_text]]"), "att-8")
    assert isinstance(outcome, Accepted)
    look = await client.look(outcome.task_id)
    assert look.state is TaskState.FAILED
    assert look.failure is not None
    assert look.failure.code == code


async def test_money_and_uploads_refused_with_http_200(client: Either, sandbox: SandboxGateway) -> None:
    sandbox.inject("balance_failed")
    with pytest.raises(GatewayError, match="failed to read the balance"):
        await client.balance()
    sandbox.inject("upload_200")
    with pytest.raises(GatewayError) as caught:
        await client.upload_image(b"x", "image/png")
    assert (caught.value.code, caught.value.retry) == ("too_large", False)
    sandbox.set_balance(math.inf)
    assert (await client.balance()).remaining_micros is None
