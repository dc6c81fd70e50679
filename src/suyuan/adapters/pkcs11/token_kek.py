"""Wraps the store's key-encryption keys by an AES key inside a PKCS#11 token."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import (
    NoSuchKey,
    NoSuchToken,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    UserAlreadyLoggedIn,
)

from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.terms import Entropy

_FORMAT: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BITS: Final = 128
_KEY_BITS: Final = 256
_CODE: Final = "hold.token"
_ASK: Final = "see that the token is connected and its library is the right one"


class TokenKek:
    """A `KekProvider` whose key never leaves its token. Prints without the PIN.

    One session, logged in for as long as it is open; threads take turns.
    """

    def __init__(self, *, module: Path, token: str, key: str, pin: str, entropy: Entropy) -> None:
        """Log in and find the key.

        Raises: UnavailableError `hold.token`: no such library or token, or it does not answer. RefusedError
            `hold.token`: the PIN is wrong, no such key is in it, or the key could be taken out.
        """
        self._module = module
        self._label = token
        self._key_label = key
        self._pin = pin
        self._entropy = entropy
        self._turn = threading.Lock()
        self._session, self._key = self._log_in()

    def __repr__(self) -> str:
        return f"<key in token {self._label}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session; the token asks for its PIN again."""
        with self._turn, _told(self._label):
            self._session.close()

    @property
    def first_kek(self) -> bytes | None:
        """None: a store from before the generations had no token."""
        return None

    def wrap(self, secret: bytes, *, associated: bytes) -> bytes:
        """Wrap a key-encryption key inside the token, by AES-GCM."""
        nonce = self._entropy.draw(_NONCE_BYTES)
        parameters = GCMParams(nonce, associated, _TAG_BITS)
        with self._turn, _told(self._label):
            sealed = self._asked(lambda key: key.encrypt(secret, mechanism=_GCM, mechanism_param=parameters))
        return _FORMAT + nonce + sealed

    def unwrap(self, wrapped: bytes, *, associated: bytes) -> bytes:
        """Give back what `wrap` took.

        Raises: VerificationError: it was wrapped by another key, or altered. UnavailableError: the token is gone.
        """
        nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
        if not wrapped.startswith(_FORMAT) or len(nonce) != _NONCE_BYTES:
            raise VerificationError("a key-encryption key was not wrapped by this token")
        parameters = GCMParams(nonce, associated, _TAG_BITS)
        with self._turn, _told(self._label):
            try:
                return self._asked(lambda key: key.decrypt(sealed, mechanism=_GCM, mechanism_param=parameters))
            except _REFUSALS as error:
                raise VerificationError("a key-encryption key was altered, or wrapped by another token") from error

    def describe(self) -> str:
        """Say which token it is."""
        return f"token {self._label}"

    def _asked(self, ask: Callable[[Any], object]) -> bytes:  # A key has its verbs from mixins, at run time.
        """Ask the key, and once more after a new login where the session has ended: the login is the whole process's."""
        try:
            answer = ask(self._key)
        except _ENDED:
            self._session, self._key = self._log_in()
            answer = ask(self._key)
        if not isinstance(answer, bytes):
            raise UnavailableError(f"the token {self._label} gives no bytes", code=_CODE, hint=_ASK)
        return answer

    def _log_in(self) -> tuple[pkcs11.Session, Any]:
        session = _open(self._module, token=self._label, pin=self._pin, write=False)
        try:
            with _told(self._label):
                return session, _find(session, label=self._key_label, token=self._label)
        except BaseException:
            session.close()
            raise


_GCM: Final = Mechanism.AES_GCM

_ENDED: Final = (
    pkcs11.exceptions.UserNotLoggedIn,
    pkcs11.exceptions.SessionClosed,
    pkcs11.exceptions.SessionHandleInvalid,
    pkcs11.exceptions.KeyHandleInvalid,
    pkcs11.exceptions.ObjectHandleInvalid,
)

# What tokens answer to a tag that is wrong; they do not agree on one code.
_REFUSALS: Final = (
    pkcs11.exceptions.EncryptedDataInvalid,
    pkcs11.exceptions.EncryptedDataLenRange,
    pkcs11.exceptions.DataInvalid,
    pkcs11.exceptions.DataLenRange,
    pkcs11.exceptions.FunctionFailed,
    pkcs11.exceptions.GeneralError,
    pkcs11.exceptions.ArgumentsBad,
)


def make_key(*, module: Path, token: str, key: str, pin: str) -> None:
    """Make an AES-256 key inside a token that can neither be read nor taken out.

    Raises: RefusedError `hold.token`: there is one of this label. UnavailableError: as `TokenKek`.
    """
    session = _open(module, token=token, pin=pin, write=True)
    try:
        with _told(token):
            if list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: key})):
                raise RefusedError(
                    f"the token {token} has a key {key} already", code=_CODE, hint="use it, or choose another label"
                )
            session.generate_key(
                KeyType.AES,
                _KEY_BITS,
                label=key,
                store=True,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
    finally:
        session.close()


def _open(module: Path, *, token: str, pin: str, write: bool) -> pkcs11.Session:
    try:
        library = pkcs11.lib(str(module))
    except (RuntimeError, PKCS11Error) as error:
        raise UnavailableError(f"the PKCS#11 library {module} cannot be loaded", code=_CODE, hint=_ASK) from error
    with _told(token):
        try:
            return library.get_token(token_label=token).open(user_pin=pin, rw=write)
        except UserAlreadyLoggedIn:
            # The login is the process's: a second session of ours has it already.
            return library.get_token(token_label=token).open(rw=write)


def _find(session: pkcs11.Session, *, label: str, token: str) -> pkcs11.SecretKey:
    key = session.get_key(object_class=ObjectClass.SECRET_KEY, label=label)
    if not isinstance(key, pkcs11.SecretKey) or key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]:
        raise RefusedError(
            f"the key {label} of the token {token} could be taken out of it",
            code=_CODE,
            hint="make one that is sensitive and not extractable: suyuan hold rekey --make-key",
        )
    return key


@contextmanager
def _told(token: str) -> Iterator[None]:
    """Let a token's errors leave as ours; what they say names no secret, and is left out all the same."""
    try:
        yield
    except (PinIncorrect, PinInvalid, PinLenRange) as error:
        raise RefusedError(
            f"the PIN is not that of the token {token}",
            code=_CODE,
            hint="put the right one into pin_file; too many wrong ones lock the token",
        ) from error
    except PinLocked as error:
        raise RefusedError(
            f"the PIN of the token {token} is locked", code=_CODE, hint="its officer can reset it"
        ) from error
    except NoSuchKey as error:
        raise RefusedError(
            f"the token {token} has no such key",
            code=_CODE,
            hint="see `key` in suyuan.toml, or make it: suyuan hold rekey --make-key",
        ) from error
    except NoSuchToken as error:
        raise UnavailableError(f"there is no token {token}", code=_CODE, hint=_ASK) from error
    except PKCS11Error as error:
        raise UnavailableError(
            f"the token {token} does not answer: {type(error).__name__}", code=_CODE, hint=_ASK
        ) from error
