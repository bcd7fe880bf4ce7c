"""The Chat port over the little chat platform of `chat_server`."""

import httpx

from adapters.gateways.http import trusted
from bot.generation.job import Job, Purpose
from bot.generation.ports import ChatError, JobView


class HttpChat:
    """Posts results by real HTTP; 4xx means gone, 5xx try again, a lost answer is ambiguous."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        async with httpx.AsyncClient(verify=trusted()) as client:
            answer = await client.get(f"{self._url}/find", params={"job": job.id, "purpose": purpose})
            found: str | None = answer.json()["id"]
            return found

    async def deliver(self, view: JobView) -> str:
        job = view.job
        text = job.video.path if job.video else (job.output.url if job.output else "")
        body = {"job": job.id, "purpose": Purpose.RESULT, "text": text}
        async with httpx.AsyncClient(verify=trusted()) as client:
            try:
                answer = await client.post(f"{self._url}/post", json=body)
            except httpx.TransportError:
                raise ChatError("The answer of the chat was lost.", ambiguous=True) from None
        if answer.status_code >= 400:
            raise ChatError("The chat refused the post.", gone=answer.status_code < 500)
        posted: str = answer.json()["id"]
        return posted
