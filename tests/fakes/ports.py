"""Ports for servers that have to be told theirs, such as another process's."""

import random
import socket
from pathlib import Path

#: Where Linux begins to hand out ports by itself (https://docs.kernel.org/networking/ip-sysctl.html).
_HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _USUAL_START = 10_000, 32_768


def free_port() -> int:
    """A port of loopback that nobody listens at, and that no connection gets before it is listened at: it lies below
    those that the system hands out by itself."""
    start = int(_HANDED_OUT.read_text().split()[0]) if _HANDED_OUT.exists() else _USUAL_START
    for port in random.SystemRandom().sample(range(_LOWEST, max(start, _LOWEST + 1000)), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"100 ports from {_LOWEST} on are taken")
