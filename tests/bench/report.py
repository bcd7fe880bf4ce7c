"""A figure of a benchmark, and the table they are written to."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `aim`: at most this, or at least this where more is better. `beside`: the figure it is
    compared with in the same run, as a ratio."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    more_is_better: bool = False
    beside: float | None = None

    @property
    def verdict(self) -> str:
        """PASS, MISS, or nothing for a figure without an aim."""
        if self.aim is None:
            return ""
        return "PASS" if (self.value >= self.aim if self.more_is_better else self.value <= self.aim) else "MISS"


def table(title: str, figures: Sequence[Figure]) -> str:
    """One section of RESULTS.md."""
    lines = [f"## {title}", "", "| figure | value | ratio | aim | |", "|---|---|---|---|---|"]
    for figure in figures:
        aim = "" if figure.aim is None else f"{'>=' if figure.more_is_better else '<='} {figure.aim:g} {figure.unit}"
        ratio = "" if not figure.beside else f"{figure.value / figure.beside:.2f}"
        lines.append(f"| {figure.name} | {figure.value:,.2f} {figure.unit} | {ratio} | {aim} | {figure.verdict} |")
    return "\n".join([*lines, ""])
