"""A request at the desk: accepted, refused with a way on, or priced first. Never anything in between."""

import asyncio
import logging
from pathlib import Path

import pytest

from adapters.cards.card import Shape, Verb, plain
from adapters.cards.status_card import status_card
from adapters.desk import Ask
from adapters.media.errors import MediaError, disk_problem
from bot.generation.check import Problem
from bot.generation.job import JobState
from bot.generation.request import Frame, FrameRole, VideoRequest
from tests.desk.conftest import ANNA, BEN, Front, broken, open_front, picture, png, subject, verbs, words
from tests.fakes import folder_databases

GRAMMAR = Problem("duration", 'I read both "10s" and "5s": say one length.', (), "use 10 seconds", "said_twice")


async def test_a_request_that_is_fine_becomes_a_job_and_its_status_message(front: Front) -> None:
    reply = await front.ask("waves at night")
    assert reply.job is not None
    assert reply.job.state is JobState.QUEUED
    assert (reply.private, reply.aside, reply.draft) == (False, None, None)
    assert reply.card == status_card(front.house.app.look_at(reply.job))
    assert (await front.house.run(reply.job.id)).state is JobState.DELIVERED


async def test_the_same_event_again_is_the_same_job(front: Front) -> None:
    address = front.address()
    first = await front.ask(key="event-x", address=address)
    read: list[str] = []
    again = broken(MediaError("The link is dead."))
    second = await front.ask(key="event-x", address=address, pictures=(again,))
    assert first.job is not None
    assert second.job is not None
    assert first.job.id == second.job.id
    assert (second.private, read) == (False, [])
    both = await asyncio.gather(*(front.ask(key="event-y", address=address) for _ in range(5)))
    assert len({reply.job.id for reply in both if reply.job is not None}) == 1
    assert len(await front.house.app.service.jobs()) == 2


async def test_all_problems_at_once(front: Front) -> None:
    reply = await front.ask(
        "waves",
        mode="ultra",
        duration=7,
        pictures=(picture(front, b"no image at all"), picture(front, role=FrameRole.LAST_FRAME, name="end.png")),
        problems=(GRAMMAR,),
    )
    lines = words(reply).split("\n")
    assert reply.private
    assert reply.job is None
    assert lines[0] == "This cannot be made as asked, for 4 reasons:"
    assert lines[1] == 'duration: I read both "10s" and "5s": say one length.'
    assert lines[2].startswith("image (cat.png): ")
    assert {line.partition(":")[0] for line in lines[3:5]} == {"mode", "duration"}
    assert lines[-1].startswith("Apart from the image, this would work: ")
    assert verbs(reply.card) == [Verb.FORM]
    assert await front.house.app.service.jobs() == []


async def test_the_form_opens_with_what_was_typed_and_the_good_images(front: Front) -> None:
    reply = await front.ask(
        "waves",
        mode="Ultra",
        pictures=(picture(front, b"bad"), picture(front, role=FrameRole.LAST_FRAME, name="end.png")),
    )
    form = await front.desk.form(subject(reply.card, Verb.FORM), ANNA)
    assert isinstance(form, VideoRequest)
    assert (form.prompt, form.mode) == ("waves", "Ultra")
    assert [frame.role for frame in form.frames] == [FrameRole.LAST_FRAME]
    assert reply.draft is not None
    assert reply.draft.request == form


async def test_use_this_starts_the_proposal_and_pressed_twice_makes_one_job(front: Front) -> None:
    reply = await front.ask("waves", mode="ultra", duration=7)
    assert words(reply).endswith("This would work: std mode, 5 seconds, for $0.18.")
    assert verbs(reply.card) == [Verb.START, Verb.FORM]
    started = await front.press(reply.card, Verb.START)
    assert started.job is not None
    assert (started.job.mode, started.job.duration) == ("std", 5)
    again = await front.press(reply.card, Verb.START)
    assert (again.job, again.private) == (None, True)
    assert words(again) == "This was pressed before: the video is on its way, and it is paid only once."
    assert len(await front.house.app.service.jobs()) == 1


async def test_a_proposal_that_does_not_fit_the_limits_is_told_but_cannot_be_pressed(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_videos_per_day=0) as front:
        reply = await front.ask("waves", duration=7)
        assert "This would work: 5 seconds, for $0.18." in words(reply)
        assert verbs(reply.card) == [Verb.FORM]


async def test_an_empty_prompt_has_only_the_form(front: Front) -> None:
    reply = await front.ask("  ")
    assert words(reply).split("\n")[1:] == ["prompt: The prompt is empty: say what the video should show."]
    assert verbs(reply.card) == [Verb.FORM]


async def test_what_only_the_text_says_wrongly_still_offers_what_was_read(front: Front) -> None:
    reply = await front.ask("waves", duration=10, problems=(GRAMMAR,), understood="Understood: 10 seconds.")
    assert words(reply).split("\n")[-2:] == ["Understood: 10 seconds.", "This would work, for $0.37."]
    started = await front.press(reply.card, Verb.START)
    assert started.job is not None
    assert started.job.duration == 10


async def test_a_glance_needs_no_image_and_no_database(front: Front) -> None:
    wish = broken(AssertionError("not to be read"))
    address = front.address()
    fine = Ask(ANNA, address, VideoRequest(prompt="waves"), (wish,))
    assert front.desk.glance(fine) is None
    bad = front.desk.glance(Ask(ANNA, address, VideoRequest(prompt="waves", duration=7), (wish,)))
    assert bad is not None
    assert [problem.option for problem in bad.problems] == ["duration"]
    said = front.desk.glance(Ask(ANNA, address, VideoRequest(prompt="waves"), problems=(GRAMMAR,)))
    assert said is not None
    late = Ask(ANNA, address, VideoRequest(prompt="waves"), (picture(front, role=FrameRole.LAST_FRAME),))
    assert front.desk.glance(late) is not None


async def test_a_price_above_the_setting_is_shown_first_and_start_starts_it(front: Front) -> None:
    reply = await front.ask("waves", mode="pro", duration=10)
    assert (reply.private, reply.job) == (True, None)
    assert words(reply).split("\n") == [
        "This costs $0.63, so it starts only when you press Start.",
        "waves",
        "Kling 2.6 on ToAPIs, pro (1080p), 10 seconds, 16:9, silent.",
    ]
    assert [button.label for button in reply.card.buttons] == ["Start · $0.63", "Open the form"]
    assert await front.house.app.service.jobs() == []
    started = await front.press(reply.card, Verb.START)
    assert started.job is not None
    assert started.job.quote_micros == 625_000
    assert started.job.address.extra == {"response": "i2"}


async def test_press_first_asks_even_for_what_is_cheap_and_shows_what_was_understood(front: Front) -> None:
    reply = await front.ask("waves", press_first=True, understood="Understood: waves.")
    assert words(reply).startswith("This is what will be made, for $0.18. Press Start to make it.")
    assert words(reply).endswith("Understood: waves.")
    started = await front.press(reply.card, Verb.START)
    assert started.job is not None


async def test_a_refusal_names_the_limit_and_the_change_that_fits_can_be_pressed(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_usd_per_day="0.50") as front:
        reply = await front.ask("waves", mode="pro", duration=10, audio=True)
        first, second = words(reply).split("\n")
        assert first == "This video takes $1.25, which is more than your limit of $0.50 a day allows at all."
        assert second.startswith("What fits now: ")
        assert verbs(reply.card) == [Verb.START, Verb.FORM]
        started = await front.press(reply.card, Verb.START)
        assert started.job is not None
        assert started.job.quote_micros <= 500_000
        await front.job("waves")
        full = await front.ask("waves")
        assert "Ask again in " in words(full)
        assert await front.house.books_agree()


async def test_refusals_are_told_in_the_channel_where_the_setting_says_so(tmp_path: Path) -> None:
    async with open_front(tmp_path, private_refusals=False, user_videos_per_day=0) as front:
        assert not (await front.ask("waves")).private
        assert not (await front.ask("waves", duration=7)).private


async def test_twenty_requests_at_once_do_not_pass_a_limit_of_three(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_videos_per_day=3) as front:
        replies = await asyncio.gather(*(front.ask(f"waves {n}") for n in range(20)))
        assert sum(reply.job is not None for reply in replies) == 3
        assert all("limit of 3 videos a day" in words(reply) for reply in replies if reply.job is None)


async def test_while_it_is_paused_nothing_is_taken_and_the_reason_is_told(front: Front) -> None:
    waiting = await front.ask("waves", press_first=True)
    done = await front.done("waves")
    await front.house.app.service.pause("the gateway is down", "chat:root")
    answers = [
        await front.ask("waves", duration=7),
        await front.press(waiting.card, Verb.START),
        await front.desk.again(done.id, ANNA, front.address()),
    ]
    for reply in answers:
        assert "New videos have been paused by an admin since today at" in words(reply)
        assert "Reason: the gateway is down." in words(reply)
        assert reply.job is None
    await front.house.app.service.resume_all("chat:root")
    assert (await front.press(waiting.card, Verb.START)).job is not None


async def test_without_a_gateway_people_are_told_to_tell_an_admin(tmp_path: Path) -> None:
    async with open_front(tmp_path, toapis_api_key=None, apimart_api_key=None) as front:
        assert words(await front.ask("waves")).startswith("This bot cannot make videos yet")


async def test_notes_are_for_the_person_alone_and_not_in_the_status_message(front: Front) -> None:
    reply = await front.ask("waves", aspect_ratio="9:16", pictures=(picture(front, png(640, 360)),))
    assert reply.job is not None
    assert reply.aside is not None
    assert plain(reply.aside).startswith("Accepted. Worth knowing:\naspect_ratio: The shape of the image")
    assert "shape" not in words(reply)


async def test_a_new_image_takes_the_place_of_the_old_one_of_its_role(front: Front) -> None:
    first = await front.ask("waves", press_first=True, pictures=(picture(front, png(colour="red")),))
    form = await front.desk.form(subject(first.card, Verb.FORM), ANNA)
    assert isinstance(form, VideoRequest)
    kept = await front.job(request=form)
    assert kept.request.frames == form.frames
    other = picture(front, png(colour="blue"), name="dog.png")
    changed = await front.job(request=form, pictures=(other,))
    assert len(changed.request.frames) == 1
    assert changed.request.frames[0].source != form.frames[0].source
    assert (changed.request.frames[0].width, changed.request.frames[0].height) == (640, 360)


async def test_the_order_of_the_images_is_kept_where_one_is_replaced(front: Front) -> None:
    old = VideoRequest(
        prompt="waves",
        model="o1",
        frames=(
            Frame(role=FrameRole.FIRST_FRAME, source="https://pictures.example/1.jpg"),
            Frame(role=FrameRole.REFERENCE, source="https://pictures.example/2.jpg"),
        ),
    )
    reply = await front.ask(request=old, press_first=True, pictures=(picture(front),))
    assert reply.draft is not None
    assert [frame.role for frame in reply.draft.request.frames] == [FrameRole.FIRST_FRAME, FrameRole.REFERENCE]
    assert reply.draft.request.frames[1] == old.frames[1]


async def test_two_pictures_for_one_role_are_a_problem_not_a_silent_choice(front: Front) -> None:
    reply = await front.ask("waves", pictures=(picture(front), picture(front, png(colour="blue"), name="dog.png")))
    assert "A video has only one first frame, and 2 were given: keep one." in words(reply)


async def test_a_full_disk_is_the_bots_problem_and_no_path_is_told(front: Front, tmp_path: Path) -> None:
    try:
        raise disk_problem(OSError(28, "No space left on device"), tmp_path) from OSError(28, "No space left")
    except MediaError as error:
        reply = await front.ask("waves", pictures=(broken(error),))
    assert "It could not be kept, because this bot has a problem with its disk: tell an admin." in words(reply)
    assert str(tmp_path) not in words(reply)


async def test_a_database_that_cannot_be_used_is_an_answer(front: Front, tmp_path: Path) -> None:
    waiting = await front.ask("waves", press_first=True)
    await folder_databases.lose_table(tmp_path, "jobs")
    for reply in (await front.ask("waves"), await front.press(waiting.card, Verb.START)):
        assert words(reply) == (
            "The bot's database cannot be used at the moment. Nothing was accepted and nothing is paid. Try again in a "
            "few minutes; if it stays so, tell an admin."
        )
        assert reply.private
    assert "Nothing was changed." in words(await front.desk.jobs(ANNA))


async def test_no_prompt_and_no_name_is_ever_logged(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "canary-7f3a"
    job = await front.job(f"waves {canary}")
    await front.ask(canary, duration=7, pictures=(picture(front, canary.encode(), name=canary),))
    await front.ask(canary, press_first=True, negative_prompt=canary)
    await front.desk.again(job.id, BEN, front.address())
    await front.desk.cancel(job.id, ANNA)
    assert canary not in caplog.text


async def test_what_a_person_typed_is_one_quote(front: Front) -> None:
    reply = await front.ask("@everyone <@1> [x](javascript:alert(1))")
    quotes = [line for line in reply.card.body if getattr(line, "shape", None) is Shape.QUOTE]
    assert len(quotes) == 1
