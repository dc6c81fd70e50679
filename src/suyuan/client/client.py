"""The client: one method a route."""

import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from suyuan.client import members
from suyuan.client.failure import TryAgainError, error_of, lost
from suyuan.client.given import (
    Approval,
    Demand,
    ExportedFile,
    ListedRow,
    MarkedRows,
    Me,
    Page,
    Receipt,
    Shown,
    Word,
    YesOrNo,
)
from suyuan.client.members import Json
from suyuan.errors import RefusedError, SuyuanError, UnavailableError

TRIES: Final = 4
_FIRST_PAUSE: Final = 0.2
_SECONDS: Final = 30.0
_CHUNK: Final = 1 << 16
_COUNTED: Final = ("entry", "rows", "decoys", "withheld")


class Client:
    """Speaks to one server as one account. Use it in a `with` block, or close it.

    Calls that the server can tell apart by an idempotency key, and those that change nothing, are sent again when the
    connection breaks off or the server is busy; the others are not.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        token: str | None = None,
        tries: int = TRIES,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the server's address and one proof of who calls.

        Args:
            api_key: a service's key. token: a session's or a provider's token.
            tries: how often a call that may be repeated is sent at most.
            transport: what carries requests; None: the network.
        Raises: RefusedError `serve.unauthenticated`: not exactly one proof was given.
        """
        if (api_key is None) == (token is None):
            raise RefusedError("give either an API key or a token", code="serve.unauthenticated")
        self._tries = max(1, tries)
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=url,
            headers={"authorization": f"Bearer {api_key or token}"},
            timeout=_SECONDS,
            transport=transport,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def me(self) -> Me:
        """Give who the server takes the caller for."""
        said = self._call("GET", "/me")
        return Me(
            account=said["account"],
            roles=tuple(said["roles"]),
            attributes=said["attributes"],
            rights=tuple(said["rights"]),
        )

    # ---- release -----------------------------------------------------------------------------------------

    def lookup(
        self,
        *,
        purpose: str,
        case: str | None = None,
        key: str | None = None,
        by: tuple[str, str] | None = None,
        approval: str | None = None,
    ) -> Shown:
        """See one person.

        Args:
            purpose: why. case: by which case.
            key: the person's key. by: another field and its value; without either, the one person of the case.
            approval: a second person's word.
        Raises: RefusedError: the server's own code. UnavailableError: nothing was let out.
        """
        body = members.person(purpose=purpose, case=case, key=key, by=by, approval=approval)
        said = self._call("POST", "/release/lookup", body=body, keyed=True)
        return Shown(entry=said["entry"], fields=said["fields"])

    def answer(
        self,
        *,
        purpose: str,
        field: str,
        equal: str | None = None,
        at_least: int | None = None,
        case: str | None = None,
        key: str | None = None,
        by: tuple[str, str] | None = None,
        approval: str | None = None,
    ) -> YesOrNo:
        """Ask yes or no about one field of a person: is it `equal`, or is she `at_least` so many years old."""
        question: dict[str, Json] = {"field": field}
        question |= {name: value for name, value in (("equal", equal), ("at_least", at_least)) if value is not None}
        body = {**members.person(purpose=purpose, case=case, key=key, by=by, approval=approval), "question": question}
        said = self._call("POST", "/release/answer", body=body, keyed=True)
        return YesOrNo(entry=said["entry"], answer=said["answer"])

    def list(
        self,
        *,
        purpose: str,
        after: str = "",
        count: int = 50,
        queue: str | None = None,
        approval: str | None = None,
    ) -> Page:
        """See a page of the persons of the caller's open cases. Each page is a release: it is sent once.

        Args:
            after: `next` of the page before.
        """
        body = members.given(purpose=purpose, after=after, count=count, queue=queue, approval=approval)
        said = self._call("POST", "/release/list", body=body)
        rows = tuple(ListedRow(case=row["case"], fields=row["fields"]) for row in said["rows"])
        return Page(entry=said["entry"], rows=rows, next=said["next"], withheld=said["withheld"])

    def find(self, *, purpose: str, field: str, value: str, part: str | None = None) -> tuple[str, ...]:
        """Give the caller's own open cases that concern the person of a value, or of a `part` (`last4`, `surname`)."""
        body = members.given(purpose=purpose, field=field, value=value, part=part)
        said = self._call("POST", "/release/find", body=body)
        return tuple(said["cases"])

    def release_rows(
        self,
        rows: Sequence[Mapping[str, str | None]],
        *,
        purpose: str,
        case: str | None = None,
        approval: str | None = None,
    ) -> MarkedRows:
        """Have rows of the platform's own marked and ledgered before they are shown."""
        body = members.given(purpose=purpose, case=case, approval=approval, rows=list(rows))
        said = self._call("POST", "/release", body=body, keyed=True)
        return MarkedRows(entry=said["entry"], rows=said["rows"], withheld=said["withheld"])

    def export(
        self,
        out: Path,
        *,
        partner: str,
        purpose: str,
        contract: str,
        keys: Sequence[str] | None = None,
        rows: Sequence[Mapping[str, str | None]] | None = None,
        drop: Sequence[str] = (),
        approval: str | None = None,
    ) -> ExportedFile:
        """Write a partner's own copy to a new file, readable by nobody else; sent once, never again by itself.

        Raises: RefusedError: `file.exists`, or the server's own code; nothing is left at `out`.
        """
        body = members.given(
            partner=partner,
            purpose=purpose,
            contract=contract,
            keys=None if keys is None else list(keys),
            rows=None if rows is None else list(rows),
            approval=approval,
        )
        body["drop"] = list(drop)
        return self._write(out, path="/release/export", body=body)

    def authority(self, out: Path, demand: Demand, *, purpose: str, approval: str | None = None) -> ExportedFile:
        """Write what an authority demands to a new file, on a second person's word; otherwise as `export`."""
        body = members.given(**members.demanded(demand), purpose=purpose, approval=approval)
        return self._write(out, path="/release/authority", body=body)

    def ask_approval(
        self,
        *,
        purpose: str,
        reason: str,
        case: str | None = None,
        key: str | None = None,
        by: tuple[str, str] | None = None,
        demand: Demand | None = None,
    ) -> Approval:
        """Ask a second person whether a look-up may happen, or what an authority demands be handed over."""
        body = {**members.person(purpose=purpose, case=case, key=key, by=by, approval=None), "reason": reason}
        if demand is not None:
            body["demand"] = members.demanded(demand)
        return members.approval_of(self._call("POST", "/release/approvals", body=body))

    def approvals(self) -> tuple[Approval, ...]:
        """Give the questions that wait for a word."""
        return tuple(members.approval_of(one) for one in self._call("GET", "/release/approvals")["approvals"])

    def approve(self, approval: str, *, declined: bool = False) -> Approval:
        """Say yes to a question of another account, or no."""
        word = "decline" if declined else "grant"
        return members.approval_of(self._call("POST", f"/release/approvals/{members.segment(approval)}/{word}"))

    # ---- collect -----------------------------------------------------------------------------------------

    def put_cases(self, cases: Sequence[Mapping[str, str | None]]) -> int:
        """Store or update cases: members case, account, person, opened, and perhaps closed, queue, region."""
        said = self._call("PUT", "/collect/cases", body={"cases": [members.given(**case) for case in cases]})
        stored: int = said["stored"]
        return stored

    def submit(self, values: Mapping[str, str], *, purposes: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Hand in one submission; gives which fields were taken in, by purpose."""
        said = self._call("POST", "/collect/submissions", body={"purposes": list(purposes), "values": dict(values)})
        taken: Mapping[str, Sequence[str]] = said["taken"]
        return taken

    def consent(
        self,
        person: str,
        *,
        purpose: str,
        given: bool,
        scope: str = "purpose",
        recipient: str = "",
        guardian: str = "",
        prompted: bool = True,
    ) -> Receipt:
        """Hand in a person's yes or no to one purpose.

        Args:
            prompted: False where she came by herself: then no time need have passed since an earlier no.
        """
        said = self._call(
            "POST",
            "/collect/consents",
            body={
                "person": person,
                "purpose": purpose,
                "given": given,
                "scope": scope,
                "recipient": recipient,
                "guardian": guardian,
                "prompted": prompted,
            },
        )
        return Receipt(entry=said["entry"], receipt=said["receipt"])

    def withdraw(self, person: str, *, purpose: str, scope: str = "purpose", recipient: str = "") -> Receipt:
        """Take back a person's yes; the next release on it is refused."""
        body = {"person": person, "purpose": purpose, "scope": scope, "recipient": recipient}
        said = self._call("POST", "/collect/consents/withdraw", body=body)
        return Receipt(entry=said["entry"], receipt=said["receipt"])

    def require_may_ask(self, person: str, *, purpose: str, scope: str = "purpose", recipient: str = "") -> None:
        """Require that a person may be asked for a consent now; to be called before anything is shown to her.

        Raises: RefusedError `collect.cool_down`: she said no not long ago; the hint says when.
        """
        body = {"person": person, "purpose": purpose, "scope": scope, "recipient": recipient}
        self._call("POST", "/collect/consents/may-ask", body=body, repeats=True)

    def consents(self, person: str) -> tuple[Word, ...]:
        """Give everything a person has said, oldest first."""
        said = self._call("POST", "/collect/consents/history", body={"person": person}, repeats=True)
        return tuple(Word(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in said["consents"])

    def restrict(self, person: str, *, purpose: str | None = None) -> tuple[str, ...]:
        """Stop the use of a person's data for a purpose, None for every one; give what she has had stopped, `*` is all."""
        body = {"person": person, "purpose": purpose}
        return tuple(self._call("POST", "/hold/restrict", body=body, repeats=True)["stopped"])

    def allow(self, person: str, *, purpose: str | None = None) -> tuple[str, ...]:
        """Take a stop back; give those that remain."""
        return tuple(self._call("POST", "/hold/allow", body={"person": person, "purpose": purpose})["stopped"])

    def restrictions(self, person: str) -> tuple[str, ...]:
        """Give the purposes that a person has had stopped; `*` is every one."""
        return tuple(self._call("POST", "/hold/restrictions", body={"person": person}, repeats=True)["stopped"])

    # ---- sending -----------------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Json] | None = None,
        keyed: bool = False,
        repeats: bool = False,
    ) -> dict[str, Any]:
        """Send a request and give the answer's object; send it again only where that cannot do anything twice."""
        headers = {"idempotency-key": uuid.uuid4().hex} if keyed else {}
        may_repeat = keyed or repeats or method in ("GET", "PUT", "DELETE")
        for attempt in range(self._tries):
            error: SuyuanError
            try:
                answer = self._http.request(method, path, json=body, headers=headers)
                if answer.is_success:
                    said: dict[str, Any] = answer.json()
                    return said
                error = error_of(answer)
            except httpx.HTTPError as failed:
                error = lost(failed)
            again = isinstance(error, TryAgainError) or error.code == "serve.unreachable"
            if not (may_repeat and again) or attempt + 1 == self._tries:
                raise error
            self._sleep(error.seconds if isinstance(error, TryAgainError) else _FIRST_PAUSE * 2**attempt)
        raise AssertionError("unreachable")

    def _write(self, out: Path, *, path: str, body: Mapping[str, Json]) -> ExportedFile:
        """Write what is answered to a new file of nobody else's; nothing is left of it after an error."""
        try:
            handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise RefusedError(f"{out} exists already", code="file.exists", hint="choose another name") from None
        except OSError as error:
            raise UnavailableError(f"{out}: cannot be written: {error.strerror}", code="file.unwritable") from error
        try:
            with os.fdopen(handle, "wb") as file:
                return self._download(file.write, path=path, body=body)
        except BaseException:
            with suppress(OSError):
                out.unlink()
            raise

    def _download(self, write: Callable[[bytes], object], *, path: str, body: Mapping[str, Json]) -> ExportedFile:
        size = 0
        try:
            with self._http.stream("POST", path, json=body) as answer:
                if not answer.is_success:
                    answer.read()
                    raise error_of(answer)
                for chunk in answer.iter_bytes(_CHUNK):
                    write(chunk)
                    size += len(chunk)
                told = {name: int(answer.headers[f"suyuan-{name}"]) for name in _COUNTED}
        except httpx.HTTPError as failed:
            raise lost(failed) from failed
        return ExportedFile(size_bytes=size, **told)
