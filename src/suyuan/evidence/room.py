"""What every check needs at hand."""

from suyuan.errors import VerificationError
from suyuan.evidence.bundle import Bundle
from suyuan.evidence.law import Law, ListedPool, MailPool, PhonePool
from suyuan.evidence.ledger_entries import Entries, Release


class Room:
    """The bundle, its proved entries, its laws, the kinds of the dump's fields."""

    __slots__ = ("_first_law_leaf", "_laws", "bundle", "entries", "kinds")

    def __init__(self, *, bundle: Bundle, entries: Entries) -> None:
        self.bundle = bundle
        self.entries = entries
        self.kinds = {column.field: column.kind for column in bundle.opened.dump.columns}
        self._laws = {law.digest: law for law in bundle.laws}
        self._first_law_leaf = entries.laws()

    def law(self, release: Release) -> Law:
        """Give the law of a release.

        Raises: VerificationError: the bundle does not hold it.
        """
        if release.law not in self._laws:
            raise VerificationError(f"leaf {release.index}: its law is not in the bundle")
        return self._laws[release.law]

    def pool(self, name: str) -> PhonePool | MailPool | None:
        """Give a pool of the law that the trace was opened under: that is the one searched for and counted."""
        return self._laws[self.bundle.opened.law].pools.get(name)

    def shared_pool(self, name: str, *, law: Law) -> PhonePool | MailPool | ListedPool | None:
        """Give a pool from which shared decoys may come, if it is the very one of a release's law and of the trace's."""
        searched = self._laws[self.bundle.opened.law]
        pool, now = (law.pools.get(name) or law.listed.get(name), searched.pools.get(name) or searched.listed.get(name))
        return pool if pool == now else None

    def law_leaf(self, release: Release) -> int:
        """Give the first `law` entry of a release's law.

        Raises: VerificationError: the bundle does not hold it.
        """
        if release.law not in self._first_law_leaf:
            raise VerificationError(f"leaf {release.index}: the entry of its law is not in the bundle")
        return self._first_law_leaf[release.law]
