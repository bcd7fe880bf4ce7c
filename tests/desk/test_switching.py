"""Gateways at the desk: what an operator sees and switches, an admin of one workspace sees, and a member does not."""

from dataclasses import replace
from datetime import UTC

from adapters.cards.account_alarm import bad_key_card, runs_dry_card
from adapters.cards.card import Button, Tone, Verb, plain
from adapters.cards.gateways_card import AccountRow, account_of, gateways_card
from adapters.desk.panel import Switch
from tests.desk.conftest import ANNA, ROOT, Front, verbs, words

LOCAL = replace(ROOT, is_operator=False)


async def test_an_operator_sees_balances_and_buttons_and_an_admin_of_one_workspace_neither(front: Front) -> None:
    for gateway in front.house.app.gateways.values():
        await gateway.balance()
    seen = await front.desk.gateways(ROOT)
    assert "ToAPIs: takes new videos; it works; $100.00 left; no errors in ten minutes." in words(seen)
    assert verbs(seen.card) == [Verb.GATEWAY_STOP, Verb.GATEWAY_USE, Verb.GATEWAY_STOP]
    seen = await front.desk.gateways(LOCAL)
    assert "ToAPIs: takes new videos; it works; no errors" in words(seen)
    assert verbs(seen.card) == []
    refused = await front.desk.switch_gateway(LOCAL, "toapis", Switch.STOP)
    assert words(refused).startswith("Only the operators of this bot can do that")
    assert (await front.desk.gateways(ANNA)).card.buttons == ()
    acts = [(act, subject) for _, act, subject in await front.audit() if "gateway" in act]
    assert acts == [("refused: gateway stop", "toapis"), ("refused: gateways", "")]


async def test_errors_are_told_in_words(front: Front) -> None:
    front.house.sandbox.set_keys({"another"})
    await front.house.run((await front.job("waves")).id)
    text = words(await front.desk.gateways(ROOT))
    assert "ToAPIs: number 2 for new videos; it does not accept the key; 0.1 errors a minute (1 of 1 calls" in text
    assert "Last error today at" in text


async def test_pressed_twice_is_one_switch(front: Front) -> None:
    for _ in range(2):
        reply = await front.desk.switch_gateway(ROOT, "apimart", Switch.STOP)
        assert words(reply).endswith("New videos go to ToAPIs. Stopped: APIMart.")
    assert [act for _, act, _ in await front.audit() if "gateway" in act] == ["gateway off"]
    assert verbs(reply.card) == [Verb.GATEWAY_STOP, Verb.GATEWAY_START]


def test_what_admins_are_told_by_themselves() -> None:
    assert plain(runs_dry_card("toapis:spare", 3_200_000, 2_100_000)) == (
        "ToAPIs (spare): the account runs dry, $3.20 is left. The last 7 days took $2.10 a day, so that "
        "lasts for about 2 days. Add money there."
    )
    assert "less than a day" in plain(runs_dry_card("toapis", 1_000_000, 2_100_000))
    assert "out of credit" in plain(runs_dry_card("toapis", 0, 2_100_000))
    told = plain(bad_key_card("toapis", "it does not accept the key", 2, ["toapis", "apimart"]))
    assert told.startswith("ToAPIs: it does not accept the key; set a good key")
    assert "2 videos are on the way there" in told
    assert told.endswith("New videos go to APIMart.")
    assert plain(bad_key_card("toapis", "x", 0, ["toapis"])).endswith("new videos fail until then.")


def test_a_button_names_an_account_with_a_label() -> None:
    rows = [AccountRow("toapis:spare", None, works=True, words="it works")]
    card = gateways_card(rows, 0.0, UTC, may_switch=True)
    (button,) = card.buttons
    assert isinstance(button, Button)
    assert (button.label, button.subject) == ("Start ToAPIs (spare)", "toapis~spare")
    assert account_of(button.subject) == "toapis:spare"
    assert card.tone is Tone.BAD, "nothing takes new videos"
