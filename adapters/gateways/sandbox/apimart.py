"""APIMart's shapes: apimart-kling-v2-6.txt for the create, gateways.md sections 2 to 5 for the rest."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.gateways.sandbox.answer import Answer
from adapters.gateways.sandbox.dialects import Gateway
from adapters.gateways.sandbox.faults import Route
from adapters.gateways.sandbox.task import Task
from adapters.gateways.sandbox.uploads import Upload
from adapters.gateways.sandbox.wire import Look, Wire, error_code, progress_of, spread_url

WORDS = {"queued": "pending", "running": "processing", "completed": "completed", "failed": "failed"}
#: the constant guess the gateway gives whatever the task
ESTIMATED_SECONDS = 600
UPLOAD_LIFETIME = 72 * 3600


class APIMartWire(Wire):
    """POST {base}/v1/videos/generations, GET {base}/v1/tasks/{id}."""

    name: Gateway = "apimart"
    upload_limits: ClassVar[dict[str, int]] = {"images": 20 * 1024 * 1024}

    def unauthorized(self) -> Answer:
        # the real 401 (gateways.md section 5)
        message = "invalid API key (request id: 20260101000000000000000sandbox)"
        return Answer({"error": {"code": "", "message": message, "param": "", "type": "apimart_error"}}, status=401)

    def no_money(self, route: Route) -> Answer:
        message = "Insufficient account balance, please recharge"
        if route == "create":
            return Answer({"error": {"code": 402, "message": message, "type": "payment_required"}}, status=402)
        return Answer({"code": 402, "message": message}, status=402)

    def rate_limited(self, headers: dict[str, str]) -> Answer:
        body = {"error": {"code": 429, "message": "Too many requests", "type": "rate_limit_error"}}
        return Answer(body, status=429, headers=headers)

    def invalid(self, message: str) -> Answer:
        # bad parameters come as a server error
        return self.error(500, "build_request_failed", f"build_request_failed: {message}")

    def moderated(self) -> Answer:
        return self.invalid("content moderation failed")

    def not_found(self, task_id: str) -> Answer:
        body = {"error": {"code": 404, "message": f"task {task_id} does not exist", "type": "not_found_error"}}
        return Answer(body, status=404)

    def error(self, status: int, code: str, message: str) -> Answer:
        body = {"error": {"code": error_code(code), "message": message, "param": "", "type": "apimart_error"}}
        return Answer(body, status=status)

    def created(self, task: Task, word: str | None, replayed_at: float | None) -> Answer:  # noqa: ARG002
        # without an X-APIMart-Response-Version header `data` is a list
        return Answer({"code": 200, "data": [{"status": word or "submitted", "task_id": task.id}]})

    def without_id(self, task: Task) -> Answer:  # noqa: ARG002
        return Answer({"code": 200, "data": [{"status": "submitted"}]})

    def status(self, task: Task, look: Look) -> Answer:
        state = task.state(look.now)
        percent = 100 if state == "failed" else task.progress(look.now)
        data: dict[str, Any] = {
            "id": task.id,
            "status": look.argument("status_word", WORDS[state]),
            **progress_of(percent, look),
            "created": int(task.created_at),
            "estimated_time": ESTIMATED_SECONDS,
        }
        if state == "completed":
            data |= {"completed": int(task.due_at), "actual_time": int(task.due_at - task.created_at)}
            if not look.has("no_cost"):
                data |= {"cost": task.price_usd, "credits_cost": round(task.price_usd * 10, 5)}
            if not look.has("no_url"):
                data |= self._result(task, look)
        elif state == "failed":
            error = {"message": task.error_message, "code": error_code(look.argument("error_code", ""))}
            data["error"] = task.error_message if look.has("error_text") else error
        return Answer({"code": 200, "data": [data] if look.has("data_list") else data})

    def _result(self, task: Task, look: Look) -> dict[str, object]:
        place = look.argument("url_place", "result.videos")
        kind: dict[str, object] = {"type": "image"} if look.has("type_image") else {}
        if place == "result.data":
            return {"result": {**kind, "data": [{"url": look.urls.video, "format": "mp4"}]}}
        if place == "data.urls":
            return {"urls": [look.urls.video]}
        video = {"url": [look.urls.video], "expires_at": int(task.expires_at)}
        usual: dict[str, object] = {"result": {**kind, "thumbnail_url": look.urls.thumbnail, "videos": [video]}}
        return spread_url(look, place) or usual

    def uploaded(self, upload: Upload) -> Answer:
        return Answer(
            {
                "url": upload.url,
                "filename": upload.filename,
                "content_type": upload.mime_type,
                "bytes": upload.size,
                "created_at": int(upload.created_at),
            }
        )

    def upload_refused(self, status: int, message: str) -> Answer:
        return Answer({"code": status, "message": message}, status=status)

    def too_large(self, limit: int, kind: str) -> Answer:  # noqa: ARG002
        return self.upload_refused(413, f"file too large, maximum size is {limit // 1024 // 1024}MB")

    def models(self, ids: list[str]) -> Answer:
        rows = [{"id": name, "object": "model", "owned_by": "kling", "category": "video"} for name in ids]
        return Answer({"object": "list", "data": rows, "success": True})
