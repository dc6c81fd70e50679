"""Tokens on their way into a people store: of strong identifiers, and of declared parts of values."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.terms import FieldName, KindName

Numbers = npt.NDArray[np.int64]
Tokens = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenColumn:
    """The tokens of one strong field: `tokens[i]` belongs to row `rows[i]` of the batch; `generation` is that of their key."""

    kind: KindName
    rows: Numbers
    tokens: Tokens
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartColumn:
    """The tokens of one declared part of a field (`last4`, `surname`): `tokens[i]` belongs to row `rows[i]` of the batch.

    Many persons share a part's token: it finds a bucket of them, never one.
    """

    field: FieldName
    part: str
    rows: Numbers
    tokens: Tokens
