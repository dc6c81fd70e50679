"""Stores that tests make stretch their passphrase a hundred times less: a quarter of a second at each opening is most of a test.

The parameters lie in the store, so whatever opens it afterwards is as quick. `scenarios/test_passphrase_cost.py`
makes one as everybody does, and looks at its parameters.
"""

from functools import partial

from suyuan.app import unlocking
from suyuan.crypto.passphrase import MIN_COST, PassphraseLaw


def stretch_little() -> None:
    """Let this process, and what is forked from it, make stores of the smallest cost; nothing else is changed."""
    # By `setattr`: a class is given another call here, which no type describes.
    setattr(unlocking, "PassphraseLaw", partial(PassphraseLaw, cost=MIN_COST, parallel=1))  # noqa: B010
