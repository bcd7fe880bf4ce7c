"""How a gateway stands, judged by its own answers."""

from collections import deque
from dataclasses import dataclass, field

from bot.generation.ports import Balance

WINDOW = 600.0  # seconds that the share of errors looks back
KEPT = 500  # calls
LINE_FAILURES = 5  # in a row: the gateway is out of reach

#: An admin has to do something about the account.
ACCOUNT_TROUBLE = frozenset({"unauthorized", "forbidden", "account_error"})
#: The line to the gateway, or the gateway itself, does not work. Anything else is an answer of one that works.
LINE_TROUBLE = frozenset({"unreachable", "timeout", "connection_lost", "server_error", "bad_answer", "busy"})

_WORDS = {
    "unauthorized": "it does not accept the key",
    "forbidden": "it does not allow this account to make videos",
    "account_error": "it does not say what the account holds",
    "no_key": "its key is not in the settings any more",
    "out_of_credit": "the account is out of credit",
    "unreachable": "it cannot be reached",
    "timeout": "it does not answer in time",
    "connection_lost": "connections to it are lost",
    "server_error": "it answers with errors of its own",
    "bad_answer": "its answers make no sense",
    "busy": "it is busy",
}


def words_of(code: str) -> str:
    """A code of the error map in words that follow a gateway's name."""
    return _WORDS.get(code, code.replace("_", " "))


@dataclass
class Standing:
    """One gateway as this process knows it. Times are epoch seconds; `balance_micros` None: no limit, or not known."""

    name: str
    last_good_at: float | None = None
    last_bad_at: float | None = None
    last_code: str | None = None
    balance_micros: int | None = None
    balance_at: float | None = None
    _account: str | None = None
    _is_out_of_credit: bool = False
    _balance_when_out: int | None = None
    _failures: int = 0
    _calls: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def note(self, call: str, outcome: str, now: float) -> None:
        """A call ended: "ok", or a word of the error map."""
        is_bad = outcome in ACCOUNT_TROUBLE or outcome in LINE_TROUBLE or outcome == "out_of_credit"
        self._calls.append((now, is_bad))
        if outcome in LINE_TROUBLE:
            self._failures += 1
        else:
            self._failures = 0
            self._account = outcome if outcome in ACCOUNT_TROUBLE else None
        if outcome == "out_of_credit" and not self._is_out_of_credit:
            self._is_out_of_credit, self._balance_when_out = True, None
        elif outcome == "ok" and call == "create":
            self._is_out_of_credit = False
        if is_bad:
            self.last_bad_at, self.last_code = now, outcome
        else:
            self.last_good_at = now

    def note_balance(self, balance: Balance, now: float) -> None:
        """The account was asked. After "out of credit" only more money than there was then counts: what is left may be
        too little for a video."""
        left = balance.remaining_micros
        self.balance_micros, self.balance_at = left, now
        if left is None:
            self._is_out_of_credit = False
        elif left <= 0:
            self._is_out_of_credit, self._balance_when_out = True, left
        elif self._is_out_of_credit and self._balance_when_out is None:
            self._balance_when_out = left
        elif self._is_out_of_credit and left > (self._balance_when_out or 0):
            self._is_out_of_credit = False

    @property
    def trouble(self) -> str | None:
        """The code of what is wrong; None when the gateway is fit for new jobs."""
        if self._account is not None:
            return self._account
        if self._is_out_of_credit:
            return "out_of_credit"
        return self.last_code if self._failures >= LINE_FAILURES else None

    def words(self) -> str:
        """What is wrong, to follow a gateway's name; "it works" when nothing is."""
        trouble = self.trouble
        return "it works" if trouble is None else words_of(trouble)

    def errors(self, now: float) -> tuple[int, int]:
        """(failed calls, calls) of the last ten minutes."""
        recent = [is_bad for at, is_bad in self._calls if now - at <= WINDOW]
        return sum(recent), len(recent)
