"""One tree of errors, classed by what the caller can do about them; and where in our code one arose."""

import traceback


class SuyuanError(Exception):
    """The root: every error suyuan raises on purpose, with a stable `code` and a way out.

    Args:
        message: one sentence that names fields, rows and ids, and never a value or a key.
        hint: what the caller can do next; one sentence, or empty.
    """

    code = "suyuan.error"
    exit_code = 1

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        if code is not None:
            self.code = code


class RefusedError(SuyuanError):
    """The answer is no: a rule, a policy or the shape of the input forbids it. Exit 3, HTTP 403."""

    code = "refused"
    exit_code = 3


class VerificationError(SuyuanError):
    """Stored or given truth does not verify: stop and alarm. Exit 4, HTTP 500 (422 for a file the caller gave)."""

    code = "verification"
    exit_code = 4


class UnavailableError(SuyuanError):
    """A needed part is missing or busy: try again, or install it. Exit 5, HTTP 503."""

    code = "unavailable"
    exit_code = 5


def place_of(error: BaseException) -> str:
    """Give the innermost place of our own code that an error passed: of a foreign exception nothing else may be told."""
    where = "at an unknown place"
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("suyuan"):
            where = f"at {module}:{line}"
    return where
