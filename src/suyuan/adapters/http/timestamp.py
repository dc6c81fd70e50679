"""RFC 3161 timestamps over HTTP, verified before they are given away."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from suyuan.adapters.http.asking import SECONDS, ask
from suyuan.errors import UnavailableError, VerificationError

if TYPE_CHECKING:
    from types import ModuleType

LIMIT_BYTES: Final = 1 << 16
_QUERY: Final = "application/timestamp-query"
_REPLY: Final = "application/timestamp-reply"


class HttpTimestamps:
    """Fulfils `TimestampAuthority` with one authority and the roots by which it is believed."""

    __slots__ = ("_roots", "_seconds", "_url")

    def __init__(self, url: str, *, roots_pem: Callable[[], bytes], seconds: float = SECONDS) -> None:
        self._url = url
        self._roots = roots_pem
        self._seconds = seconds

    def stamp(self, data: bytes) -> tuple[bytes, datetime]:
        """See `TimestampAuthority.stamp`.

        Source: RFC 3161; SHA-256, with a nonce, and with the authority's certificate in the answer.
        """
        client = _client()
        request = (
            client.TimestampRequestBuilder(data)
            .hash_algorithm(client.HashAlgorithm.SHA256)
            .cert_request(cert_request=True)
            .build()
        )
        status, kind, answer = ask(
            self._url, limit_bytes=LIMIT_BYTES, body=request.as_bytes(), content_type=_QUERY, seconds=self._seconds
        )
        if status >= 500:
            raise UnavailableError(f"answers with the error {status}")
        if status != 200 or kind != _REPLY:
            raise VerificationError(f"gives no timestamp ({status}, {kind})")
        return answer, verify_timestamp(answer, data=data, roots_pem=self._roots(), nonce=request.nonce)


def verify_timestamp(token: bytes, *, data: bytes, roots_pem: bytes, nonce: int | None = None) -> datetime:
    """Check that an authority under these roots saw the data, and give when it says that it did.

    Raises: VerificationError: not a token, of other data, of another hash than SHA-256, or signed by somebody else.
        RefusedError: the roots cannot be read. UnavailableError: the extra `time` is not installed.
    """
    from suyuan.crypto.certificates import read_certificates

    client = _client()
    try:
        parsed = client.decode_timestamp_response(token)
    except ValueError as error:
        raise VerificationError("its answer is no timestamp") from error
    builder = client.VerifierBuilder(roots=list(read_certificates(roots_pem, place="timestamp_roots")), nonce=nonce)
    try:
        info = parsed.tst_info
        if info.message_imprint.hash_algorithm.dotted_string != "2.16.840.1.101.3.4.2.1":
            raise VerificationError("its timestamp is not over a SHA-256 hash")
        builder.build().verify_message(parsed, data)
        at: datetime = info.gen_time
    except (client.VerificationError, ValueError, AttributeError, TypeError) as error:
        raise VerificationError(f"its timestamp does not verify: {error}") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _client() -> "ModuleType":
    try:
        import rfc3161_client
    except ImportError:
        raise UnavailableError(
            "timestamps need the extra `time`", code="ledger.timestamp", hint="pip install 'suyuan[time]'"
        ) from None
    return rfc3161_client
