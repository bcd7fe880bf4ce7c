"""The scripted gateway, and both clients pointed at it."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import pytest

from adapters.gateways.apimart import ApiMart
from adapters.gateways.http import make_client, make_create_client, trusted
from adapters.gateways.toapis import ToApis
from tests.gateways.clients.pair import Clients
from tests.gateways.clients.script import Script


@pytest.fixture
async def gateway() -> AsyncIterator[Script]:
    script = Script()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(script.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    yield script
    server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await server.wait_closed()


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Reading the certificates takes longer than most of these tests."""
    return trusted()


@pytest.fixture
async def clients(tls: ssl.SSLContext) -> AsyncIterator[Clients]:
    kept = make_client(verify=tls)
    fresh = make_create_client(verify=tls)
    yield Clients(kept, fresh)
    await kept.aclose()
    await fresh.aclose()


@pytest.fixture(params=["toapis", "apimart"])
def client(request: pytest.FixtureRequest, clients: Clients, gateway: Script) -> ToApis | ApiMart:
    """Each of the two, pointed at the scripted gateway."""
    made: ToApis | ApiMart = getattr(clients, request.param)(gateway.url)
    return made
