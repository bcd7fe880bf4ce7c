"""The Store: tables, migrations, transactions. `open_database`, then `upgrade()`, then `SqlStore`."""

from storage.opening import open_database
from storage.store import SqlStore

__all__ = ["SqlStore", "open_database"]
