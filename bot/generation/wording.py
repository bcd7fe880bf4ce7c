"""The sentences of the check, one per rule, filled in with the table's own values.

A problem says in one sentence what is wrong, what is allowed and what to do; its change is a few words ("use pro
mode"). No sentence knows a platform, and none repeats the prompt. The order here is the order problems are listed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Wording:
    """One rule in words. `option` is the option to change, unless the check names another."""

    option: str
    message: str
    change: str = ""


#: code -> sentence. {title} is the model, {place} the model with its gateway where that matters.
PROBLEMS: Mapping[str, Wording] = MappingProxyType(
    {
        "model_unknown": Wording("model", "There is no model {said} here: choose {choices}.", "use {fix}"),
        "model_switched_off": Wording(
            "model", "{title} is made by {has} only, which an admin has switched off: choose {choices}.", "use {fix}"
        ),
        "gateway_unknown": Wording("gateway", "There is no gateway {said} here: choose {choices}.", "use {fix}"),
        "model_not_on_gateway": Wording(
            "gateway", "{title} is not on {asked}: {has} it, so use {fix} or choose another model.", "use {fix}"
        ),
        "prompt_empty": Wording("prompt", "The prompt is empty: say what the video should show.", "write a prompt"),
        "prompt_too_long": Wording(
            "prompt",
            "The prompt has {length} characters and {title} takes at most {limit}: shorten it by {over}.",
            "shorten the prompt to {limit} characters",
        ),
        "asset_missing": Wording(
            "prompt",
            "The prompt names {token}, but the request has {count}: attach what is missing or take {token} out of the "
            "prompt.",
            "take {token} out of the prompt",
        ),
        "asset_not_read": Wording(
            "prompt",
            "{place} cannot read {token}: take it out of the prompt{or_dialect}.",
            "take {token} out of the prompt",
        ),
        "mode_not_offered": Wording("mode", "{title} has no {said} mode: choose {choices}.", "use {fix} mode"),
        "duration_not_offered": Wording(
            "duration",
            "{said} seconds is not a length {title} makes: choose {choices} seconds{or_dialect}.",
            "use {fix} seconds",
        ),
        "duration_with_images": Wording(
            "duration",
            "{said} seconds is for videos without images: with an image {title} makes {choices} seconds{or_dialect}.",
            "use {fix} seconds",
        ),
        "aspect_ratio_not_offered": Wording(
            "aspect_ratio", "{title} does not make {said} videos: choose {choices}.", "use {fix}"
        ),
        "audio_not_offered": Wording("audio", "{place} has no audio: leave audio out{or_dialect}.", "leave audio out"),
        "audio_needs_pro": Wording(
            "audio",
            "Audio needs {needed} mode: {mode} makes silent videos only, so use {needed} mode or leave audio out.",
            "use {needed} mode",
        ),
        "last_frame_needs_pro": Wording(
            "last_frame",
            "A last frame needs {needed} mode: {mode} takes a first frame only, so use {needed} mode or drop the last "
            "frame.",
            "use {needed} mode",
        ),
        "audio_with_last_frame": Wording(
            "audio",
            "Audio and a last frame cannot go together in {needed} mode: leave audio out or drop the last frame.",
            "leave audio out",
        ),
        "audio_with_video": Wording(
            "audio",
            "Audio and a reference video cannot go together on {title}: leave audio out or drop the reference video.",
            "leave audio out",
        ),
        "negative_prompt_not_offered": Wording(
            "negative_prompt",
            "{place} takes no negative prompt: leave it out{or_dialect}.",
            "leave the negative prompt out",
        ),
        "watermark_not_offered": Wording(
            "watermark",
            "{place} cannot add a watermark: leave it out{or_dialect}.",
            "leave the watermark out",
        ),
        "embedded_media": Wording(
            "image",
            "The {what} is embedded data, which the gateways refuse: attach the file or give a link instead.",
            "drop the {what}",
        ),
        "one_per_role": Wording(
            "image", "A video has only one {what}, and {count} were given: keep one.", "keep only the first {what}"
        ),
        "reference_image_not_offered": Wording(
            "reference_image",
            "{place} takes no reference images: {do}{or_dialect}.",
            "{do}",
        ),
        "element_not_offered": Wording("element", "{place} takes no elements: {do}{or_dialect}.", "{do}"),
        "last_frame_not_offered": Wording("last_frame", "{place} has no last frame: {do}{or_dialect}.", "{do}"),
        "last_frame_needs_first": Wording(
            "last_frame",
            "A last frame needs a first frame too: add a first frame, or use this image as the first frame.",
            "use the last frame as the first frame",
        ),
        "last_frame_among_images": Wording(
            "last_frame",
            "A last frame cannot go with more than {limit} images on {title}, and there are {count}: drop the others "
            "or use the last frame as a reference image.",
            "use the last frame as a reference image",
        ),
        "too_many_images": Wording(
            "image",
            "{title} takes at most {limit} images{with_video}, and {count} were given: drop {over}.",
            "drop {over} of the images",
        ),
        "reference_video_not_offered": Wording(
            "reference_video",
            "{place} takes no reference video: leave it out{or_dialect}.",
            "drop the reference video",
        ),
    }
)

NOTES: Mapping[str, Wording] = MappingProxyType(
    {
        "duration_inferred": Wording(
            "duration",
            "The page of {title} does not show {seconds} seconds in {mode} mode; it is sent as asked, and the gateway "
            "may refuse it.",
        ),
        "prompt_long": Wording(
            "prompt",
            "The prompt has {length} characters as sent; Kling reads {limit}, so the gateway may refuse it or cut it.",
        ),
        "prompt_prefix_bot": Wording("prompt", "The prompt names no image, so it is sent with {prefix} in front."),
        "prompt_prefix_gateway": Wording(
            "prompt", "The prompt names no image, so the gateway puts {prefix} in front of it."
        ),
        "asset_not_named": Wording(
            "prompt", "The prompt does not name {token}: write {token} where that {kind} should appear."
        ),
        "token_not_read": Wording("prompt", "{title} does not read {token}; it is sent as plain text."),
        "ratio_follows_image": Wording("aspect_ratio", "The shape of the image may override the aspect ratio {ratio}."),
        "ratio_inferred": Wording(
            "aspect_ratio",
            "The page of {title} does not show {ratio}; it is sent as asked, and the gateway may refuse it.",
        ),
        "first_frame_as_reference": Wording(
            "image", "{title} in this dialect has no first frame; the image is sent as a reference image."
        ),
        "images_inferred": Wording(
            "image",
            "The page of {title} shows at most {limit} images; all {count} are sent, and the gateway may refuse them.",
        ),
        "edited_video_length": Wording(
            "duration", "An edited video may keep the length of its source, and is billed by its length."
        ),
    }
)
