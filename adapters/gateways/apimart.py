"""APIMart (https://api.apimart.ai): seeds/apimart-kling-v2-6.txt and gateways.md."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
from pydantic import SecretStr

from adapters.gateways import calls
from adapters.gateways.http import Patience
from adapters.gateways.wire import RateInfo
from bot.generation.ports import Balance, CreateOutcome, TaskLook, Uploaded

_IMAGES = calls.FileRules("image", "/v1/uploads/images", 20, ("image/jpeg", "image/png", "image/webp", "image/gif"))
_LINK_LIVES = 72 * 3600.0  # seconds an uploaded image's link is valid (gateways.md section 4)


class ApiMart:
    """The `Gateway` of bot.generation.ports for APIMart. The clients are the caller's to close.

    No request carries `X-APIMart-Response-Version`: without it `data` is a list, and that is what the pages show.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        create_client: httpx.AsyncClient,
        *,
        api_key: SecretStr,
        base_url: str = "https://api.apimart.ai",
        name: str = "apimart",
        send_client_id: bool = False,
        webhook: Callable[[str], str] | None = None,
        on_rate: Callable[[RateInfo], None] | None = None,
        now: Callable[[], float] = time.time,
        patience: Patience | None = None,
    ) -> None:
        """`client` from `http.make_client`, `create_client` from `http.make_create_client`.

        `send_client_id` sends our attempt id as `Idempotency-Key`: documented for other models of the same endpoint,
        unsure for Kling (gateways.md section 2). `webhook`: the address of an attempt that APIMart is asked to tell, to
        which it adds "/callback" (section 6; unsure for Kling, too). `on_rate` is told what rate headers say. Raises
        ValueError, one sentence without the key, for a bad base URL or key.
        """
        self._calls = calls.Calls(
            client,
            create_client,
            name=name,
            base_url=base_url,
            api_key=api_key,
            on_rate=on_rate,
            now=now,
            patience=patience or Patience(),
        )
        self._send_client_id, self._webhook = send_client_id, webhook

    @property
    def name(self) -> str:
        """What the catalog calls this gateway."""
        return self._calls.name

    @property
    def can_look_up(self) -> bool:
        """APIMart has no look-up by an id of ours."""
        return False

    def create_body(self, body: Mapping[str, object], attempt_id: str) -> Mapping[str, object]:
        """With `webhook` where the setting says so; our id travels in a header. Doing it twice changes nothing."""
        return body if self._webhook is None else {**body, "webhook": self._webhook(attempt_id)}

    async def create(self, body: Mapping[str, object], attempt_id: str) -> CreateOutcome:
        """One POST on a fresh connection, never repeated. Raises nothing but cancellation."""
        headers = {"Idempotency-Key": attempt_id} if self._send_client_id else {}
        return await self._calls.create("/v1/videos/generations", self.create_body(body, attempt_id), headers)

    async def look(self, task_id: str) -> TaskLook:
        """Read a task's status. Raises TaskNotFoundError for 404, GatewayError (always `retry`) for the rest."""
        return await self._calls.look(f"/v1/tasks/{calls.quoted(task_id)}", {"language": "en"})

    async def look_up(self, attempt_id: str) -> TaskLook | None:  # noqa: ARG002
        """Raises GatewayError `unsupported`."""
        raise calls.unsupported("tasks cannot be looked up by our own id here")

    async def upload_image(self, data: bytes, mime: str) -> Uploaded:
        """Up to 20 MB; the link is valid for 72 hours (gateways.md section 4). Raises GatewayError."""
        return await self._calls.upload(_IMAGES, data, mime, link_lives=_LINK_LIVES)

    async def upload_video(self, path: Path, mime: str) -> Uploaded:  # noqa: ARG002
        """Raises GatewayError `unsupported`: APIMart takes no video."""
        raise calls.unsupported("it takes no reference video")

    async def balance(self) -> Balance:
        """GET /v1/balance. Raises GatewayError."""
        return await self._calls.balance()

    async def models(self) -> frozenset[str]:
        """GET /v1/models?category=video. Raises GatewayError."""
        return await self._calls.models({"category": "video"})
