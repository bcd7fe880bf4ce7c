"""What to set when a gateway does not list a model under the id of the catalog."""

import json
from collections.abc import Collection

from bot.generation.catalog import Offer, listed, model_key
from bot.generation.table import dialects_of


def diagnose(offer: Offer, ids: Collection[str]) -> str:
    """One sentence with the setting that would fit what the gateway lists."""
    others = [
        row for row in dialects_of(offer.gateway, offer.model) if row.wire_id in ids and row.dialect != offer.dialect
    ]
    if others:
        choice = others[0]
        return (
            f"It lists {choice.wire_id}, which belongs to the dialect {choice.dialect}: set "
            f"{_setting('VIDEOBOT_DIALECTS', offer.key, choice.dialect)}"
        )
    alike = sorted(name for name in ids if model_key(name) == offer.model)
    if alike:
        return f"It lists {listed(alike)}: set {_setting('VIDEOBOT_MODEL_IDS', offer.key, alike[0])}"
    kling = sorted(name for name in ids if "kling" in name.lower())
    if kling:
        return (
            f"Its Kling models are {listed(kling[:8], 'and')}. If one of them is meant, set "
            f"{_setting('VIDEOBOT_MODEL_IDS', offer.key, 'ID')}; if not, your account does not have this model."
        )
    return "It lists no Kling model at all; your account may not have them."


def _setting(name: str, key: str, value: str) -> str:
    return f"{name}='{json.dumps({key: value})}'"
