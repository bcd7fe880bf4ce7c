"""Which model ids each gateway takes and how their bodies are spelled: the table of gateways.md section 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from adapters.gateways.sandbox.body import Body
from adapters.gateways.sandbox.o1 import APIMartOmni, APIMartUnified, ToAPIsOmni, ToAPIsOmniLater, ToAPIsUnified
from adapters.gateways.sandbox.order import Order
from adapters.gateways.sandbox.v2_6 import APIMartV26, ToAPIsV26, ToAPIsV26Roles
from adapters.gateways.sandbox.v3 import APIMartV3, ToAPIsV3, ToAPIsV3Roles

Gateway = Literal["toapis", "apimart"]
Era = Literal["seed", "later"]
Accepts = Literal["all", "seed", "later"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One spelling. `eras` says in which vendor pages it stands."""

    gateway: Gateway
    model: str
    schema: type[Body]
    eras: frozenset[Era]


_SEED: frozenset[Era] = frozenset({"seed"})
_LATER: frozenset[Era] = frozenset({"later"})
_MIXED: frozenset[Era] = frozenset()  # in no page; taken so that only the id, or only the shape, can be changed
_BOTH: frozenset[Era] = frozenset({"seed", "later"})

DIALECTS: tuple[Dialect, ...] = (
    Dialect("toapis", "kling-2-6", ToAPIsV26, _SEED),
    Dialect("toapis", "kling-2-6", ToAPIsV26Roles, _LATER),
    Dialect("toapis", "kling-v2-6", ToAPIsV26Roles, _LATER),
    Dialect("toapis", "kling-v2-6", ToAPIsV26, _MIXED),
    Dialect("toapis", "kling-v3", ToAPIsV3, _SEED),
    Dialect("toapis", "kling-v3", ToAPIsV3Roles, _LATER),
    Dialect("toapis", "kling-video-o1", ToAPIsOmni, _SEED),
    Dialect("toapis", "kling-video-o1", ToAPIsOmniLater, _LATER),
    Dialect("toapis", "kling-video-o1", ToAPIsUnified, _SEED),
    Dialect("apimart", "kling-v2-6", APIMartV26, _BOTH),
    Dialect("apimart", "kling-v3", APIMartV3, _LATER),
    Dialect("apimart", "kling-video-o1", APIMartOmni, _LATER),
    Dialect("apimart", "kling-video-o1", APIMartUnified, _LATER),
)


class InvalidBody(ValueError):  # noqa: N818 - read as "except InvalidBody"
    """A body no dialect takes; the text says why, naming the field first."""


class UnknownModel(InvalidBody):
    """A model id this gateway does not list."""


def models(gateway: Gateway) -> list[str]:
    """The ids `GET /v1/models` lists, in the order of the table."""
    return list(dict.fromkeys(dialect.model for dialect in DIALECTS if dialect.gateway == gateway))


def read_order(gateway: Gateway, body: Mapping[str, Any], accepts: Accepts = "all") -> Order:
    """The order a create body asks for. Raises InvalidBody, or UnknownModel."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise InvalidBody("model: field required")
    candidates = [
        dialect
        for dialect in DIALECTS
        if dialect.gateway == gateway and dialect.model == model and (accepts == "all" or accepts in dialect.eras)
    ]
    if not candidates:
        raise UnknownModel(f"model: {model[:80]!r} is not supported")
    if "image_urls" in body and "image_with_roles" in body:
        raise InvalidBody("image_urls and image_with_roles cannot be used together")
    problems: list[tuple[int, str]] = []
    for dialect in candidates:
        try:
            return dialect.schema.model_validate(dict(body)).order()
        except ValidationError as error:
            problems.append((_strangers(error), _words(error)))
        except ValueError as error:
            problems.append((-1, str(error)))
    # the dialect that knows all the fields is the one that was meant
    return _refuse(min(problems, key=lambda problem: problem[0])[1])


def _refuse(message: str) -> Order:
    raise InvalidBody(message)


def _strangers(error: ValidationError) -> int:
    return sum(1 for item in error.errors(include_url=False) if item["type"] == "extra_forbidden")


def _words(error: ValidationError) -> str:
    parts = []
    for item in error.errors(include_url=False, include_input=False, include_context=False)[:5]:
        place = ".".join(str(step) for step in item["loc"])
        text = "unknown parameter" if item["type"] == "extra_forbidden" else item["msg"].removeprefix("Value error, ")
        parts.append(f"{place}: {text}")
    return "; ".join(parts)
