"""Any JSON value, and some that Python can write and JSON cannot: what is fed to whatever reads a file."""

from hypothesis import strategies as st

scalar = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("A" * 43 + "="), st.just(2**53 - 1)
)  # fmt: skip
json_value = st.recursive(
    scalar,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)
