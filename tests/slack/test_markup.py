"""What people typed is shown as typed, mentions nobody, and is cut where a reader would cut it."""

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.cards.card import Link, Look, Moment, Person, Said, Words
from adapters.slack.markup import NOBODY, Naming, aloud, clean, cut, element, escaped, mrkdwn, one_line, units
from tests.fakes.slack.reading import mentions_in, mentions_in_blocks, read_text

relaxed = settings(deadline=None)
QUIET = Naming(names={})
LOUD = Naming()
NASTY = (
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U123ABC>",
    "<!subteam^S123|@admins>",
    "<#C123>",
    "<https://evil.example|click>",
    "<!date^1^{date}|x>",
    "@here @channel @everyone",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "*bold* _italic_ ~gone~ `code` ```block```",
    "> quote",
    "\u202e<!channel>",
)
typed = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from([*NASTY, "&", "<", ">", "|", "😀", "e\u0301", "👩‍👩‍👧", "🇩🇪", "\n", " "]), max_size=60
    ).map("".join),
)


@relaxed
@given(typed)
def test_escaped_text_mentions_nobody_and_reads_as_typed(text: str) -> None:
    shown = escaped(text)
    assert mentions_in(shown) == set()
    assert mentions_in(shown, parse="none") == set()
    assert html.unescape(shown) == html.unescape(escaped(text))
    assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text
    assert "<" not in shown
    assert ">" not in shown


@relaxed
@given(typed)
def test_rich_text_holds_what_was_typed_and_nothing_else(text: str) -> None:
    shown = element(Said(text), LOUD)
    if not text:
        assert shown is None
        return
    assert shown == {"type": "text", "text": text}
    assert mentions_in_blocks([shown]) == set()


@relaxed
@given(typed, st.integers(0, 300))
def test_a_cut_text_keeps_to_its_length_and_is_a_beginning(text: str, most: int) -> None:
    short = cut(text, most)
    assert units(short) <= most
    assert len(escaped(short)) <= most
    if units(text) <= most:
        assert short == text
    elif short:
        assert short.endswith("…")
        assert text.startswith(short[:-1])
    assert mentions_in(escaped(short)) == set()


@relaxed
@given(st.integers(1, 400))
def test_a_cut_falls_between_characters_as_people_see_them(most: int) -> None:
    for one in ("👩‍👩‍👧", "e\u0301", "😀", "&", "<"):
        short = cut(one * 200, most)
        if short.endswith("…"):
            short = short[:-1]
        assert short == one * (len(short) // len(one))


def test_two_and_a_half_thousand_ampersands() -> None:
    text = "&" * 2500
    assert units(text) == 12_500
    short = cut(text, 3000)
    assert short == "&" * 599 + "…"
    assert escaped(short).count("&amp;") == 599


@relaxed
@given(typed)
def test_cleaned_text_has_no_unseen_characters(text: str) -> None:
    for tidy in (clean(text), one_line(text)):
        assert not any(char in tidy for char in "\u202e\u2066\x00\x1b\r")
    assert "\n" not in one_line(text)
    assert one_line(one_line(text)) == one_line(text)


def test_a_person_is_mentioned_only_where_the_card_says_so() -> None:
    anna, ben = Person("T1:U111"), Person("T1:U222")
    naming = Naming("T1:U111", {"T1:U111": "Anna", "T1:U222": "Ben *the* _builder_"})
    assert element(anna, naming) == {"type": "user", "user_id": "U111"}
    assert element(ben, naming) == {"type": "text", "text": "Ben the builder"}
    assert (mrkdwn(anna, naming), mrkdwn(ben, naming)) == ("<@U111>", "Ben the builder")
    assert aloud(anna, naming) == "<@U111>"
    assert mrkdwn(ben, QUIET) == NOBODY
    assert mrkdwn(ben, LOUD) == "<@U222>"


@pytest.mark.parametrize("user", ["T1:<!channel>", "T1:", "anna", "T1:u111", "T1:U1|x"])
def test_what_is_no_slack_id_is_never_mentioned(user: str) -> None:
    for naming in (LOUD, Naming(user), Naming(user, {user: "<!channel>"})):
        assert mentions_in(mrkdwn(Person(user), naming)) == set()
        assert mentions_in(aloud(Person(user), naming)) == set()


def test_our_own_words() -> None:
    assert mrkdwn(Words("2 < 3 & 4"), QUIET) == "2 &lt; 3 &amp; 4"
    assert mrkdwn(Words(" $1 ", Look.STRONG), QUIET) == "*$1*"
    assert mrkdwn(Words("/video", Look.CODE), QUIET) == "`/video`"
    assert element(Words("/video", Look.CODE), QUIET) == {"type": "text", "text": "/video", "style": {"code": True}}
    assert element(Words(""), QUIET) is None


def test_links_and_moments() -> None:
    link = Link("Download & see", "https://cdn.example/v.mp4?a=1&b=2")
    assert mrkdwn(link, QUIET) == "<https://cdn.example/v.mp4?a=1&amp;b=2|Download &amp; see>"
    assert read_text(mrkdwn(link, QUIET), None) == "Download & see (https://cdn.example/v.mp4?a=1&b=2)"
    assert element(link, QUIET) == {"type": "link", "url": link.url, "text": "Download & see"}
    assert aloud(link, QUIET) == "Download &amp; see: https://cdn.example/v.mp4?a=1&amp;b=2"
    for bad in ("javascript:alert(1)", "https://a b", "https://a|b", "https://a>b", "https://a.example/" + "x" * 3000):
        assert mrkdwn(Link("here", bad), QUIET) == "here"
        assert element(Link("here", bad), QUIET) == {"type": "text", "text": "here"}
    moment = Moment(1_795_000_000.5, "on Wed 18 Nov at 11:06 UTC")
    assert mrkdwn(moment, QUIET) == "<!date^1795000000^{date_short_pretty} at {time}|on Wed 18 Nov at 11:06 UTC>"
    shown = element(moment, QUIET)
    assert shown is not None
    assert (shown["timestamp"], shown["fallback"]) == (1_795_000_000, "on Wed 18 Nov at 11:06 UTC")
    assert aloud(moment, QUIET) == "on Wed 18 Nov at 11:06 UTC"
