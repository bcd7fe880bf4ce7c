"""users.info, bots.info, usergroups.*"""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.registry import Call, method


@method("users.info")
def info(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/users.info"""
    if call.args.get("user") == call.team.bot_user_id:
        name = call.team.bot_name
        user = {"id": call.team.bot_user_id, "team_id": call.team.id, "name": name, "is_bot": True, "deleted": False}
        return {"user": user | {"profile": {"real_name": name, "display_name": name, "bot_id": call.team.bot_id}}}
    person = call.person()
    offset = datetime.fromtimestamp(call.slack.now(), UTC).astimezone(ZoneInfo(person.tz)).utcoffset()
    user = {
        "id": person.id,
        "team_id": call.team.id,
        "name": person.name,
        "real_name": person.name.title(),
        "deleted": person.is_deleted,
        "profile": {
            "real_name": person.name.title(),
            "display_name": person.name,
            "avatar_hash": "",
            "team": call.team.id,
        },
        "is_bot": False,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
    if not person.is_deleted:
        user |= {
            "tz": person.tz,
            "tz_label": person.tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "is_admin": person.is_admin,
            "is_owner": person.is_owner,
            "is_primary_owner": False,
            "is_restricted": person.is_guest,
            "is_ultra_restricted": False,
        }
        if call.args.get("include_locale"):
            user["locale"] = "en-GB"
    return {"user": user}


@method("bots.info")
def bots_info(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/bots.info"""
    team = call.team
    if call.args.get("bot") not in (None, team.bot_id):
        raise SlackError("bot_not_found")
    bot = {"id": team.bot_id, "deleted": False, "name": team.bot_name, "updated": 1_700_000_000}
    return {"bot": bot | {"app_id": call.slack.app_id, "user_id": team.bot_user_id, "icons": {}}}


@method("usergroups.list")
def usergroups_list(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/usergroups.list"""
    groups = []
    for group in call.team.usergroups.values():
        if group.disabled and not call.args.get("include_disabled"):
            continue
        body: dict[str, Any] = {
            "id": group.id,
            "team_id": call.team.id,
            "is_usergroup": True,
            "name": group.name,
            "handle": group.handle,
            "is_external": False,
            "date_delete": 1 if group.disabled else 0,
        }
        if call.args.get("include_users"):
            body["users"] = [person.id for person in group.members]
        groups.append(body)
    return {"usergroups": groups}


@method("usergroups.users.list")
def usergroup_members(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/usergroups.users.list"""
    call.need("usergroup")
    group = call.team.usergroups.get(call.args["usergroup"])
    if group is None or (group.disabled and not call.args.get("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": [person.id for person in group.members]}
