"""Rules about prompts: whole words or regular expressions that refuse a request or send it to approval.

A regular expression is given a bounded time. One that takes longer counts as found: a rule that cannot be judged must
not let anything through.
"""

import asyncio
import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

LONGEST_PATTERN = 300  # characters
MOST_RULES = 100  # rules of one place
# Scripts that put no spaces between words: a word of theirs is found within a text.
_SCRIPTS = "".join(rf"\p{{{name}}}" for name in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"))
_UNSPACED = f"[{_SCRIPTS}]"
_LETTER = rf"[^\W{_SCRIPTS}]"
TIME_BOUND = 0.05  # seconds for one regular expression on one prompt


class RuleKind(StrEnum):
    """`words`: words or phrases, with commas between them, found whole in any case. `regex`: a regular expression, in
    any case."""

    WORDS = "words"
    REGEX = "regex"


class RuleAction(StrEnum):
    """What a rule does with a prompt it finds itself in."""

    REFUSE = "refuse"
    APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class PromptRule:
    """One rule, in one workspace ("discord:G") or everywhere ("*")."""

    id: str
    place: str
    kind: RuleKind
    pattern: str
    action: RuleAction
    by: str
    at: float


def check_pattern(kind: RuleKind, pattern: str) -> None:
    """Raise ValueError with a sentence for a pattern that cannot be used."""
    if not pattern.strip():
        raise ValueError("The rule is empty: give words, or a regular expression.")
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"The rule has {len(pattern)} characters; at most {LONGEST_PATTERN} are allowed.")
    try:
        compiled = _compiled(kind, pattern)
    except regex.error as error:
        raise ValueError(f"This regular expression cannot be read: {error}.") from None
    if compiled.search("") is not None:
        raise ValueError("The rule would find itself in every prompt; make it more exact.")


def judged(rules: Sequence[PromptRule], prompt: str) -> PromptRule | None:
    """The rule that decides about this prompt: one that refuses before one that asks for approval; None when no rule
    finds itself in it. Takes at most `TIME_BOUND` a rule."""
    spelled = _spelled(prompt)
    for rule in sorted(rules, key=lambda rule: (rule.action is not RuleAction.REFUSE, rule.at)):
        try:
            # An expression keeps its own letters (\W is not \w), so its text does, too; folding is done by its flags.
            text = spelled if rule.kind is RuleKind.REGEX else spelled.casefold()
            if _compiled(rule.kind, rule.pattern).search(text, timeout=TIME_BOUND, concurrent=True) is not None:
                return rule
        except TimeoutError:
            return rule
    return None


async def judge(rules: Sequence[PromptRule], prompt: str) -> PromptRule | None:
    """`judged`, beside the event loop."""
    return await asyncio.to_thread(judged, rules, prompt) if rules else None


def plain_text(prompt: str) -> str:
    """The prompt as rules read it: one spelling for each letter, without invisible characters, in small letters."""
    return _spelled(prompt).casefold()


def _spelled(prompt: str) -> str:
    spelled = unicodedata.normalize("NFKC", prompt)
    return "".join(char for char in spelled if unicodedata.category(char) != "Cf")


@functools.lru_cache(maxsize=512)
def _compiled(kind: RuleKind, pattern: str) -> "regex.Pattern[str]":
    if kind is RuleKind.REGEX:
        return regex.compile(unicodedata.normalize("NFC", pattern), regex.IGNORECASE | regex.FULLCASE)
    phrases = [plain_text(phrase).split() for phrase in pattern.split(",")]
    words = "|".join(r"\s+".join(regex.escape(word) for word in phrase) for phrase in phrases if phrase)
    return regex.compile(rf"(?:(?<!{_LETTER})|(?={_UNSPACED}))(?:{words})(?:(?!{_LETTER})|(?<={_UNSPACED}))")
