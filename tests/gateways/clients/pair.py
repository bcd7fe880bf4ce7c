"""Both clients over one pair of httpx clients."""

from dataclasses import dataclass, field

import httpx
from pydantic import SecretStr

from adapters.gateways.apimart import ApiMart
from adapters.gateways.http import Patience
from adapters.gateways.toapis import ToApis
from adapters.gateways.wire import RateInfo
from tests.gateways.clients.script import KEY, NOW


@dataclass
class Clients:
    """Makes clients of both kinds over one pair of httpx clients."""

    kept: httpx.AsyncClient
    fresh: httpx.AsyncClient
    rates: list[RateInfo] = field(default_factory=list)

    def options(self, **more: object) -> dict[str, object]:
        return {"api_key": SecretStr(KEY), "now": lambda: NOW, **more}

    def toapis(self, url: str, **more: object) -> ToApis:
        options = self.options(base_url=url, on_rate=self.rates.append, **more)
        return ToApis(self.kept, self.fresh, **options)  # type: ignore[arg-type]

    def apimart(self, url: str, **more: object) -> ApiMart:
        options = self.options(base_url=url, on_rate=self.rates.append, **more)
        return ApiMart(self.kept, self.fresh, **options)  # type: ignore[arg-type]


def hurry(client: ToApis | ApiMart) -> None:
    """Take its patience away, for gateways that never finish an answer. Others keep it: test machines are slow."""
    client._calls._account._patience = Patience(create=0.2, look=0.2, upload=0.2)
