"""How often somebody may ask: token buckets, per address and per account."""

from collections import OrderedDict
from http import HTTPStatus
from typing import Final

from suyuan.web.problems import RequestError

_REMEMBERED: Final = 65_536


class Buckets:
    """A bucket for each name: `burst` tokens at most, `per_second` new ones; a request takes one.

    Names that were not heard of for longest are forgotten first: their buckets are full again by then, or somebody
    comes from more addresses than that, whom no bucket stops.
    """

    def __init__(self, *, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, *, now: float) -> None:
        """Take a token.

        Args:
            now: seconds of a clock that never runs backwards.
        Raises: RequestError `serve.rate`: there is none; it says when there will be.
        """
        left, then = self._left.pop(name, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._per_second)
        enough = left >= 1.0
        self._left[name] = (left - 1.0 if enough else left, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        if not enough:
            raise RequestError(
                "too many requests",
                status=HTTPStatus.TOO_MANY_REQUESTS,
                code="serve.rate",
                hint="wait as long as Retry-After says",
                retry_seconds=max(1, int((1.0 - left) / self._per_second + 0.999)),
            )
