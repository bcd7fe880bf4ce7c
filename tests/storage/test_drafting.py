"""Drafts: kept over a restart with their images, and removed when they are old."""

from dataclasses import replace

from bot.generation.job import Address, Requester
from bot.generation.ports import DRAFT_DAYS, Draft
from bot.generation.request import Frame, FrameRole, ReferenceVideo
from tests.storage.steps import DAY, NOON, Steps, request_of

REQUEST = request_of(
    prompt="ünï 🌊",
    frames=(
        Frame(role=FrameRole.FIRST_FRAME, source="a.jpg", width=10, height=20),
        Frame(role=FrameRole.LAST_FRAME, source="https://x.example/b.jpg"),
    ),
    reference_video=ReferenceVideo(source="c.mp4"),
)
DRAFT = Draft(
    "d1",
    REQUEST,
    Requester("slack", "T1:U1", "T1", "C1", ("admin", "artist")),
    Address("slack", "T1", "C1", "1.2", "3.4", size_limit=8_000_000, extra={"a": "b"}),
    NOON,
)


async def test_a_draft_is_read_back_as_it_was(do: Steps) -> None:
    assert await do.store.draft("d1") is None
    await do.store.save_draft(DRAFT)
    assert await do.store.draft("d1") == DRAFT


async def test_a_draft_of_the_same_id_is_replaced(do: Steps) -> None:
    await do.store.save_draft(DRAFT)
    other = replace(DRAFT, request=request_of(prompt="other"), saved_at=NOON + 1)
    await do.store.save_draft(other)
    assert await do.store.draft("d1") == other


async def test_images_of_drafts_are_in_use(do: Steps) -> None:
    await do.store.save_draft(DRAFT)
    assert set(await do.store.media_in_use()) == {"a.jpg", "c.mp4"}


async def test_old_drafts_are_removed_when_another_is_saved(do: Steps) -> None:
    await do.store.save_draft(DRAFT)
    later = replace(DRAFT, id="d2", request=request_of(), saved_at=NOON + DRAFT_DAYS * DAY)
    await do.store.save_draft(later)
    assert await do.store.draft("d1") == DRAFT
    await do.store.save_draft(replace(later, id="d3", saved_at=later.saved_at + 1))
    assert await do.store.draft("d1") is None
    assert await do.store.draft("d2") == later
    assert set(await do.store.media_in_use()) == set()
