"""What has to be so before an admin command of the pages can do something, on whatever chat."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.app import App
from bot.generation.job import Address, Job, JobState, Requester
from bot.generation.ports import AuditRow
from bot.generation.prompt_rules import RuleAction, RuleKind
from bot.generation.request import VideoRequest
from tests.docs.collecting import Found

#: Commands that only show something, with what is seen then.
VIEWS = {
    "quota show": "limit|What applies to",
    "bans": "banned",
    "closures": "closed",
    "rules list": "dragons",
    "prompt-rules list": "dragons",
    "approvals": "approv|asks for",
    "usage": "the last|cost",
    "audit": "What was done",
    "resolve": "decide|decision",
    "forget": "Erase everything",  # a question: the press is what does it
    "gateways": "takes new videos",
}
_WAITS = "palimpsest"  # a word that a rule sends to approval
_JOB, _RULE = re.compile(r"\bk3x9qdg2mb4t\b"), re.compile(r"\bk3x9qd\b")
_OF_TWO = ("quota", "rules", "prompt-rules")


@dataclass
class Examples:
    """Ids of what the next command is about."""

    app: App
    place: str
    job: str = ""
    rule: str = ""

    async def before(self, found: Found, person: str) -> None:
        """Make what the command needs. `person`: the user key of whom it names."""
        service, name = self.app.service, name_of(found.text)
        if name in ("approve", "decline") or (name == "approvals" and " job:" in found.text):
            self.job = (await self._submitted(_WAITS)).id
        elif name == "resolve":
            self.job = (await self._uncertain()).id
        elif name == "audit":
            self.job = (await self.app.store.jobs())[0].id
        elif name == "unban":
            await service.ban(person, self.place, "spam", "test")
        elif name.endswith("rules remove"):
            rule = await service.add_prompt_rule(self.place, RuleKind.WORDS, "ink", RuleAction.REFUSE, "test")
            self.rule = rule.id
        elif name == "resume":
            await service.pause("a test", "test")
        elif name in ("pause", "drain"):
            await service.resume_all("test")

    async def _submitted(self, prompt: str) -> Job:
        """Of somebody new each time: limits were set meanwhile."""
        somebody = Requester("shell", f"person-{len(await self.app.store.jobs())}")
        return await self.app.service.submit(VideoRequest(prompt=prompt), somebody, Address("shell"))

    async def _uncertain(self) -> Job:
        job = await self._submitted(f"rain {len(await self.app.store.jobs())} [[sandbox:lost_answer]]")
        async with asyncio.timeout(20):
            async for view in self.app.follow(job.id):
                job = view.job
        assert job.state is JobState.UNCERTAIN, job
        return job


async def prepared_for(app: App, place: str) -> Examples:
    """A bot with a rule that sends to approval, and a job."""
    await app.service.add_prompt_rule("*", RuleKind.WORDS, _WAITS, RuleAction.APPROVE, "test")
    examples = Examples(app, place)
    await examples._submitted(f"{_WAITS} at night")
    return examples


def complaint(found: Found, said: str, acts: Sequence[AuditRow]) -> str | None:
    """What is wrong with the outcome of a command: it must show what it shows, or be written down as done."""
    seen = VIEWS.get(name_of(found.text))
    if seen is not None and not acts:
        return None if re.search(seen, said, re.IGNORECASE) else f"{found} shows {said!r}"
    if len(acts) != 1 or "refused" in acts[0].act:
        return f"{found} did {acts} and said {said!r}"
    return None


def name_of(text: str) -> str:
    """The name of an admin command: "quota set" of "/video-admin quota set 10 videos"."""
    words = text.split()[1:]
    return " ".join(words[: 2 if words and words[0] in _OF_TWO else 1])


def with_ids(text: str, ids: Examples | None) -> str:
    """The text with the ids of the page put right."""
    return text if ids is None else _RULE.sub(ids.rule, _JOB.sub(ids.job, text))
