"""Read a submitted form: one JSON object of purposes, values, and what the person said with it."""

from collections.abc import Mapping, Sequence
from typing import Final

from suyuan.collect.ceiling import conditions as known_conditions
from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.collect.submission import Submission
from suyuan.collect.word import Word
from suyuan.errors import RefusedError
from suyuan.legible import require_id
from suyuan.terms import PersonId, PersonNumber, PurposeName

_KEYS: Final = frozenset({"purposes", "values", "conditions", "consents", "channel"})
_WORD_KEYS: Final = frozenset({"purpose", "scope", "recipient", "state", "guardian"})
_LONGEST_VALUE: Final = 4_096
_UNKNOWN: Final = PersonNumber(-1)


def read_form(document: object) -> tuple[Submission, tuple[Word, ...]]:
    """Give the submission of a form and the words said with it; whose they are is filled in where they are taken.

    `{"purposes": [...], "values": {field: text}, "conditions": [...], "channel": text, "consents": [{"purpose": ...,
    "state": "given", "scope": ..., "recipient": ..., "guardian": ...}]}`; conditions, channel and consents may be absent.

    Raises: RefusedError `collect.form`: another shape, naming the key and no value.
    """
    if not isinstance(document, Mapping):
        raise _wrong("it is no JSON object")
    unknown = [key for key in document if key not in _KEYS]
    if unknown:
        raise _wrong("a key is none of " + ", ".join(sorted(_KEYS)))
    values = document.get("values")
    if not isinstance(values, Mapping) or not all(
        isinstance(v, str) and len(v) <= _LONGEST_VALUE for v in values.values()
    ):
        raise _wrong(f"`values` is no object of texts of at most {_LONGEST_VALUE} characters")
    conditions = (
        None if document.get("conditions") is None else frozenset(_names(document["conditions"], key="conditions"))
    )
    if conditions is not None and not conditions <= known_conditions().keys():
        raise _wrong("`conditions` holds one that is none of " + ", ".join(sorted(known_conditions())))
    channel = document.get("channel", "")
    if not isinstance(channel, str):
        raise _wrong("`channel` is no text")
    said = document.get("consents", ())
    if not isinstance(said, Sequence) or isinstance(said, str):
        raise _wrong("`consents` is no list")
    purposes = tuple(map(PurposeName, _names(document.get("purposes"), key="purposes")))
    return (
        Submission(purposes=purposes, values=dict(values), conditions=conditions),
        tuple(_word(one, channel=_text(channel, key="channel")) for one in said),
    )


def _word(document: object, *, channel: str) -> Word:
    if not isinstance(document, Mapping) or not {"purpose", "state"} <= document.keys() <= _WORD_KEYS:
        raise _wrong("a consent has the keys purpose and state, and perhaps scope, recipient, guardian")
    texts = {key: value for key, value in document.items() if isinstance(value, str)}
    if texts.keys() != document.keys():
        raise _wrong("a consent holds something else than texts")
    try:
        state, scope = ConsentState(texts["state"]), ConsentScope(texts.get("scope", ConsentScope.PURPOSE.value))
    except ValueError:
        raise _wrong(
            "a consent's state is given, refused or withdrawn, its scope one of " + ", ".join(ConsentScope)
        ) from None
    return Word(
        person=_UNKNOWN,
        principal=PersonId(""),
        purpose=PurposeName(_text(texts["purpose"], key="purpose")),
        state=state,
        scope=scope,
        recipient=_text(texts.get("recipient", ""), key="recipient"),
        guardian=_text(texts.get("guardian", ""), key="guardian"),
        channel=channel,
    )


def _names(value: object, *, key: str) -> Sequence[str]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(one, str) for one in value):
        raise _wrong(f"`{key}` is no list of names")
    return tuple(_text(one, key=key) for one in value)


def _text(text: str, *, key: str) -> str:
    return require_id(text, what=key) if text else ""


def _wrong(what: str) -> RefusedError:
    return RefusedError(f"the form: {what}", code="collect.form", hint="docs/reference/collect.md shows a form")
