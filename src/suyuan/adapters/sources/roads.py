"""The other roads to a source's tables: who else can read them, beside the door."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table, or view that shows it, behind a source's query.

    Args:
        roles: accounts of the database other than suyuan's that may read it.
        reads: how often it was read since the server began to count; None: the server does not count.
    """

    name: str
    roles: tuple[str, ...]
    reads: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """What overlay mode cannot guarantee for one source, as numbers.

    Args:
        tables: every table behind the query, and every view that shows one of them.
        roles: accounts other than suyuan's own that may read at least one of these; superusers among them.
        superusers: those that no grant holds back.
        copying: those that may copy the whole server (replication).
        columns: column of the query -> the table's column that it shows as it is; empty: it is computed.
        since: since when the server has counted reads, as it says; empty: not known.
        own_superuser: whether suyuan's own account is held back by no grant.
        unseen: why a number is missing, in a sentence; empty: nothing is.
    """

    tables: tuple[Table, ...]
    roles: tuple[str, ...]
    superusers: tuple[str, ...]
    copying: tuple[str, ...]
    columns: Mapping[str, str]
    since: str = ""
    own_superuser: bool = False
    unseen: str = ""

    @property
    def reads(self) -> int | None:
        """How often the tables were read by anybody since the server began to count."""
        counted = [table.reads for table in self.tables if table.reads is not None]
        return sum(counted) if counted else None
