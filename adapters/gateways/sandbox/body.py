"""What the bodies of all dialects share: strict types, no unknown fields, and what each gateway adds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.gateways.sandbox.order import Order

Prompt = Annotated[str, Field(min_length=1, pattern=r"\S")]
#: toapis-kling-2-6.txt, apimart-kling-v2-6.txt: "Text prompt, maximum 2500 characters"
ShortPrompt = Annotated[str, Field(min_length=1, max_length=2500, pattern=r"\S")]
Ratio = Literal["16:9", "9:16", "1:1"]


class Strict(BaseModel):
    """No coercion (`"5"` is not 5) and no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Body(Strict):
    """A create body. `order()` says what it asks for; raises ValueError where a rule needs several fields."""

    model: str

    def order(self) -> Order:
        raise NotImplementedError


class ToAPIsBody(Body):
    """gateways.md sections 2 and 6: documented for other models of the same endpoint."""

    client_business_id: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[!-~]+$")] = ""
    callback_url: str = ""


class APIMartBody(Body):
    """gateways.md section 6: `webhook` is a base URL."""

    webhook: str = ""


def frames_of(image_urls: list[str]) -> tuple[str | None, str | None]:
    """1 image is the first frame, 2 are first and last (toapis-kling-2-6.txt, image_urls)."""
    first = image_urls[0] if image_urls else None
    last = image_urls[1] if len(image_urls) > 1 else None
    return first, last
