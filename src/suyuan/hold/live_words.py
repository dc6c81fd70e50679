"""Whose consent is live: what a store says, believed only as far as the key broker sealed it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from suyuan.collect.ports import Consent, ConsentState
from suyuan.hold.consent_keys import ConsentKeys
from suyuan.hold.ports import Numbers


def live_among(
    persons: Numbers, *, said: Sequence[Consent], terms: bytes, broker: ConsentKeys
) -> npt.NDArray[np.bool_]:
    """Tell for each person whether her last word is a yes under exactly these terms.

    Args:
        said: the last words of those who said any.

    Claim: whoever can write to the store, and has no key, makes nobody consent who did not, nor again who took it back.
    Test: tests/attack/test_data_store.py writes, moves, removes and brings back rows.
    """
    given = [one for one in said if one.state is ConsentState.GIVEN and one.terms == terms]
    live = [one.person for one, is_live in zip(given, broker.live_words(given).tolist(), strict=True) if is_live]
    return np.isin(persons, np.array(live, np.int64))
