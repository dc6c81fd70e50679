"""How the interface's description tells what may go wrong: problem documents, by status."""

from collections.abc import Mapping
from typing import Final

from litestar.openapi.datastructures import ResponseSpec

from suyuan.web.problems import MEDIA_TYPE, Problem

_SAID: Final = {
    400: "what was sent cannot be read, or has a member that is not right",
    401: "who calls is not proven",
    403: "the answer is no; `code` says by which rule, and the refusal is in the ledger",
    404: "what is named is not there",
    409: "it was done already, or may not be done now",
    413: "too large",
    415: "another type than application/json",
    422: "it can be read, and cannot be meant",
    429: "too many requests, or too many persons",
    500: "a fault, or what is stored does not verify; nothing was let out",
    503: "a part that is needed is missing or busy; nothing was let out",
}

REFUSALS: Final[Mapping[int, ResponseSpec]] = {
    status: ResponseSpec(Problem, generate_examples=False, description=said, media_type=MEDIA_TYPE)
    for status, said in _SAID.items()
}
