"""`[serve]` is read strictly, and says nothing that its settings do not say by themselves."""

from suyuan.config import OidcSettings, ServeSettings, Table
from suyuan.config.serve import read_serve


def serve(**values: object) -> ServeSettings:
    """Read a table."""
    return read_serve(Table(values, place="suyuan.toml [serve]"))


def test_a_table_that_is_empty_leaves_the_defaults() -> None:
    assert serve() == ServeSettings()
    oidc: dict[str, object] = {"issuer": "https://id.example", "audience": "door"}
    assert serve(oidc=oidc).oidc == OidcSettings(issuer="https://id.example", audience="door")
