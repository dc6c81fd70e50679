"""The policy with its site's own conditions: the files are `config`'s, the engine is an adapter's."""

from dataclasses import replace
from pathlib import Path

from suyuan.config import read_policy_and_site
from suyuan.release.policy import Policy
from suyuan.terms import Digest


def open_policy(folder: Path) -> tuple[Policy, Digest]:
    """Give the policy of a policy folder, ready to decide, and the digest that the ledger binds.

    Raises: RefusedError: what is wrong with it, with file and line. UnavailableError: a file is missing, or the site
        has conditions in Cedar and its library is not installed.
    """
    policy, digest, site = read_policy_and_site(folder)
    if site is None:
        return policy, digest
    from suyuan.adapters.cedar import CedarConditions

    return replace(policy, site=CedarConditions(site)), digest
