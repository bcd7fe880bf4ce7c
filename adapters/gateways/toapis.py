"""ToAPIs (https://toapis.com): seeds/toapis-*.txt and gateways.md."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
from pydantic import SecretStr

from adapters.gateways import calls
from adapters.gateways.http import Patience
from adapters.gateways.wire import RateInfo
from bot.generation.ports import Balance, CreateOutcome, TaskLook, Uploaded

_TASKS = "/v1/videos/generations"
_IMAGES = calls.FileRules("image", "/v1/uploads/images", 10, ("image/jpeg", "image/png", "image/webp", "image/gif"))
_VIDEOS = calls.FileRules("video", "/v1/uploads/videos", 50, ("video/mp4", "video/webm", "video/quicktime"))


class ToApis:
    """The `Gateway` of bot.generation.ports for ToAPIs. The clients are the caller's to close."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        create_client: httpx.AsyncClient,
        *,
        api_key: SecretStr,
        base_url: str = "https://toapis.com",
        name: str = "toapis",
        send_client_id: bool = False,
        look_up: bool = False,
        callback: Callable[[str], str] | None = None,
        on_rate: Callable[[RateInfo], None] | None = None,
        now: Callable[[], float] = time.time,
        patience: Patience | None = None,
    ) -> None:
        """`client` from `http.make_client`, `create_client` from `http.make_create_client`.

        `send_client_id` puts our attempt id into the body as `client_business_id`, `look_up` reads a task by it: both
        documented for other models of the same endpoint, unsure for Kling (gateways.md section 2). `callback`: the
        address of an attempt that ToAPIs is asked to tell (`callback_url`, section 6; unsure for Kling, too). `on_rate`
        is told what the rate headers say. Raises ValueError, one sentence without the key, for a bad base URL or key.
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
        self._send_client_id, self._look_up, self._callback = send_client_id, look_up, callback

    @property
    def name(self) -> str:
        """What the catalog calls this gateway."""
        return self._calls.name

    @property
    def can_look_up(self) -> bool:
        """The `look_up` setting."""
        return self._look_up

    def create_body(self, body: Mapping[str, object], attempt_id: str) -> Mapping[str, object]:
        """With `client_business_id` and `callback_url` where the settings say so. Doing it twice changes nothing."""
        more = {"client_business_id": attempt_id} if self._send_client_id else {}
        if self._callback is not None:
            more["callback_url"] = self._callback(attempt_id)
        return {**body, **more}

    async def create(self, body: Mapping[str, object], attempt_id: str) -> CreateOutcome:
        """One POST on a fresh connection, never repeated. Raises nothing but cancellation."""
        return await self._calls.create(_TASKS, self.create_body(body, attempt_id))

    async def look(self, task_id: str) -> TaskLook:
        """Read a task's status. Raises TaskNotFoundError for 404, GatewayError (always `retry`) for the rest."""
        return await self._calls.look(f"{_TASKS}/{calls.quoted(task_id)}")

    async def look_up(self, attempt_id: str) -> TaskLook | None:
        """Read a task by our own attempt id; None when there is none. Raises GatewayError (`unsupported` without the
        setting)."""
        if not self._look_up:
            raise calls.unsupported("tasks cannot be looked up by our own id here")
        return await self._calls.look_up(f"{_TASKS}/{calls.quoted(attempt_id)}")

    async def upload_image(self, data: bytes, mime: str) -> Uploaded:
        """JPEG, PNG, WebP or GIF up to 10 MB (gateways.md section 4). Raises GatewayError."""
        return await self._calls.upload(_IMAGES, data, mime, {"purpose": "generation"})

    async def upload_video(self, path: Path, mime: str) -> Uploaded:
        """MP4, WebM or MOV up to 50 MB, streamed from the file (gateways.md section 4). Raises GatewayError."""
        return await self._calls.upload(_VIDEOS, path, mime)

    async def balance(self) -> Balance:
        """GET /v1/balance. Raises GatewayError."""
        return await self._calls.balance()

    async def models(self) -> frozenset[str]:
        """GET /v1/models?type=video. Raises GatewayError."""
        return await self._calls.models({"type": "video"})
