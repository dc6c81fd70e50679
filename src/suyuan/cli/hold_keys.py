"""`suyuan hold keys`: how the store's keys stand."""

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_columns, print_json

EXAMPLE = """
  suyuan hold keys --json
"""


def run(*, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Show what wraps the store's keys, which generations are held, and how many secrets are under an earlier one."""
    from suyuan.app.rekeying import key_state

    state = key_state(store_at(store))
    if as_json:
        print_json(
            {
                "profile": state.profile,
                "provider": state.provider,
                "generation": state.generation,
                "held": list(state.held),
                "stale_persons": state.stale_persons,
                "recovery_key": state.recovery_key,
            }
        )
        return
    print_columns(
        [
            ("profile", state.profile),
            ("provider", state.provider),
            ("generation in force", str(state.generation)),
            ("generations held", ", ".join(map(str, state.held))),
            ("persons under an earlier one", f"{state.stale_persons:,}"),
            ("recovery key", "drawn" if state.recovery_key else "none"),
        ]
    )
