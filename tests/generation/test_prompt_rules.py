"""Rules about prompts: whole words in any spelling, expressions with a bounded time."""

import time

import pytest

from bot.generation.prompt_rules import PromptRule, RuleAction, RuleKind, check_pattern, judge, judged

REFUSE, APPROVE = RuleAction.REFUSE, RuleAction.APPROVE


def rule(pattern: str, kind: RuleKind = RuleKind.WORDS, action: RuleAction = REFUSE, at: float = 0.0) -> PromptRule:
    return PromptRule(f"r-{pattern[:5]}", "*", kind, pattern, action, "root", at)


@pytest.mark.parametrize(
    ("words", "prompt", "found"),
    [
        ("blood", "a pool of BLOOD, slowly", True),
        ("blood", "a bloodhound on the moor", False),
        ("blood", "blood_red", False),
        ("blood, gore", "gore!", True),
        ("two words", "these two \n words", True),
        ("two words", "two more words", False),
        ("straße", "eine STRASSE", True),
        ("café", "in the cafe\u0301", True),  # the accent as a letter of its own
        ("blood", "bl\u200bood", True),  # with an invisible character inside
        ("blood", "ｂｌｏｏｄ", True),
        ("血", "一滴 血", True),
        ("血", "鲜血淋漓", True),  # no spaces between words
        ("blood", "鲜blood血", True),
        ("ナイフ", "大きなナイフを持つ", True),
        ("c++", "written in C++", True),
    ],
)
def test_words_are_found_whole_in_any_spelling(words: str, prompt: str, found: bool) -> None:
    assert (judged([rule(words)], prompt) is not None) is found


def test_an_expression_is_found_in_any_case() -> None:
    assert judged([rule(r"gun\s*fight", RuleKind.REGEX)], "a GunFight at noon") is not None
    assert judged([rule(r"^only", RuleKind.REGEX)], "not only") is None


@pytest.mark.parametrize(
    ("pattern", "prompt", "found"),
    [
        ("straße", "eine Straße", True),
        ("straße", "EINE STRASSE", True),
        (r"\bblood\b", "ｂｌｏ\u200bｏｄ", True),
        (r"caf\u00e9", "in the cafe\u0301", True),
        (r"a\Wb", "A b", True),
        (r"a\Wb", "axb", False),
    ],
)
def test_an_expression_is_found_in_any_spelling(pattern: str, prompt: str, found: bool) -> None:
    assert (judged([rule(pattern, RuleKind.REGEX)], prompt) is not None) is found


def test_a_rule_that_refuses_goes_before_one_that_asks() -> None:
    asks, refuses = rule("red", action=APPROVE, at=1.0), rule("blood", at=2.0)
    assert judged([asks, refuses], "red blood") == refuses
    assert judged([asks, refuses], "red wine") == asks
    assert judged([asks, refuses], "wine") is None


def test_an_expression_that_takes_too_long_counts_as_found() -> None:
    slow = rule(r"(\w+\s?)+(\d+\w+)+$", RuleKind.REGEX)
    begun = time.monotonic()
    assert judged([slow], "aaaaaaaaaa " * 200 + "!") == slow
    assert time.monotonic() - begun < 30  # for ever without a bound


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        (RuleKind.WORDS, "  "),
        (RuleKind.WORDS, " , "),
        (RuleKind.WORDS, "x" * 301),
        (RuleKind.REGEX, "("),
        (RuleKind.REGEX, "x*"),
        (RuleKind.REGEX, ""),
    ],
)
def test_a_rule_that_cannot_be_meant_is_one_sentence(kind: RuleKind, pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        check_pattern(kind, pattern)


async def test_rules_are_judged_beside_the_loop() -> None:
    assert await judge([], "anything") is None
    assert await judge([rule("blood")], "blood") is not None
