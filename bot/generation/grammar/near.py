"""Options that were nearly said: words at the end of a prompt that a comma or one word more would make options."""

from bot.generation.catalog import said
from bot.generation.examine import Note
from bot.generation.grammar.marks import BLANK, SEPARATOR, SEPARATORS
from bot.generation.grammar.vocabulary import Vocabulary

#: Fewer words of options than this are words of many a prompt ("a golf pro").
_FEWEST = 2
#: So many words at the end are looked at.
_MOST_WORDS = 12


def nearly_said(prompt: str, vocabulary: Vocabulary) -> tuple[Note, ...]:
    """A note where the end of `prompt`, from which all options were taken, reads like two options or more: without
    commas ("a boat pro 10s"), with half a name ("pro, sound"), or with one last word behind that is none ("pro, 10s,
    moody")."""
    tail = prompt[-200:]
    parts = [part.strip(BLANK) for part in SEPARATOR.split(tail)]
    words = [word for part in parts for word in part.split()][-_MOST_WORDS:]
    odd = ""
    if words and len(parts) > _FEWEST and parts[-1] == words[-1] and not _meant(words[-1], vocabulary):
        odd = words.pop()
    meant: list[str] = []
    begin = len(words)
    while begin > 1:  # the first word is a prompt in any case
        for count in (2, 1):
            option = _meant(" ".join(words[max(0, begin - count) : begin]), vocabulary)
            if option and begin - count > 0:
                meant.insert(0, option)
                begin -= count
                break
        else:
            break
    if len(meant) < _FEWEST:
        return ()
    at = len(prompt)
    for word in reversed([*words[begin:], *([odd] if odd else [])]):
        at = prompt.rindex(word, 0, at)
    better = ", ".join([*([odd] if odd else []), *meant])
    stands = prompt[at:].strip(BLANK + SEPARATORS)
    message = f"{said(stands, 80)} is read as part of the prompt; did you mean {said(f', {better}', 80)}?"
    return (Note("prompt", message, "nearly_said"),)


def _meant(words: str, vocabulary: Vocabulary) -> str:
    """The words as an option would be said; empty when they are none."""
    if vocabulary.phrase(words) is not None:
        return words
    return f"with {words}" if vocabulary.phrase(f"with {words}") is not None else ""
