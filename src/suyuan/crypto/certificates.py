"""X.509 certificates that a timestamp authority is trusted by."""

from cryptography.x509 import Certificate, load_pem_x509_certificates

from suyuan.errors import RefusedError


def read_certificates(pem: bytes, *, place: str) -> tuple[Certificate, ...]:
    """Read a PEM file of one or more certificates.

    Raises: RefusedError: it holds none, or one that cannot be read.
    """
    try:
        return tuple(load_pem_x509_certificates(pem))
    except ValueError as error:
        raise RefusedError(f"{place}: holds no certificates in PEM", code="ledger.timestamp_roots") from error
