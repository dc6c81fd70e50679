"""A site's own conditions beyond the grants: what the door asks, and an adapter answers."""

from collections.abc import Mapping
from typing import Protocol

from suyuan.errors import RefusedError

Fact = str | int | bool | list[str]
"""What a site's condition can speak of. No fact is a person's value."""


class SiteConditions(Protocol):
    """Extra conditions, evaluated once per request; a site that has none is not asked."""

    def decide(self, facts: Mapping[str, Fact]) -> RefusedError | None:
        """Give the refusal `release.site`, or None where the site has nothing against it. Never raises: fails closed."""
        ...
