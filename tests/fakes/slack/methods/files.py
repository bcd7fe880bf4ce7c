"""files.*: the three-step upload with shares that come later, info, delete."""

from typing import Any

from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.files import File, Share
from tests.fakes.slack.messages import with_ids
from tests.fakes.slack.methods.registry import Call, method

MOST_CHANNELS = 100


@method("files.getUploadURLExternal")
def get_upload_url(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/files.getUploadURLExternal"""
    call.need("filename", "length")
    team, name, length = call.team, str(call.args["filename"]), call.args["length"]
    if not isinstance(length, int) or length <= 0:
        call.refuse("invalid_arguments", ["length must be the size in bytes"])
    if len(str(call.args.get("alt_txt") or "")) > 1000:
        call.complain("alt_txt over 1000 characters")
        raise SlackError("alt_txt_too_large")
    file = File(
        team,
        call.slack.new_id("F"),
        name,
        b"",
        team.bot_user_id,
        int(call.slack.now()),
        alt_txt=str(call.args.get("alt_txt") or ""),
        declared=length,
    )
    refusal = team.upload_refusal
    if refusal == "file_uploads_except_images_disabled" and file.mimetype.startswith("image/"):
        refusal = None
    if refusal:
        raise SlackError(refusal)
    if team.largest_upload is not None and length > team.largest_upload:
        raise SlackError("file_upload_size_restricted")
    team.files[file.id] = file
    return {"upload_url": f"{call.slack.files_base}/upload/v1/{team.id}-{file.id}", "file_id": file.id}


@method("files.completeUploadExternal")
def complete_upload(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/files.completeUploadExternal: the file is shared some time later."""
    call.need("files")
    wanted = call.args["files"]
    if not isinstance(wanted, list) or not all(isinstance(item, dict) and item.get("id") for item in wanted):
        call.refuse("invalid_arguments", ["files must be an array of {id, title}"])
    channels = str(call.args.get("channel_id") or call.args.get("channels") or "").split(",")
    ids = [channel for channel in channels if channel]
    if len(ids) > MOST_CHANNELS:
        raise SlackError("channels_limit_exceeded")
    places = []
    for channel_id in ids:
        channel = call.team.channels.get(channel_id)
        if channel_id in call.team.people:
            channel = call.team.im(call.team.people[channel_id])
        if channel is None or not channel.bot_knows:
            raise SlackError("channel_not_found")
        if not channel.bot_is_member:
            raise SlackError("not_in_channel")
        if channel.is_archived or channel.read_only:
            raise SlackError("posting_to_channel_denied")
        places.append(channel)
    thread_ts = call.args.get("thread_ts")
    if thread_ts and len(places) != 1:
        call.complain("thread_ts needs exactly one channel")
    if thread_ts and places and places[0].find(thread_ts) is None:
        call.complain(f"thread_ts {thread_ts} is not a message here")
    done = []
    for item in wanted:
        file = call.team.files.get(item["id"])
        if file is None or not file.uploaded or file.completed or file.owner_id != call.team.bot_user_id:
            raise SlackError("file_not_found")
        done.append((file, item))
    blocks = with_ids(call.args.get("blocks"), call.slack.new_block_id)
    for number, (file, item) in enumerate(done):
        file.completed = True
        file.title = str(item.get("title") or file.title)
        for channel in places:
            comment = str(call.args.get("initial_comment") or "") if number == 0 else ""
            call.slack.share_later(file, Share(channel, thread_ts, comment, blocks if number == 0 else []))
    call.slack.touch()
    return {"files": [file.to_api() for file, _ in done]}


@method("files.info")
def info(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/files.info"""
    file = _file(call)
    call.slack.look_at_shares(file)
    return {"file": file.to_api(shares=True), "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.delete")
def delete(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/files.delete: a bot deletes its own files."""
    file = _file(call)
    if file.owner_id != call.team.bot_user_id:
        raise SlackError("cant_delete_file")
    file.deleted = True
    for share in file.shared:
        message = share.message
        if message is not None and share.post is None and message.files == [file] and not message.text:
            message.deleted = True
    call.slack.touch()
    return {}


def _file(call: Call) -> File:
    call.need("file")
    file = call.team.files.get(str(call.args["file"]))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    if not file.bot_sees():
        raise SlackError("file_not_found")
    return file
