"""One request held against one offer's rules: every problem, and the request with every change made.

The frames come first, because what is left of them decides which modes and lengths fit; each later step looks at the
frames as changed. So the changes together pass the check, in one round (a property test holds it).
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.generation.catalog import Offer, listed, said
from bot.generation.dialects import is_embedded
from bot.generation.request import Frame, FrameRole, ReferenceVideo, VideoRequest
from bot.generation.table import ROLE_OPTIONS, Rules, dialects_of
from bot.generation.tokens import Token, counts, frame_names, rewrite, tokens, written
from bot.generation.wording import PROBLEMS

_FIRST, _LAST, _REFERENCE = FrameRole.FIRST_FRAME, FrameRole.LAST_FRAME, FrameRole.REFERENCE
_ROLE_WORDS = {
    _FIRST: "first frame",
    _LAST: "last frame",
    _REFERENCE: "reference image",
    FrameRole.ELEMENT: "element",
}
#: So many names fit in a sentence.
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request.

    `option` is the option to change, `message` one sentence (what is wrong, what is allowed, what to do), `allowed` the
    values that are, `change` a few words ("use pro mode"), `code` a stable name of the rule ("audio_needs_pro").
    """

    option: str
    message: str
    allowed: tuple[str, ...]
    change: str
    code: str


@dataclass(frozen=True, slots=True)
class Note:
    """One thing worth knowing that stops nothing: its option, one sentence, a stable name."""

    option: str
    message: str
    code: str


def problem(
    rule: str, allowed: Sequence[str] = (), *, at: str | None = None, instead: str | None = None, **values: object
) -> Problem:
    """The problem of one rule, in its words. `at` names another option, `instead` another change."""
    wording = PROBLEMS[rule]
    return Problem(
        option=at or wording.option,
        message=wording.message.format(**values),
        allowed=tuple(allowed),
        change=instead or wording.change.format(**values),
        code=rule,
    )


@dataclass(slots=True)
class _Slot:
    """A frame on its way through the changes, with its place in the request; `frame` None = dropped."""

    place: int
    frame: Frame | None

    @property
    def role(self) -> FrameRole | None:
        return None if self.frame is None else self.frame.role

    def become(self, role: FrameRole) -> None:
        if self.frame is not None:
            self.frame = self.frame.model_copy(update={"role": role})


class Examination:
    """Call `run` once, then read `problems`."""

    def __init__(self, request: VideoRequest, offer: Offer) -> None:
        self._asked = request
        self._offer = offer
        self._rules = offer.rules
        self._found: list[Problem] = []
        self._slots = [_Slot(place, frame) for place, frame in enumerate(request.frames)]
        self._had_last = False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What `run` found, in the order of the wording table."""
        order = list(PROBLEMS)
        return tuple(sorted(self._found, key=lambda found: order.index(found.code)))

    def run(self) -> VideoRequest | None:
        """Find every problem. Returns the request with every change made, or None when that leaves no prompt."""
        video = self._video()
        self._frames(video)
        frames = tuple(slot.frame for slot in self._slots if slot.frame is not None)
        audio, mode = self._audio_and_mode(frames, video)
        changes: dict[str, object] = {
            "frames": frames,
            "reference_video": video,
            "audio": audio,
            "mode": mode,
            "duration": self._duration(mode, frames),
            "aspect_ratio": self._aspect_ratio(),
            "negative_prompt": self._negative_prompt(),
            "watermark": self._watermark(),
            "prompt": self._prompt(frames, video),
        }
        proposal = self._asked.model_copy(update=changes)
        return proposal if proposal.prompt.strip() else None

    # ------------------------------------------------------------------------------------ words

    def _add(self, rule: str, allowed: Sequence[str] = (), **values: object) -> None:
        at, instead = values.pop("at", None), values.pop("instead", None)
        values.setdefault("title", self._offer.title)
        values.setdefault("place", f"{self._offer.title} on {self._offer.gateway_title}")
        self._found.append(
            problem(
                rule,
                allowed,
                at=None if at is None else str(at),
                instead=None if instead is None else str(instead),
                **values,
            )
        )

    def _or_dialect(self, has: Callable[[Rules], bool]) -> str:
        """The end of a sentence: to which dialect an admin could set this model to have what is missing."""
        names = [f'"{row.dialect}"' for row in dialects_of(self._offer.gateway, self._offer.model) if has(row)]
        return f", or ask an admin to set the dialect of {self._offer.key} to {listed(names)}" if names else ""

    # ------------------------------------------------------------------------------------ video and frames

    def _video(self) -> ReferenceVideo | None:
        video = self._asked.reference_video
        if video is None:
            return None
        if is_embedded(video.source):
            self._add("embedded_media", at="reference_video", what="reference video")
            video = None
        if not self._rules.reference_video:
            self._add("reference_video_not_offered", or_dialect=self._or_dialect(lambda row: row.reference_video))
            video = None
        return video

    def _in_role(self, *roles: FrameRole) -> list[_Slot]:
        return [slot for slot in self._slots if slot.role in roles]

    def _frames(self, video: ReferenceVideo | None) -> None:
        for role in FrameRole:
            embedded = [s for s in self._in_role(role) if s.frame is not None and is_embedded(s.frame.source)]
            for slot in embedded:
                slot.frame = None
            if embedded:
                self._add("embedded_media", at=ROLE_OPTIONS[role], what=_ROLE_WORDS[role])
        for role in (_FIRST, _LAST):
            if len(given := self._in_role(role)) > 1:
                self._add("one_per_role", at=ROLE_OPTIONS[role], what=_ROLE_WORDS[role], count=len(given))
                for slot in given[1:]:
                    slot.frame = None
        for role, rule in (
            (_REFERENCE, "reference_image_not_offered"),
            (FrameRole.ELEMENT, "element_not_offered"),
            (_LAST, "last_frame_not_offered"),
        ):
            if role not in self._rules.roles and (given := self._in_role(role)):
                do = self._give_another_role(given)
                self._add(rule, do=do, or_dialect=self._or_dialect(lambda row, role=role: role in row.roles))  # type: ignore[misc]
        self._last_frame()
        self._too_many_images(video)

    def _give_another_role(self, slots: list[_Slot]) -> str:
        """Keep images that cannot keep their role where another role takes them; says so in words."""
        word = _ROLE_WORDS[slots[0].role or _REFERENCE]
        one = len(slots) == 1
        them = f"the {word}" if one else f"the {word}s"
        if _REFERENCE in self._rules.roles:
            for slot in slots:
                slot.become(_REFERENCE)
            return f"use {them} as {'a reference image' if one else 'reference images'}"
        if self._in_role(_FIRST):
            for slot in slots:
                slot.frame = None
            return f"drop {them}"
        slots[0].become(_FIRST)
        for slot in slots[1:]:
            slot.frame = None
        return f"use {them if one else f'one {word}'} as the first frame{'' if one else ' and drop the others'}"

    def _last_frame(self) -> None:
        lasts = self._in_role(_LAST)
        self._had_last = bool(lasts)
        if not lasts:
            return
        images = self._in_role(_FIRST, _LAST, _REFERENCE)
        alone = not self._in_role(_FIRST)
        limit = self._rules.last_frame_max_images
        first_instead = PROBLEMS["last_frame_needs_first"].change if alone else None
        if alone:
            self._add("last_frame_needs_first")
            lasts[0].become(_FIRST)
        if limit is not None and len(images) > limit:
            self._add("last_frame_among_images", limit=limit, count=len(images), instead=first_instead)
            if not alone:
                lasts[0].become(_REFERENCE)

    def _too_many_images(self, video: ReferenceVideo | None) -> None:
        limit = self._offer.max_images(with_video=video is not None)
        kept = [slot for slot in self._slots if slot.frame is not None]
        if limit is None or len(kept) <= limit:
            return
        # The ends of the video matter most; of the rest, the first ones given stay.
        ranked = sorted(kept, key=lambda slot: slot.role not in (_FIRST, _LAST))
        dropped = ranked[limit:]
        with_video = " beside a reference video" if video is not None and limit != self._rules.max_images else ""
        option = ROLE_OPTIONS[dropped[-1].role or _FIRST]
        self._add("too_many_images", at=option, limit=limit, with_video=with_video, count=len(kept), over=len(dropped))
        for slot in dropped:
            slot.frame = None

    # ------------------------------------------------------------------------------------ mode and audio

    def _audio_and_mode(
        self, frames: tuple[Frame, ...], video: ReferenceVideo | None
    ) -> tuple[bool | None, str | None]:
        rules = self._rules
        asked_mode = self._asked.mode or rules.default_mode
        known_mode = asked_mode in rules.modes
        audio = self._asked.audio
        last = any(frame.role is _LAST for frame in frames)
        # A last frame that another change turns into something else needs no change of mode or audio.
        instead = None if last else next((p.change for p in self._found if p.option == "last_frame"), None)
        loud = audio is True and bool(rules.audio_modes)
        if audio is True and not rules.audio_modes:
            self._add("audio_not_offered", or_dialect=self._or_dialect(lambda row: bool(row.audio_modes)))
            audio = None
        if loud and self._had_last and rules.audio_not_with_last_frame:
            self._add("audio_with_last_frame", needed=listed(sorted(rules.audio_modes)), instead=instead)
            audio = None if last else audio
        if loud and video is not None and rules.audio_not_with_video:
            self._add("audio_with_video")
            audio = None
        fitting = [
            mode
            for mode in rules.modes
            if (audio is not True or mode in rules.audio_modes) and (not last or mode in rules.last_frame_modes)
        ]
        mode = asked_mode if asked_mode in fitting else fitting[0]
        if not known_mode:
            self._add("mode_not_offered", rules.modes, said=said(asked_mode), choices=listed(rules.modes), fix=mode)
        mode_words = asked_mode if self._asked.mode else f"{asked_mode} (the default)"
        if loud and known_mode and asked_mode not in rules.audio_modes:
            needed = [m for m in rules.modes if m in rules.audio_modes]
            quiet = None if mode in needed else PROBLEMS["audio_not_offered"].change
            self._add("audio_needs_pro", needed, needed=listed(needed), mode=mode_words, instead=quiet)
        if self._had_last and known_mode and asked_mode not in rules.last_frame_modes:
            needed = [m for m in rules.modes if m in rules.last_frame_modes]
            self._add("last_frame_needs_pro", needed, needed=listed(needed), mode=mode_words, instead=instead)
        return audio, self._asked.mode if mode == asked_mode else mode

    # ------------------------------------------------------------------------------------ plain options

    def _duration(self, mode: str | None, frames: tuple[Frame, ...]) -> int | None:
        asked = self._asked.duration
        allowed = self._offer.durations(mode, with_images=bool(frames))
        if asked is None or asked in allowed:
            return asked
        fix = min(allowed, key=lambda seconds: (abs(seconds - asked), seconds))
        without = asked in self._offer.durations(mode, with_images=False)
        self._add(
            "duration_with_images" if without else "duration_not_offered",
            [str(seconds) for seconds in allowed],
            said=asked if abs(asked) < 1_000_000 else "That many",
            choices=_span(allowed),
            fix=fix,
            or_dialect=self._or_dialect(lambda row: asked in (row.durations_with_images if frames else row.durations)),
        )
        return fix

    def _aspect_ratio(self) -> str | None:
        asked, allowed = self._asked.aspect_ratio, self._rules.aspect_ratios
        if asked is None or asked in allowed:
            return asked
        fix = _nearest_ratio(asked, allowed, self._rules.default_aspect_ratio)
        words = said(asked) if _shape(asked) is None else asked
        self._add("aspect_ratio_not_offered", allowed, said=words, choices=listed(allowed), fix=fix)
        return fix

    def _negative_prompt(self) -> str | None:
        if self._asked.negative_prompt is None or self._rules.negative_prompt is not None:
            return self._asked.negative_prompt
        hint = self._or_dialect(lambda row: row.negative_prompt is not None)
        self._add("negative_prompt_not_offered", or_dialect=hint)
        return None

    def _watermark(self) -> bool | None:
        if self._asked.watermark is not True or self._rules.watermark is not None:
            return self._asked.watermark
        self._add("watermark_not_offered", or_dialect=self._or_dialect(lambda row: row.watermark is not None))
        return None

    # ------------------------------------------------------------------------------------ the prompt

    def _prompt(self, frames: tuple[Frame, ...], video: ReferenceVideo | None) -> str:
        prompt = self._asked.prompt
        if not prompt.strip():
            self._add("prompt_empty")
            return prompt
        if self._rules.tokens:
            prompt = self._rename_assets(prompt, frames, video)
        limit = self._rules.prompt_limit
        if limit is not None and len(self._asked.prompt) > limit:
            length = len(self._asked.prompt)
            self._add("prompt_too_long", length=length, limit=limit, over=length - limit)
            prompt = _cut(prompt, limit)
        return prompt

    def _rename_assets(self, prompt: str, frames: tuple[Frame, ...], video: ReferenceVideo | None) -> str:
        """Report names of nothing, and let the others follow their assets through the changes made so far."""
        have = counts(self._asked)
        new_names = iter(frame_names(frames))
        new_name: dict[str, str | None] = {
            old: None if slot.frame is None else next(new_names)
            for old, slot in zip(frame_names(self._asked.frames), self._slots, strict=True)
        }
        if self._asked.reference_video is not None:
            new_name["video_1"] = None if video is None else "video_1"
        missing: dict[str, list[str]] = {}
        unread: dict[str, list[str]] = {}
        for token in tokens(prompt):
            if token.kind not in self._rules.tokens and new_name.get(token.name) is None:
                unread.setdefault(token.kind, []).append(token.text)
            elif token.name not in new_name:
                missing.setdefault(token.kind, []).append(token.text)
        for kind, texts in missing.items():
            self._add("asset_missing", token=_names(texts), count=_count(have[kind], kind))
        for kind, texts in unread.items():
            hint = self._or_dialect(lambda row, kind=kind: kind in row.tokens)  # type: ignore[misc]
            self._add("asset_not_read", token=_names(texts), or_dialect=hint)

        def follow(token: Token) -> str | None:
            name = new_name.get(token.name)
            return None if name is None else token.text if name == token.name else written(name)

        changed = rewrite(prompt, follow)
        present = set(frame_names(frames)) | ({"video_1"} if video is not None else set())
        # Taking a name out can put two halves of another together.
        while any(token.name not in present for token in tokens(changed)):
            changed = rewrite(changed, lambda token: token.text if token.name in present else None)
        return changed if changed == prompt else changed.strip()


def _count(number: int, kind: str) -> str:
    return f"no {kind}s" if number == 0 else f"only 1 {kind}" if number == 1 else f"only {number} {kind}s"


def _names(texts: list[str]) -> str:
    unique = list(dict.fromkeys(said(text)[1:-1] for text in texts))
    more = len(unique) - _MOST_NAMES
    return listed(unique if more <= 0 else [*unique[:_MOST_NAMES], f"{more} more"], "and")


def _span(allowed: Sequence[int]) -> str:
    """ "5 or 10", "3 to 15"."""
    gapless = len(allowed) > 2 and allowed[-1] - allowed[0] == len(allowed) - 1
    return f"{allowed[0]} to {allowed[-1]}" if gapless else listed([str(seconds) for seconds in allowed])


def _shape(ratio: str) -> float | None:
    """The logarithm of width by height: above 0 is landscape, 0 a square; None for what is no ratio."""
    match = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,4})?):([0-9]{1,4}(?:\.[0-9]{1,4})?)", ratio)
    across, down = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    return math.log(across / down) if across > 0 and down > 0 else None


def _nearest_ratio(asked: str, allowed: Sequence[str], default: str) -> str:
    """The allowed ratio of the same orientation (landscape, portrait, square); the default for what is no ratio."""
    wanted = _shape(asked)
    if wanted is None:
        return default

    def distance(ratio: str) -> tuple[bool, float]:
        here = _shape(ratio) or 0.0
        return ((here > 0) - (here < 0) != (wanted > 0) - (wanted < 0), abs(here - wanted))

    return min(allowed, key=distance)


def _cut(prompt: str, limit: int) -> str:
    """At most `limit` characters of the prompt, ending with a whole word where there is one."""
    text = prompt.strip()
    if len(text) <= limit:
        return text
    head, space, _ = text[: limit + 1].rpartition(" ")
    return head.rstrip() if space and len(head) * 2 > limit else text[:limit]
