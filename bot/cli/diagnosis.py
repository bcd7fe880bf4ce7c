"""What to set when a gateway does not list a model under the id of the catalog, or cannot be used at all."""

import json
from collections.abc import Collection, Mapping

from adapters.cards.words import sentence
from adapters.media.errors import shown_url
from bot.generation.accounts import gateway_of, label_of
from bot.generation.catalog import Offer, listed, model_key
from bot.generation.ports import GatewayError
from bot.generation.table import Rules, dialects_of
from bot.settings import Settings, env_name

#: What a wrong address looks like, too.
_NOBODY_THERE = frozenset({"unreachable", "timeout", "connection_lost", "bad_answer"})


def trouble(gateway: str, error: GatewayError, settings: Settings) -> str:
    """Why a gateway does not answer, with the setting that could be wrong. For an admin."""
    if error.code == "unauthorized":
        return f"The gateway did not accept this bot's key; set {key_setting(gateway)} to a key from its console."
    if error.code not in _NOBODY_THERE:
        return sentence(error.message)
    field = f"{gateway_of(gateway)}_base_url"
    url = shown_url(str(getattr(settings, field))).rstrip("/")
    return f"{sentence(error.message.partition('. ')[0])} It was asked at {url}; {env_name(field)} sets that."


def key_setting(account: str) -> str:
    """The setting that holds the key of an account, as people write it: TOAPIS_API_KEYS["spare"]."""
    gateway, label = gateway_of(account), label_of(account)
    if gateway == "sandbox":
        return "VIDEOBOT_GATEWAY=sandbox"
    return f'{env_name(f"{gateway}_api_keys")}["{label}"]' if label else env_name(f"{gateway}_api_key")


def diagnose(offer: Offer, ids: Collection[str], settings: Settings) -> str:
    """What would fit what the gateway lists: a setting, in full."""
    rows = dialects_of(offer.gateway, offer.model)
    others = [row for row in rows if row.wire_id in ids and row.dialect != offer.dialect]
    alike = sorted(name for name in ids if model_key(name) == offer.model)
    if offer.key in settings.model_ids:
        return _set_by_hand(offer, ids, settings, rows, alike)
    if others:
        choice = others[0]
        return (
            f"It lists {choice.wire_id}, which belongs to the dialect {choice.dialect}: set "
            f"{_setting('VIDEOBOT_DIALECTS', settings.dialects, offer.key, choice.dialect)} (or, if it still takes the "
            f"dialect {offer.dialect}, {_setting('VIDEOBOT_MODEL_IDS', settings.model_ids, offer.key, choice.wire_id)})"
        )
    if alike:
        return (
            f"It lists {listed(alike)}: set {_setting('VIDEOBOT_MODEL_IDS', settings.model_ids, offer.key, alike[0])}"
        )
    return _another_kling(offer, ids, settings)


def _set_by_hand(
    offer: Offer, ids: Collection[str], settings: Settings, rows: Collection[Rules], alike: list[str]
) -> str:
    """VIDEOBOT_MODEL_IDS names this id: that comes first, and no dialect helps while it stands there."""
    usual = next((row.wire_id for row in rows if row.dialect == offer.dialect), None)
    if usual in ids:
        return f"VIDEOBOT_MODEL_IDS says that: take {offer.key} out of it, because {usual} is listed."
    if not alike:
        return f"VIDEOBOT_MODEL_IDS says that. {_another_kling(offer, ids, settings)}"
    words = f"VIDEOBOT_MODEL_IDS says that, and {listed(alike, 'and')} is listed: set "
    words += _setting("VIDEOBOT_MODEL_IDS", settings.model_ids, offer.key, alike[0])
    dialect = next((row.dialect for row in rows if row.wire_id == alike[0]), offer.dialect)
    if dialect != offer.dialect:
        words += f" and, as that id's dialect is {dialect}, "
        words += _setting("VIDEOBOT_DIALECTS", settings.dialects, offer.key, dialect)
    return words


def _another_kling(offer: Offer, ids: Collection[str], settings: Settings) -> str:
    kling = sorted(name for name in ids if "kling" in name.lower())
    if kling:
        return (
            f"Its Kling models are {listed(kling[:8], 'and')}. If one of them is meant, set "
            f"{_setting('VIDEOBOT_MODEL_IDS', settings.model_ids, offer.key, 'ID')}; if not, your account does not "
            "have this model."
        )
    return "It lists no Kling model at all; your account may not have them."


def _setting(name: str, now: Mapping[str, str], key: str, value: str) -> str:
    """The whole setting, with what it says of other models."""
    return f"{name}='{json.dumps({**now, key: value})}'"
