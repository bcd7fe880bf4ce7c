"""ToAPIs' shapes: toapis-kling-2-6.txt for the create, gateways.md sections 2 to 5 for the rest."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.gateways.sandbox.answer import Answer
from adapters.gateways.sandbox.dialects import Gateway
from adapters.gateways.sandbox.faults import Route
from adapters.gateways.sandbox.task import Task
from adapters.gateways.sandbox.uploads import Upload
from adapters.gateways.sandbox.wire import Look, Wire, error_code, progress_of, spread_url

WORDS = {"queued": "queued", "running": "in_progress", "completed": "completed", "failed": "failed"}


class ToAPIsWire(Wire):
    """POST/GET {base}/v1/videos/generations."""

    name: Gateway = "toapis"
    upload_limits: ClassVar[dict[str, int]] = {"images": 10 * 1024 * 1024, "videos": 50 * 1024 * 1024}

    def unauthorized(self) -> Answer:
        return self.error(401, "401", "Invalid API key provided")

    def no_money(self, route: Route) -> Answer:  # noqa: ARG002
        return self.error(402, "insufficient_quota", "Insufficient account balance, please recharge")

    def rate_limited(self, headers: dict[str, str]) -> Answer:
        body = {"error": {"code": "rate_limit_exceeded", "message": "Rate limit exceeded, please try again later"}}
        return Answer(body, status=429, headers=headers)

    def invalid(self, message: str) -> Answer:
        return self.error(400, "invalid_request", message)

    def moderated(self) -> Answer:
        return self.error(422, "content_policy_violation", "Content violates the content policy")

    def not_found(self, task_id: str) -> Answer:
        return self.error(404, "task_not_found", f"Task {task_id} not found")

    def error(self, status: int, code: str, message: str) -> Answer:
        kinds = {401: "authentication_error", 403: "permission_error", 402: "insufficient_quota"}
        kind = kinds.get(status, "invalid_request_error" if status < 500 else "server_error")
        return Answer({"error": {"code": error_code(code), "message": message, "type": kind}}, status=status)

    def created(self, task: Task, word: str | None, replayed_at: float | None) -> Answer:
        # a replay by client_business_id shows where the task stands
        usual = "queued" if replayed_at is None else WORDS[task.state(replayed_at)]
        return Answer(
            {
                **self._head(task, word or usual),
                "progress": 0 if replayed_at is None else task.progress(replayed_at),
                "created_at": int(task.created_at),
                "metadata": {},
            }
        )

    def without_id(self, task: Task) -> Answer:
        return Answer({"object": "generation.task", "model": task.order.model, "status": "queued", "metadata": {}})

    def status(self, task: Task, look: Look) -> Answer:
        state = task.state(look.now)
        body: dict[str, Any] = {
            **self._head(task, look.argument("status_word", WORDS[state])),
            **progress_of(task.progress(look.now), look),
            "created_at": int(task.created_at),
        }
        if task.business_id:
            body["client_business_id"] = task.business_id
        if state == "completed":
            body |= {"completed_at": int(task.due_at), "expires_at": int(task.expires_at)}
            if not look.has("no_url"):
                body |= self._result(look)
        elif state == "failed":
            code = error_code(look.argument("error_code", task.error_code))
            error: object = {"code": code, "message": task.error_message}
            body["error"] = task.error_message if look.has("error_text") else error
        return Answer([body] if look.has("data_list") else body)

    def _result(self, look: Look) -> dict[str, object]:
        place = look.argument("url_place", "result.data")
        kind = "image" if look.has("type_image") else "video"
        if place == "result.videos":
            return {"result": {"type": kind, "videos": [{"url": [look.urls.video]}]}}
        usual = {"result": {"type": kind, "data": [{"url": look.urls.video, "format": "mp4"}]}}
        return spread_url(look, place) or dict(usual)

    def _head(self, task: Task, word: str) -> dict[str, object]:
        return {"id": task.id, "object": "generation.task", "model": task.order.model, "status": word}

    def uploaded(self, upload: Upload) -> Answer:
        data = {
            "id": upload.name.partition(".")[0],
            "url": upload.url,
            "mime_type": upload.mime_type,
            "size": upload.size,
        }
        return Answer({"success": True, "message": "", "data": data})

    def upload_refused(self, status: int, message: str) -> Answer:
        return Answer({"success": False, "message": message}, status=status)

    def too_large(self, limit: int, kind: str) -> Answer:
        what = "Image" if kind == "images" else "Video"
        return self.upload_refused(400, f"{what} too large. Maximum size is {limit // 1024 // 1024}MB")

    def models(self, ids: list[str]) -> Answer:
        rows = [{"id": name, "object": "model", "owned_by": "kling", "type": "video"} for name in ids]
        return Answer({"object": "list", "data": rows})
