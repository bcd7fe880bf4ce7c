"""Filling in a form: https://docs.discord.com/developers/components/reference#label"""

from typing import TYPE_CHECKING, Any

from tests.fakes.discord.components import (
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    LABEL,
    RADIO_GROUP,
    ROW,
    STRING_SELECT,
    TEXT_DISPLAY,
    TEXT_INPUT,
)
from tests.fakes.discord.picking import keep_ephemeral
from tests.fakes.discord.uploads import Upload

if TYPE_CHECKING:
    from tests.fakes.discord.interactions import Interaction, Modal


class Filled:
    """One submission of a form: `data()` is the interaction's data. Raises AssertionError for what the person's client
    would not let through, unless forced."""

    def __init__(self, modal: "Modal", values: dict[str, Any], opened: "Interaction", *, forced: bool) -> None:
        self._modal, self._values, self._opened, self._forced = modal, values, opened, forced
        self._resolved: dict[str, dict[str, Any]] = {}

    def data(self) -> dict[str, Any]:
        """custom_id, the components with what was filled in, and the uploaded files."""
        left = set(self._values)
        components = []
        for part in self._modal["components"]:
            if part["type"] == LABEL:
                field = part["component"]
                left -= {field["custom_id"], part["label"]}
                components.append({"type": LABEL, "id": part["id"], "component": self._field(field, part["label"])})
            elif part["type"] == ROW:
                inner = []
                for field in part["components"]:
                    left -= {field["custom_id"], field.get("label")}
                    inner.append(self._field(field, field.get("label")))
                components.append({"type": ROW, "id": part["id"], "components": inner})
            elif part["type"] == TEXT_DISPLAY:
                components.append({"type": TEXT_DISPLAY, "id": part["id"]})
        assert not left, f"the form has no field {sorted(left)}, there are {self._modal.fields}"
        data = {"custom_id": self._modal["custom_id"], "components": components}
        return {**data, "resolved": self._resolved} if self._resolved else data

    def _field(self, field: dict[str, Any], label: str | None) -> dict[str, Any]:
        name = field["custom_id"]
        given = name in self._values or label in self._values
        value = self._values.get(name, self._values.get(label or "", None))
        kind = field["type"]
        answer = {"type": kind, "id": field["id"], "custom_id": name}
        if kind == TEXT_INPUT:
            text = value if given else field.get("value") or ""
            self._must(not field.get("required", True) or text, f"{name!r} is required")
            limits = (field.get("min_length") or 0, field.get("max_length") or 4000)
            self._must(not text or limits[0] <= len(text) <= limits[1], f"{name!r} takes {limits} characters")
            return {**answer, "value": text}
        if kind == CHECKBOX:
            return {**answer, "value": bool(value if given else field.get("default", False))}
        if kind == FILE_UPLOAD:
            files = [value] if isinstance(value, Upload) else list(value or [])
            self._count(field, files)
            kept = [keep_ephemeral(self._opened.person, file) for file in files]
            for file in kept:
                payload = self._opened.person.discord.cdn.payload(file)
                self._resolved.setdefault("attachments", {})[str(file.id)] = payload
            return {**answer, "values": [str(file.id) for file in kept]}
        options = {option["value"]: option for option in field.get("options", [])}
        chosen = [value] if isinstance(value, str) else list(value or [])
        if not given:
            chosen = [key for key, option in options.items() if option.get("default")]
        labels = {option["label"]: key for key, option in options.items()}
        chosen = [one if one in options else labels.get(one, one) for one in chosen]
        if options:
            self._must(set(chosen) <= set(options), f"{name!r} offers {list(options)}, not {chosen}")
        if kind == RADIO_GROUP:
            self._must(not field.get("required", True) or chosen, f"{name!r} is required")
            return {**answer, "value": chosen[0] if chosen else None}
        assert kind in (STRING_SELECT, CHECKBOX_GROUP) or not options, f"a field of type {kind} cannot be filled in"
        self._count(field, chosen)
        return {**answer, "values": chosen}

    def _count(self, field: dict[str, Any], chosen: list[Any]) -> None:
        required = field.get("required", True)
        least = field.get("min_values") if field.get("min_values") is not None else 1
        least = least if required or chosen else 0
        most = field.get("max_values") or (len(field["options"]) if field["type"] == CHECKBOX_GROUP else 1)
        allowed = f"{field['custom_id']!r} takes {least} to {most} values, not {len(chosen)}"
        self._must(least <= len(chosen) <= most, allowed)

    def _must(self, holds: object, wrong: str) -> None:
        assert self._forced or holds, wrong
