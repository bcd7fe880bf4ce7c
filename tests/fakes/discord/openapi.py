"""Checks requests with Discord's own OpenAPI description, read beside the repository when it is there.

Three readings are stricter or milder than the document: a field no schema names is wrong unless it is in
`KNOWN_EXTRAS`, a snowflake may be a number, and a message may forward another.
"""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match

if TYPE_CHECKING:
    from tests.fakes.discord.api import Call, Request

# Fields the description does not name, taken from every client all the same: `tts` on edits, `nsfw` of commands.
KNOWN_EXTRAS = {"tts", "nsfw"}
BODILESS = {"GET", "DELETE"}


def conformance(name: str) -> Path | None:
    """A file of the conformance folder, or None where the folder is not."""
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "conformance"
    path = Path(os.environ.get("VIDEOBOT_CONFORMANCE", beside)) / name
    return path if path.is_file() else None


@cache
def document() -> dict[str, Any]:
    """The description; empty where it is not."""
    path = conformance("discord-openapi.json")
    if path is None:
        return {}
    found = json.loads(path.read_text())
    found["components"]["schemas"]["SnowflakeType"] = {"type": ["string", "integer"], "pattern": "^(0|[1-9][0-9]*)$"}
    # Forwards (1) are documented: https://docs.discord.com/developers/resources/message#message-reference-types
    found["components"]["schemas"]["MessageReferenceType"] = {"type": "integer", "enum": [0, 1]}
    return found


def _kind(schema: dict[str, Any]) -> list[Any] | None:
    """The values of `type` that a variant of a union is for."""
    if "$ref" in schema:
        schema = _referred(schema["$ref"])
    kind = schema.get("properties", {}).get("type", {})
    return kind.get("enum") if "type" in schema.get("required", []) else None


def _referred(ref: str) -> dict[str, Any]:
    node: Any = document()
    for step in ref.removeprefix("#/").split("/"):
        node = node[step]
    return dict(node)


@cache
def _kinds(refs: str) -> list[list[Any] | None]:
    return [_kind(schema) for schema in json.loads(refs)]


def _union(
    validator: Any, variants: list[dict[str, Any]], instance: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """oneOf and anyOf: an object with a `type` is judged by the variants for that type, which is fast and speaks
    plainly."""
    if isinstance(instance, dict) and "type" in instance:
        kinds = _kinds(json.dumps(variants))
        if all(kind is not None for kind in kinds):
            mine = [v for v, kind in zip(variants, kinds, strict=True) if kind and instance["type"] in kind]
            if len(mine) == 1:
                yield from validator.descend(instance, mine[0])
                return
    failures = []
    for variant in variants:
        errors = list(validator.descend(instance, variant))
        if not errors:
            return
        failures.append(errors)
    fewest = min(failures, key=len) if failures else []
    yield ValidationError(f"{str(instance)[:80]} fits none of the allowed shapes", context=fewest)


def _properties(
    validator: Any, properties: dict[str, Any], instance: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for name, part in properties.items():
        if name in instance:
            yield from validator.descend(instance[name], part, path=name, schema_path=name)
    if "additionalProperties" not in schema:
        for name in sorted(set(instance) - set(properties) - KNOWN_EXTRAS):
            yield ValidationError(f"the field {name!r} is unknown here")


_Validator = validators.extend(Draft202012Validator, {"oneOf": _union, "anyOf": _union, "properties": _properties})


@cache
def _validator(method: str, template: str) -> Draft202012Validator | None:
    paths = document().get("paths", {})
    operation = paths.get(template, {}).get(method.lower())
    if operation is None:
        return None
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return None
    return _Validator({**schema, "components": document()["components"]})


@cache
def _answers(method: str, template: str, status: int) -> Draft202012Validator | None:
    answers = document().get("paths", {}).get(template, {}).get(method.lower(), {}).get("responses", {})
    schema = answers.get(str(status), {}).get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else Draft202012Validator({**schema, "components": document()["components"]})


def wrong_answers(requests: "list[Request]") -> list[str]:
    """Where the fake's own answers are not what the description promises."""
    found = []
    for seen in requests:
        good = seen.status is not None and seen.status < 300 and seen.answer is not None
        validator = _answers(seen.method, seen.route, seen.status or 0) if good else None
        for error in validator.iter_errors(seen.answer) if validator else ():
            deepest = best_match([error]) or error
            place = ".".join(str(step) for step in deepest.absolute_path)
            found.append(f"{seen.method} {seen.route}: {place}: {deepest.message[:200]}")
    return found


def problems(call: "Call") -> list[tuple[str, str]]:
    """What the description says is wrong with the body of a request, by place."""
    if call.method in BODILESS or not document():
        return []
    template = call.route
    if call.args.get("message_id") == "@original":
        template = template.replace("{message_id}", "@original")
    validator = _validator(call.method, template)
    if validator is None:
        return []
    found = []
    for error in validator.iter_errors({} if call.body is None else call.body):
        deepest = best_match([error]) or error
        place = ".".join(str(step) for step in deepest.absolute_path)
        found.append((place, deepest.message[:300]))
    return found
