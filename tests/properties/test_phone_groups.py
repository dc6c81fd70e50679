"""Numbers from abroad are grouped as `phonenumbers` groups them, whatever digits follow a plus."""

import random

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers.phonenumberutil import COUNTRY_CODE_TO_REGION_CODE

from suyuan.kinds.phone_groups import is_whole, spaced_out

CODES = sorted(COUNTRY_CODE_TO_REGION_CODE)


def by_the_book(canonical: str) -> str | None:
    try:
        number = phonenumbers.parse(canonical, None)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def is_whole_by_the_book(digits: str) -> bool:
    """Whether `phonenumbers` reads a possible number, and writes it just so."""
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(number)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE and not number.extension and written == f"+{digits}"


@settings(max_examples=2000, deadline=None)
@given(code=st.sampled_from(CODES) | st.integers(0, 9999), national=st.text("0123456789", min_size=1, max_size=15))
@example(code=39, national="0236618300")
@example(code=54, national="91123456789")
@example(code=1, national="2025550123")
def test_it_groups_as_phonenumbers_does(code: int, national: str) -> None:
    assert spaced_out(f"+{code}{national}") == by_the_book(f"+{code}{national}")
    # No says nothing; but most of what is whole is said to be.
    assert not is_whole(f"{code}{national}") or is_whole_by_the_book(f"{code}{national}")


@pytest.mark.parametrize("digits", ["442079460958", "12025550123", "4930123456", "81312345678", "6591234567"])
def test_what_is_usual_is_not_asked_of_phonenumbers(digits: str) -> None:
    assert is_whole(digits)
    assert is_whole_by_the_book(digits)


@pytest.mark.parametrize("text", ["", "+", "+4", "+4a123456", "4912345678", "+\u0664912345678", "+49 30 123456"])
def test_what_is_no_canonical_number_is_asked_of_phonenumbers(text: str) -> None:
    assert spaced_out(text) == by_the_book(text)


@pytest.mark.slow
def test_it_groups_a_million_numbers_as_phonenumbers_does() -> None:
    source = random.Random(20261122)
    for _ in range(1_000_000):
        code = source.choice(CODES) if source.random() < 0.9 else source.randint(0, 999)
        text = f"+{code}" + "".join(source.choices("0123456789", k=source.randint(1, 14)))
        assert spaced_out(text) == by_the_book(text), text
        assert not is_whole(text[1:]) or is_whole_by_the_book(text[1:]), text
