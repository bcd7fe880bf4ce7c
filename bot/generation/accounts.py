"""Accounts: one key of a gateway is one account, named "toapis" (the single key) or "toapis:spare" (a labelled one).

Jobs, attempts, uploads and ledger rows name the account; models, dialects and prices belong to the gateway.
"""

from collections.abc import Mapping, Sequence

SEPARATOR = ":"


def account_name(gateway: str, label: str = "") -> str:
    """The account of a gateway's key with this label ("": the single key)."""
    return f"{gateway}{SEPARATOR}{label}" if label else gateway


def gateway_of(account: str) -> str:
    """The gateway an account is at: "toapis" of "toapis:spare"."""
    return account.partition(SEPARATOR)[0]


def label_of(account: str) -> str:
    """The label of its key; "" for the single key."""
    return account.partition(SEPARATOR)[2]


def first_of_each(accounts: Sequence[str]) -> Mapping[str, str]:
    """Gateway -> the first of these accounts that is there."""
    return {gateway_of(account): account for account in reversed(accounts)}


def gateways_of(accounts: Sequence[str]) -> tuple[str, ...]:
    """The gateways these accounts are at, each once, in their order."""
    return tuple(dict.fromkeys(map(gateway_of, accounts)))
