"""The policy with its site's own conditions: the files are `config`'s, the engine is an adapter's."""

from dataclasses import replace
from pathlib import Path

from suyuan.config import WholePolicy, read_whole_policy


def open_policy(folder: Path) -> WholePolicy:
    """Give what a policy folder says, its policy ready to decide.

    Raises: RefusedError: what is wrong with it, with file and line. UnavailableError: a file is missing, or the site
        has conditions in Cedar and its library is not installed.
    """
    whole = read_whole_policy(folder)
    if whole.site is None:
        return whole
    from suyuan.adapters.cedar import CedarConditions

    return replace(whole, policy=replace(whole.policy, site=CedarConditions(whole.site)))
