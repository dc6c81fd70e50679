"""A key in a token wraps, never leaves, and says in one line what stands in its way."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass
from tests.soft_token import PIN, SoftToken, soft_token

from suyuan.adapters.pkcs11.token_kek import TokenKek, make_key
from suyuan.app import SystemEntropy
from suyuan.errors import RefusedError, UnavailableError, VerificationError


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftToken]:
    with soft_token(tmp_path_factory.mktemp("token")) as made:
        make_key(module=made.module, token=made.label, key="kek", pin=PIN)
        yield made


def kek(token: SoftToken, *, key: str = "kek", pin: str = PIN, label: str = "") -> TokenKek:
    return TokenKek(module=token.module, token=label or token.label, key=key, pin=pin, entropy=SystemEntropy())


def test_what_the_token_wraps_only_it_unwraps(token: SoftToken) -> None:
    make_key(module=token.module, token=token.label, key="another", pin=PIN)
    with kek(token) as one, kek(token, key="another") as other:
        wrapped = one.wrap(b"s" * 32, associated=b"kek/1")
        assert b"s" * 8 not in wrapped
        assert wrapped != one.wrap(b"s" * 32, associated=b"kek/1")
        assert one.unwrap(wrapped, associated=b"kek/1") == b"s" * 32
        for altered, bound in (
            (wrapped[:-1] + bytes((wrapped[-1] ^ 1,)), b"kek/1"),
            (wrapped, b"kek/2"),
            (wrapped[:20], b"kek/1"),
            (b"\x02" + wrapped[1:], b"kek/1"),
            (b"", b"kek/1"),
        ):
            with pytest.raises(VerificationError):
                one.unwrap(altered, associated=bound)
        with pytest.raises(VerificationError):
            other.unwrap(wrapped, associated=b"kek/1")
        assert one.first_kek is None
        assert PIN not in repr(one) + one.describe()


def test_the_key_cannot_be_taken_out(token: SoftToken) -> None:
    with kek(token) as one:
        with pytest.raises(pkcs11.AttributeSensitive):
            one._key[Attribute.VALUE]
        assert not one._key[Attribute.EXTRACTABLE]


def test_a_key_that_could_be_taken_out_is_refused(token: SoftToken) -> None:
    session = pkcs11.lib(str(token.module)).get_token(token_label=token.label).open(user_pin=PIN, rw=True)
    template = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
    session.generate_key(KeyType.AES, 256, label="loose", store=True, template=template)
    session.close()
    with pytest.raises(RefusedError, match="could be taken out") as told:
        kek(token, key="loose")
    assert told.value.code == "hold.token"


def test_what_stands_in_the_way_is_told(token: SoftToken, tmp_path: Path) -> None:
    for wrong, kind, said in (
        ({"pin": "wrong-pin"}, RefusedError, "the PIN is not that of"),
        ({"key": "none"}, RefusedError, "has no such key"),
        ({"label": "none"}, UnavailableError, "there is no token none"),
    ):
        with pytest.raises(kind, match=said) as told:
            kek(token, **wrong)
        assert told.value.code == "hold.token"
        assert "wrong-pin" not in str(told.value)
    missing = tmp_path / "missing.so"
    with pytest.raises(UnavailableError, match=r"missing\.so cannot be loaded"):
        TokenKek(module=missing, token="t", key="k", pin=PIN, entropy=SystemEntropy())
    with pytest.raises(RefusedError, match="has a key kek already"):
        make_key(module=token.module, token=token.label, key="kek", pin=PIN)


def test_the_end_of_one_session_does_not_end_another(token: SoftToken) -> None:
    first, second = kek(token), kek(token)
    wrapped = first.wrap(b"s" * 32, associated=b"")
    first.close()
    del first
    gc.collect()
    assert second.unwrap(wrapped, associated=b"") == b"s" * 32
    second._session.close()
    assert second.unwrap(wrapped, associated=b"") == b"s" * 32
    second.close()


def test_the_token_holds_what_it_was_told_to(token: SoftToken) -> None:
    with kek(token) as one:
        [found] = one._session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: "kek"})
        assert found[Attribute.SENSITIVE]
        assert not found[Attribute.EXTRACTABLE]
