"""The templates: escaped by themselves, strict about names, and without anything that asks the outside world."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from adapters.cards.card import Line, Shape, Table
from adapters.web.people import name_of

_SAFE_LINKS = ("https://", "http://", "/")


def make_environment(zone: tzinfo) -> Environment:
    """The templates, with moments shown in `zone`."""
    environment = Environment(
        loader=PackageLoader("adapters.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "kind": lambda part: type(part).__name__,
        "person": name_of,
        "when": partial(_when, zone),
        "iso": lambda at: datetime.fromtimestamp(at, zone).isoformat(timespec="seconds"),
        "groupby_points": lambda body: list(_groups(body)),
        "is_link": lambda url: url.startswith(_SAFE_LINKS),
        "is_outside": lambda url: not url.startswith("/"),
    }
    return environment


@dataclass(frozen=True, slots=True)
class _Group:
    """A part of a card: points that stand together, a table, or a line."""

    points: tuple[Line, ...] = ()
    table: Table | None = None
    line: Line | None = None


def _groups(body: Sequence[Line | Table]) -> Iterator[_Group]:
    for is_points, parts in groupby(body, key=lambda part: isinstance(part, Line) and part.shape is Shape.POINT):
        together = list(parts)
        if is_points:
            yield _Group(points=tuple(part for part in together if isinstance(part, Line)))
            continue
        for part in together:
            yield _Group(table=part) if isinstance(part, Table) else _Group(line=part)


def _when(zone: tzinfo, at: float) -> str:
    """ "21 Nov, 18:30": the same whenever it is drawn."""
    then = datetime.fromtimestamp(at, zone)
    return f"{then.day} {then:%b}, {then:%H:%M}"


def rendered(environment: Environment, template: str, **values: object) -> Markup:
    """A template as HTML."""
    return Markup(environment.get_template(template).render(**values))  # noqa: S704 - the template has escaped it
