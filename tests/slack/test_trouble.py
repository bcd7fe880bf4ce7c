"""Each of Slack's refusals has a meaning and one sentence."""

import json

import pytest

from adapters.slack.trouble import MEANINGS, Kind, TroubleError
from tests.fakes.slack.schemas import conformance

CALLED = (
    "chat.postMessage",
    "chat.update",
    "chat.delete",
    "chat.getPermalink",
    "conversations.info",
    "conversations.history",
    "conversations.join",
    "conversations.open",
    "conversations.replies",
    "files.completeUploadExternal",
    "files.delete",
    "files.getUploadURLExternal",
    "files.info",
    "users.info",
)
#: What only a defect of ours could bring about: nothing that people or admins do.
OURS = (
    "argument",
    "as_user",
    "attachment",
    "block_mismatch",
    "broadcast",
    "canvas",
    "channels_limit",
    "contact_cards",
    "draft",
    "duplicate_",
    "cursor",
    "file_share_limit",
    "invalid_attachments",
    "invalid_ts",
    "invalid_user_combination",
    "list_record",
    "lists_sharing",
    "markdown_text",
    "max_file_sharing",
    "metadata",
    "missing_file_data",
    "no_text",
    "not_enough_users",
    "snippet",
    "subtype",
    "team_not_found",
    "template",
    "too_many_users",
    "unable_to_share",
    "users_list",
    "alt_txt",
    "delete_not_allowed",
    "file_deleting_disabled",
    "cant_delete_file",
)


@pytest.mark.parametrize(
    ("code", "gone", "ambiguous"),
    [
        ("not_in_channel", True, False),
        ("channel_not_found", True, False),
        ("is_archived", True, False),
        ("restricted_action", True, False),
        ("token_revoked", True, False),
        ("account_inactive", True, False),
        ("msg_too_long", True, False),
        ("file_uploads_disabled", True, False),
        ("a_word_nobody_knows", True, False),
        ("invalid_auth", False, False),
        ("ratelimited", False, False),
        ("service_unavailable", False, False),
        ("internal_error", False, True),
        ("fatal_error", False, True),
    ],
)
def test_what_the_core_hears(code: str, gone: bool, ambiguous: bool) -> None:
    told = TroubleError.of(code).as_chat_error()
    assert (told.gone, told.ambiguous) == (gone, ambiguous)


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_every_sentence_is_one(code: str) -> None:
    why = MEANINGS[code].why
    assert why.endswith(".")
    assert why[0].isupper()
    assert ". " not in why
    assert code not in why or "_" not in code


def test_every_documented_refusal_of_a_called_method_has_a_meaning() -> None:
    path = conformance("slack-method-docs.json")
    if path is None:
        pytest.skip("the conformance folder is not there")
    pages = json.loads(path.read_text())
    documented = {code for method in CALLED for code in pages[method]["errors"]}
    unknown = {code for code in documented - set(MEANINGS) if not any(part in code for part in OURS)}
    assert unknown == set()


def test_only_what_may_pass_is_tried_again() -> None:
    for code, meaning in MEANINGS.items():
        assert TroubleError.of(code).may_pass is (meaning.kind in (Kind.LATER, Kind.LOST))
