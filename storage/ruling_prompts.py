"""Rules about prompts, as admins wrote them down."""

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from bot.generation.barring import EVERYWHERE
from bot.generation.prompt_rules import MOST_RULES, PromptRule, RuleAction, RuleKind
from storage.moves import note
from storage.rows import Row
from storage.statements import fetch_all
from storage.tables import prompt_rules

_ADD = insert(prompt_rules)
_ALL = select(prompt_rules).order_by(prompt_rules.c.at, prompt_rules.c.id)
_HERE = _ALL.where(prompt_rules.c.place.in_(bindparam("places", expanding=True)))


def add(conn: Connection, rule: PromptRule) -> None:
    """Keep one more rule. Raises ValueError with a sentence when there are too many."""
    there = conn.execute(select(func.count()).where(prompt_rules.c.place == rule.place)).scalar_one()
    if there >= MOST_RULES:
        raise ValueError(f"There are {MOST_RULES} rules already; remove one first.")
    row = {
        "id": rule.id,
        "place": rule.place,
        "kind": rule.kind.value,
        "pattern": rule.pattern,
        "action": rule.action.value,
        "who": rule.by,
        "at": rule.at,
    }
    conn.execute(_ADD, row)
    detail = f"in {rule.place}: was not there; is {rule.action} {rule.kind} {rule.pattern}"
    note(conn, rule.by, "add prompt rule", f"rule:{rule.id}", detail, rule.at)


def remove(conn: Connection, rule_id: str, place: str, by: str, now: float) -> bool:
    """Take a rule of this place away; False when there is none."""
    same = (prompt_rules.c.id == rule_id, prompt_rules.c.place == place)
    before = fetch_all(conn, select(prompt_rules).where(*same))
    if not before:
        return False
    conn.execute(delete(prompt_rules).where(*same))
    rule = _rule(before[0])
    detail = f"in {place}: was {rule.action} {rule.kind} {rule.pattern}; is gone"
    note(conn, by, "remove prompt rule", f"rule:{rule_id}", detail, now)
    return True


def rules(conn: Connection, place: str | None) -> list[PromptRule]:
    """The rules of a workspace with those of everywhere; all of them without one. Oldest first."""
    if place is None:
        return [_rule(row) for row in fetch_all(conn, _ALL)]
    return [_rule(row) for row in fetch_all(conn, _HERE, {"places": sorted({EVERYWHERE, place} - {""})})]


def _rule(row: Row) -> PromptRule:
    return PromptRule(
        row["id"],
        row["place"],
        RuleKind(row["kind"]),
        row["pattern"],
        RuleAction(row["action"]),
        row["who"],
        row["at"],
    )
