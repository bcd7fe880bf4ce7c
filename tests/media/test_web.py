"""Links from strangers: checked addresses, pinned connections, redirects by hand."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from httpx_aiohttp import AiohttpTransport

from adapters.media.errors import AddressRefused, MediaError, shown_url
from adapters.media.web import LinkOpener, LinkRefused, LinkUnreachable, Waits, is_public, megabytes, read_link

QUICK = Waits(connect=2.0, idle=3.0, total=10.0)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.5.5",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "localhost",
        "",
    ],
)
def test_not_of_the_open_internet(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_of_the_open_internet(address):
    assert is_public(address)


class Names:
    """A name server: host -> addresses, one entry used up with each question while there are several."""

    def __init__(self, **hosts: list[list[str]]) -> None:
        self.hosts = {name.replace("_", "."): answers for name, answers in hosts.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.hosts.get(host)
        if not answers:
            raise OSError("no such host")
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Wire(httpx.AsyncBaseTransport):
    """Stands where the network is: keeps what would be sent, answers from a list."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.sent = list(answers), []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self.answers.pop(0)


async def read(opener: LinkOpener, url: str, **options: object) -> bytes:
    return await read_link(opener, url, max_bytes=1000, waits=QUICK, **options)


async def test_the_checked_address_is_the_one_connected_to():
    """The second DNS answer is never asked for: a name that changes its mind leads nowhere."""
    names = Names(video_example=[["93.184.216.34"], ["127.0.0.1"]])
    wire = Wire(httpx.Response(200, stream=httpx.ByteStream(b"fine")))
    async with httpx.AsyncClient(transport=wire) as client:
        assert await read(LinkOpener(client, resolve=names), "https://video.example/a?b=c") == b"fine"
    request = wire.sent[0]
    assert str(request.url) == "https://93.184.216.34/a?b=c"
    assert request.headers["host"] == "video.example"
    assert request.extensions["sni_hostname"] == "video.example"
    assert names.asked == ["video.example"]


async def test_ipv6_and_ports():
    wire = Wire(httpx.Response(200, stream=httpx.ByteStream(b"fine")))
    names = Names(video_example=[["2606:4700:4700::1111"]])
    async with httpx.AsyncClient(transport=wire) as client:
        await read(LinkOpener(client, resolve=names), "http://video.example:8080/a")
    assert str(wire.sent[0].url) == "http://[2606:4700:4700::1111]:8080/a"
    assert wire.sent[0].headers["host"] == "video.example:8080"
    assert "sni_hostname" not in wire.sent[0].extensions


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest", "https://inside.example/", "//inside.example/x", "ftp://video.example/"],
)
async def test_every_redirect_is_checked(location):
    names = Names(video_example=[["93.184.216.34"]], inside_example=[["10.1.2.3"]])
    names.hosts["169.254.169.254"] = [["169.254.169.254"]]
    wire = Wire(httpx.Response(302, headers={"Location": location}))
    async with httpx.AsyncClient(transport=wire) as client:
        with pytest.raises(AddressRefused):
            await read(LinkOpener(client, resolve=names), "https://video.example/a")
    assert len(wire.sent) == 1


async def test_one_private_address_among_public_ones_is_enough_to_refuse():
    names = Names(video_example=[["93.184.216.34", "10.0.0.1"]])
    async with httpx.AsyncClient(transport=Wire()) as client:
        with pytest.raises(AddressRefused, match="private network"):
            await read(LinkOpener(client, resolve=names), "https://video.example/a")


async def test_unknown_hosts():
    async with httpx.AsyncClient(transport=Wire()) as client:
        for names in (Names(), Names(video_example=[[]])):
            with pytest.raises(LinkUnreachable, match="was not found"):
                await read(LinkOpener(client, resolve=names), "https://video.example/a?sig=SECRET")


async def test_the_next_address_is_tried_when_one_is_dead(server, client):
    server.body = b"fine"
    port = int(server.base.rpartition(":")[2])
    names = Names(video_example=[["127.0.0.9", "127.0.0.1"]])  # the server listens on 127.0.0.1 only
    opener = LinkOpener(client, allow_private=True, resolve=names)
    assert await read(opener, f"http://video.example:{port}/video") == b"fine"
    assert server.requests[0].headers["host"] == f"video.example:{port}"


async def test_a_redirect_without_a_target_is_an_answer(client, server):
    server.statuses = [302]
    with pytest.raises(LinkRefused, match="answers 302"):
        await read(LinkOpener(client, allow_private=True), server.url("/video"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
async def test_the_certificate_is_checked_against_the_name(tmp_path: Path):
    """Over real TLS: connected by address, judged by name."""
    key, cert = tmp_path / "k.pem", tmp_path / "c.pem"
    await asyncio.to_thread(
        subprocess.run,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=video.example "
        f"-addext subjectAltName=DNS:video.example -keyout {key} -out {cert}".split(),
        check=True,
        capture_output=True,
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(cert, key)

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=request.host)

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=serving).start()
    port = runner.addresses[0][1]
    names = Names(video_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    trusting = ssl.create_default_context(cafile=str(cert))
    for transport in (AiohttpTransport(verify=trusting), httpx.AsyncHTTPTransport(verify=trusting)):
        async with httpx.AsyncClient(transport=transport) as client:
            opener = LinkOpener(client, allow_private=True, resolve=names)
            assert await read(opener, f"https://video.example:{port}/") == f"video.example:{port}".encode()
            with pytest.raises(MediaError, match="could not be reached"):
                await read(opener, f"https://other.example:{port}/")
    await runner.cleanup()


def test_words():
    assert [megabytes(n) for n in (0, 5, 2048, 150_000, 10 * 1024 * 1024, 10_900_000)] == [
        "0 bytes",
        "5 bytes",
        "2 KB",
        "0.1 MB",
        "10 MB",
        "10.4 MB",
    ]
    assert shown_url("https://u:p@a.example:99/x/y?sig=1#f") == "https://a.example:99/x/y"
    assert shown_url("http://[::") == "the link"
    assert len(shown_url("https://a.example/" + "x" * 500)) == 120
