"""`[serve]` is read strictly, and says nothing that its settings do not say by themselves."""

import pytest

from suyuan.config import OidcSettings, ServeSettings, Table
from suyuan.config.serve import read_serve
from suyuan.errors import RefusedError


def serve(**values: object) -> ServeSettings:
    """Read a table."""
    return read_serve(Table(values, place="suyuan.toml [serve]"))


def test_a_table_that_is_empty_leaves_the_defaults() -> None:
    assert serve() == ServeSettings()
    oidc: dict[str, object] = {"issuer": "https://id.example", "audience": "door"}
    assert serve(oidc=oidc).oidc == OidcSettings(issuer="https://id.example", audience="door")


@pytest.mark.parametrize(
    "issuer",
    [
        "https://id.example/realms/x",
        "http://127.0.0.1",
        "http://127.0.0.1:8080/x",
        "http://localhost:1",
        "http://[::1]/",
    ],
)
def test_an_issuer_is_reached_by_tls_or_lies_here(issuer: str) -> None:
    oidc = serve(oidc={"issuer": issuer, "audience": "door"}).oidc
    assert oidc is not None
    assert oidc.issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "http://127.0.0.1.example",
        "http://127.0.0.10",
        "http://localhost.example/x",
        "http://localhost@id.example",
        "http://localhost:x@id.example:80",
        "http://[::1].example",
        "http://[::1",
        "http://id.example",
        "http://",
        "ftp://localhost",
        "localhost",
        "",
    ],
)
def test_an_issuer_elsewhere_without_tls_is_refused(issuer: str) -> None:
    with pytest.raises(RefusedError, match="`issuer` is no https URL"):
        serve(oidc={"issuer": issuer, "audience": "door"})
