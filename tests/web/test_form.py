"""The form: what cannot go together cannot be chosen, and says why; another model takes what fits along."""

import html
import re

import pytest

from tests.web.conftest import Opener
from tests.web.driver import PageBot, Person
from tests.web.test_chat import png

PLAIN = {"model": "2.6", "model_before": "2.6", "mode": "std", "duration": "5", "aspect_ratio": "16:9"}


async def opened(person: Person, text: str = "/video waves") -> str:
    """The sealed subject of a fresh form."""
    form = (await person.post("/form/open", text=text)).text
    found = re.search(r'name="subject" value="([^"]+)"', form)
    assert found is not None
    return found[1]


def choice(form: str, name: str, value: str) -> str:
    """One choice as HTML."""
    found = re.search(rf'<input type="(?:radio|checkbox)" id="[^"]+" name="{name}" value="{value}"[^>]*>', form)
    assert found is not None, form
    return found[0]


async def test_a_form_opens_with_what_stands_in_the_composer(bot: PageBot, anna: Person) -> None:
    picture = await anna.picture(png())
    form = (await anna.post("/form/open", text="/video waves, pro, 10s", **picture)).text
    assert ">waves</textarea>" in form
    assert "checked" in choice(form, "mode", "pro")
    assert "checked" in choice(form, "duration", "10")
    assert form.count('name="picture"') == 1


async def test_what_cannot_go_together_cannot_be_chosen_and_says_why(bot: PageBot, anna: Person) -> None:
    subject = await opened(anna)
    form = (await anna.post("/form", subject=subject, prompt="waves", **PLAIN)).text
    assert "disabled" in choice(form, "audio", "yes")
    assert "Audio needs pro mode" in form
    form = (await anna.post("/form", subject=subject, prompt="waves", audio="yes", **{**PLAIN, "mode": "pro"})).text
    assert "disabled" not in choice(form, "audio", "yes")
    assert "disabled" in choice(form, "mode", "std")
    assert "with sound: $" in form


async def test_a_last_picture_and_sound_exclude_each_other(bot: PageBot, anna: Person) -> None:
    subject = await opened(anna)
    first = await anna.picture(png())
    both = await anna.picture(png("red"), **first)
    assert both["role"] == ["first_frame", "last_frame"]
    form = (await anna.post("/form", subject=subject, prompt="waves", **both, **{**PLAIN, "mode": "pro"})).text
    assert "disabled" in choice(form, "audio", "yes")
    assert "disabled" in choice(form, "mode", "std")
    assert "$" in form


async def test_another_model_takes_along_what_fits_and_says_what_it_changed(bot: PageBot, anna: Person) -> None:
    subject = await opened(anna)
    fields = {**PLAIN, "model": "v3", "model_before": "v3", "duration": "15"}
    assert "checked" in choice((await anna.post("/form", subject=subject, prompt="w", **fields)).text, "duration", "15")
    form = (await anna.post("/form", subject=subject, prompt="w", **{**fields, "model": "2.6"})).text
    assert "checked" in choice(form, "duration", "10")
    assert "Changed to fit the model: 10 seconds." in html.unescape(form)


async def test_what_is_impossible_is_not_taken_even_when_it_is_sent(bot: PageBot, anna: Person) -> None:
    subject = await opened(anna)
    answer = await anna.post("/form/send", subject=subject, prompt="waves", audio="yes", **PLAIN)
    assert "Audio needs pro mode" in answer.text
    answer = await anna.post("/form/send", subject=subject, prompt="", **PLAIN)
    assert 'id="form-options"' in answer.text
    assert await bot.jobs() == []


async def test_a_form_that_was_not_given_out_here_is_refused(bot: PageBot, anna: Person) -> None:
    for sealed in ("", "e30.aaaaaaaaaaaaaaaaaaaaaaaaaa", "x"):
        answer = await anna.post("/form/send", subject=sealed, prompt="waves", **PLAIN)
        assert (answer.status_code, answer.text.startswith("This form is from another version")) == (400, True)


@pytest.mark.slow
async def test_a_form_is_sent_after_a_restart_as_well(open_page: Opener) -> None:
    async with open_page() as bot, bot.person() as anna:
        subject = await opened(anna)
        await bot.shut()
        await bot.open()
        answer = await anna.post("/form/send", subject=subject, prompt="waves", **PLAIN)
        assert 'id="drawer"' in answer.text
        await anna.sees("your video is ready")
