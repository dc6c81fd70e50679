"""A leak that is sold again under another name: recognised, counted, and no fresh evidence; another copy's leak is not."""

from pathlib import Path

from tests.courier import courier


def test_a_leak_sold_again_is_known_and_names_nobody_anew(tmp_path: Path) -> None:
    with courier(tmp_path, people=24) as here:
        with here.store.door() as door:
            for account in ("a", "b"):
                for customer in here.people["customer"]:
                    here.look_up(door, account=account, customer=customer)
        response = here.store.leak_response(door, matcher=None)
        first, again, other = (here.folder / name for name in ("first.csv", "again.csv", "other.csv"))
        here.rows_of("a").head(16).write_csv(first)
        here.rows_of("a").head(16).sample(fraction=1, shuffle=True, seed=3).write_csv(again)
        here.rows_of("b").write_csv(other)
        found = response.trace(first).attribution
        assert [finding.recipient.id for finding in found.named] == ["a"]
        assert (found.dump.known, found.dump.known_from) == (0, ())
        assert 20 < found.findings[0].tail < 2 * float(found.findings[0].bits)
        resold = response.trace(again).attribution
        assert resold.dump.known == resold.dump.matched == 16
        assert resold.dump.known_from == (found.opened,)
        assert not resold.named
        assert response.trace(first).attribution.dump.known == 0  # The first dump itself, answered again.
        assert response.trace(other).attribution.dump.known == 0
