"""What is left, what one has, what admins see."""

from collections.abc import Callable
from datetime import UTC

from adapters.cards.ask_first_card import cancel_sure_card, delete_sure_card
from adapters.cards.card import Button, Card, Said, Verb, plain
from adapters.cards.help_card import help_card
from adapters.cards.jobs_card import ListedJob, jobs_card
from adapters.cards.limits_card import granted_card, limit_cleared_card, limit_set_card, limits_card
from adapters.cards.paused_card import paused_card
from adapters.cards.quota_card import quota_card
from adapters.cards.refusal_card import refusal_card
from adapters.cards.uncertain_card import Undecided, uncertain_card
from adapters.cards.usage_card import usage_card
from bot.generation.catalog import Catalog
from bot.generation.check import check
from bot.generation.job import ChargeState, Failure, Job, JobState, Output, Requester, StoredVideo
from bot.generation.limits import Charge, Limit, LimitUse, Refusal, Scope, ScopeKind, Unit, Window
from bot.generation.ports import Grant, JobView, Pause, UsageRow
from bot.generation.request import VideoRequest
from bot.generation.service import OverLimitError

MakeJob = Callable[..., Job]
BEN = Scope(ScopeKind.USER, "discord:42")
VIDEO = StoredVideo("videos/x.mp4", 8_000_000, 1280, 720, 5.0, has_audio=False)


def verbs(card: Card) -> list[tuple[str, Verb, str]]:
    return [(b.label, b.verb, b.subject) for b in card.buttons if isinstance(b, Button)]


def test_a_refusal_has_the_way_on_as_buttons(now: float) -> None:
    catalog = Catalog.build()
    asked = check(VideoRequest(prompt="waves", mode="pro", duration=10), catalog)
    cheaper = check(VideoRequest(prompt="waves"), catalog)
    use = LimitUse(Limit(BEN, Unit.USD, Window.DAY, 500_000), 100_000, 0, now + 3600)
    card = refusal_card(
        OverLimitError(Refusal((use,), Charge(1, 10, 625_000)), asked, cheaper), now, UTC, use="d1", form="d2"
    )
    assert "more than your limit of $0.50 a day" in plain(card)
    assert verbs(card) == [("Use this", Verb.START, "d1"), ("Open the form", Verb.FORM, "d2")]


def test_quota_says_what_is_left_and_whether_it_is_paused(now: float) -> None:
    uses = [LimitUse(Limit(BEN, Unit.VIDEOS, Window.DAY, 5), 2, 1, now + 3600)]
    assert plain(quota_card(uses, now, UTC)).split("\n")[0] == "What you may still ask for:"
    assert "2 left of your 5 videos a day" in plain(quota_card(uses, now, UTC))
    assert plain(quota_card([], now, UTC)) == "There are no limits for you."
    paused = quota_card(uses, now, UTC, pause=Pause("discord:1", "maintenance", now - 60))
    assert plain(paused).startswith(
        "New videos have been paused by an admin since today at 11:05 UTC. Reason: maintenance."
    )


def test_a_pause_is_told_with_its_reason_and_since_when(now: float) -> None:
    assert plain(paused_card(Pause("discord:1", "the gateway is down", now - 86_400 * 3), now, UTC)) == (
        "New videos have been paused by an admin since Sun 15 Nov at 11:06 UTC. Reason: the gateway is down.\n"
        "Nothing was accepted and nothing is paid: ask again later. Videos that are being made already will be "
        "finished."
    )
    assert "Reason" not in plain(paused_card(Pause("discord:1", " ", now), now, UTC))


def test_the_list_of_ones_own_videos(job: MakeJob, now: float) -> None:
    kept = job(
        JobState.UNDELIVERABLE,
        video=VIDEO,
        output=Output("https://cdn.example/x.mp4", now + 7200),
        failure=Failure("undeliverable", "The channel is gone."),
    )
    card = jobs_card(
        [
            ListedJob(JobView(job(JobState.RUNNING, progress=40)), "https://chat.example/1"),
            ListedJob(JobView(job(JobState.UNCERTAIN))),
        ],
        [ListedJob(JobView(kept))],
        [
            ListedJob(JobView(job(JobState.DELIVERED, finished_at=now - 60)), "https://chat.example/2"),
            ListedJob(JobView(job(JobState.DELIVERED, finished_at=now - 90, deleted_at=now))),
        ],
        now,
        UTC,
        more=2,
    )
    assert plain(card).split("\n") == [
        "Being made",
        "waves (show it: https://chat.example/1). Making the video: 40 %.",
        "waves. The gateway's answer got lost; an admin has to look there and decide. Job k3f9x2m4q8rt.",
        "and 2 more.",
        "Made, but not posted",
        (
            "waves. The video is made and paid, but could not be handed over. The channel is gone. It is kept here. "
            "Job k3f9x2m4q8rt."
        ),
        ("Download: https://cdn.example/x.mp4. It is the gateway's own link and works until today at 13:06 UTC."),
        "Recent",
        "waves (show it: https://chat.example/2): done today at 11:05 UTC.",
        "waves: done today at 11:05 UTC, deleted since.",
    ]
    assert plain(jobs_card([], [], [], now)) == "You have not asked for a video yet. Start with /video."


def test_a_full_list_of_the_longest_stays_within_a_message(job: MakeJob, now: float) -> None:
    long = VideoRequest(prompt="W" * 2500)
    slow = ListedJob(JobView(job(JobState.RUNNING, request=long), taking_longer=True))
    done = ListedJob(JobView(job(JobState.DELIVERED, request=long, finished_at=now)))
    failure = Failure("undeliverable", "The channel is gone and direct messages are closed.")
    stuck = ListedJob(JobView(job(JobState.UNDELIVERABLE, request=long, video=VIDEO, failure=failure)))
    card = jobs_card([slow] * 6, [stuck] * 3, [done] * 4, now, UTC, more=44)
    assert len(plain(card)) < 3000
    said = [
        piece.text
        for line in card.body
        for piece in line.pieces  # type: ignore[union-attr]
        if isinstance(piece, Said)
    ]
    assert all(len(text) <= 60 for text in said)


def test_help_tells_the_ways_of_its_platform(now: float) -> None:
    assert "Right-click a message" in plain(help_card("discord"))
    assert "More actions" in plain(help_card("slack"))
    assert "Drop a picture on the page" in plain(help_card("web"))
    assert "/video-admin" not in plain(help_card("discord"))
    assert "/video-admin" in plain(help_card("discord", is_admin=True))
    assert len(plain(help_card("discord", is_admin=True))) < 3000


def test_what_cannot_be_taken_back_is_asked_once(job: MakeJob) -> None:
    card = cancel_sure_card(job(JobState.RUNNING))
    assert plain(card).split("\n")[0] == (
        "This video was sent to ToAPIs already, which cannot take it back: it will be billed ($0.18) and will not be "
        "posted."
    )
    assert verbs(card) == [("Cancel all the same", Verb.CANCEL_SURE, "k3f9x2m4q8rt")]
    free = job(JobState.RUNNING, quote_micros=0, gateway="sandbox")
    assert "it costs nothing there and will not be posted" in plain(cancel_sure_card(free))
    card = delete_sure_card(job(JobState.DELIVERED, charge=ChargeState.SETTLED))
    assert plain(card).split("\n")[0] == (
        "Delete this video for good? Its message and the file kept here are removed. What it cost stays counted."
    )
    assert verbs(card) == [("Delete", Verb.DELETE_SURE, "k3f9x2m4q8rt")]


def test_limits_for_admins(now: float) -> None:
    limit = Limit(BEN, Unit.VIDEOS, Window.DAY, 5)
    assert plain(limits_card([limit])) == "Limits\nWhose | Limit\ndiscord:42 | 5 videos a day"
    many = limits_card([limit] * 100)
    assert plain(many).endswith("75 more are not shown; name a person to see what applies to them.")
    assert len(plain(many)) < 3000
    assert plain(limits_card([])) == "There are no limits: everybody may spend without end."
    used = plain(limits_card([limit], "discord:42", [LimitUse(limit, 2, 1, now + 60)], now, UTC))
    assert used.split("\n")[0] == "What applies to discord:42 now:"
    assert used.split("\n")[2] == "discord:42 | 5 videos a day | 2 | 1 | 2 | today at 11:07 UTC"
    assert plain(limit_set_card(limit)) == "discord:42 may now take 5 videos a day."
    everyone = Scope(ScopeKind.EVERYONE, "*")
    assert plain(limit_set_card(Limit(everyone, Unit.USD, Window.MONTH, 20_000_000))) == (
        "Everyone together may now take $20.00 a month."
    )
    gone = limit_cleared_card(everyone, Unit.USD, Window.DAY, was_there=True)
    assert plain(gone) == "The limit on dollars a day for everyone together is gone."
    none = limit_cleared_card(BEN, Unit.JOBS, Window.NOW, was_there=False)
    assert plain(none) == "There was no limit on videos at once for discord:42."
    grant = Grant(BEN, Unit.USD, Window.DAY, 2_000_000)
    assert plain(granted_card(grant, has_limit=True)) == "discord:42 may take $2.00 more today."
    assert plain(granted_card(grant, has_limit=False)).endswith("no limit on that, so it changes nothing for now.")


def test_use_adds_up_and_the_dearest_come_first() -> None:
    rows = [
        UsageRow("discord:1", 1, 5, 0, 184_000, 0, 0),
        UsageRow("discord:2", 3, 15, 500_000, 0, 480_000, 0),
    ]
    assert plain(usage_card(rows, "user", "the last 30 days")).split("\n") == [
        "Use in the last 30 days, by user",
        "User | Videos | Seconds | Charged | Held | Cost | Maybe billed",
        "discord:2 | 3 | 15 | $0.50 | - | $0.48 | -",
        "discord:1 | 1 | 5 | - | $0.18 | - | -",
        "together | 4 | 20 | $0.50 | $0.18 | $0.48 | -",
        "Charged counts against limits; cost is what the gateways billed, or the quote where they gave no bill.",
    ]
    assert plain(usage_card([], "day", "the last day")).endswith("Nothing was asked for in this time.")


def test_use_of_very_many_is_cut_but_the_sum_is_of_all() -> None:
    rows = [UsageRow(f"discord:{n}", 1, 5, 1_000_000, 0, 1_000_000 + n, 0) for n in range(50)]
    words = plain(usage_card(rows, "user", "the last 30 days"))
    assert "together | 50 | 250 | $50.00" in words
    assert words.endswith("30 more are only in the sum.")
    assert len(words) < 3000


def test_what_an_admin_has_to_decide(job: MakeJob, now: float) -> None:
    unsure = job(JobState.UNCERTAIN, requester=Requester("discord", "42"))
    card = uncertain_card([Undecided(unsure, now - 600, now + 3600)], now, UTC, platform="discord", more=1)
    assert plain(card).split("\n")[5:] == [
        (
            "Job k3f9x2m4q8rt of @42, waves: $0.18, sent to ToAPIs today at 10:56 UTC. Its charge is held until today "
            "at 12:06 UTC; then it is given up as possibly billed."
        ),
        "And 1 more.",
    ]
    assert verbs(card) == [
        ("k3f9: billed", Verb.RESOLVE_BILLED, "k3f9x2m4q8rt"),
        ("k3f9: never ran", Verb.RESOLVE_NOT_CREATED, "k3f9x2m4q8rt"),
        ("k3f9: ask again", Verb.RESOLVE_AGAIN, "k3f9x2m4q8rt"),
    ]
    lost = uncertain_card([Undecided(job(JobState.LOST), now, url="https://chat.example/1")], now, UTC)
    assert [verb for _, verb, _ in verbs(lost)] == [Verb.RESOLVE_BILLED, Verb.RESOLVE_NOT_CREATED]
    assert plain(lost).endswith("and takes nothing from the limits. Show it: https://chat.example/1")
    assert plain(uncertain_card([], now, UTC)) == "Nothing waits for a decision."
    page = plain(uncertain_card([Undecided(unsure, now)], now, UTC, platform="web"))
    assert "the form on the dashboard" in page
    assert "/video-admin" not in page
