"""Scoring given pairs by Splink: every pair is a block of its own, so that only the blocks' own rules choose pairs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from suyuan.adapters.splink.blocks import sound_of
from suyuan.adapters.splink.levels import Level
from suyuan.adapters.splink.seen_levels import SeenLevel, levels_of
from suyuan.terms import FieldName, KindName

if TYPE_CHECKING:
    from splink.internals.comparison_creator import ComparisonCreator

SAMPLED_PAIRS: Final = 2_000_000
PRIOR: Final = 1e-4


def weigh_pairs(
    pairs: pl.DataFrame,
    *,
    rows: pl.DataFrame,
    people: pl.DataFrame,
    kinds: Mapping[FieldName, KindName],
    seed: int,
) -> pl.DataFrame:
    """Give the log2 Bayes factor of each pair.

    The chance of likeness in one person stays where `seen_levels` puts it: the pairs were chosen for being alike, and
    what EM would learn from them is how they were chosen.

    Returns: `row`, `person`, `weight`.
    """
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    numbered = pairs.with_row_index("pair").cast({"pair": pl.Int64})
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET enable_progress_bar = false")
        api = DuckDBAPI(connection=connection)

        def registered(table: pl.DataFrame, *, name: str) -> Any:
            return api.register(table.to_arrow(compat_level=pl.CompatLevel.oldest()), dataset_display_name=name)

        left = rows.join(numbered.select("pair", "row"), on="row").drop("row").rename({"pair": "unique_id"})
        right = people.join(numbered.select("pair", "person"), on="person").drop("person").rename({"pair": "unique_id"})
        sides = [
            left.with_columns(pl.col("unique_id").alias("pair")),
            right.with_columns(pl.col("unique_id").alias("pair")),
        ]
        settings = SettingsCreator(
            link_type="link_only",
            comparisons=[comparison(name, kind=kind) for name, kind in kinds.items()],
            blocking_rules_to_generate_predictions=[block_on("pair")],
            probability_two_random_records_match=PRIOR,
            retain_matching_columns=False,
        )
        # How often strangers are alike is sampled where each row and person stands once, not once a pair.
        once = [
            rows.with_columns(pl.col("row").cast(pl.Int64)).rename({"row": "unique_id"}),
            people.rename({"person": "unique_id"}),
        ]
        trained = Linker([registered(t.with_columns(pl.lit(0).alias("pair")), name=n) for t, n in zip(once, ("dump", "people"), strict=True)],
                         settings, log_level=None)  # fmt: skip
        trained.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=seed, num_chunks=1)
        model = with_known_chances(trained.misc.save_model_to_json(), kinds=kinds)
        tables = [
            registered(table, name=f"{name}_pairs") for table, name in zip(sides, ("dump", "people"), strict=True)
        ]
        predicted = Linker(tables, model, log_level=None).inference.predict().as_duckdbpyrelation().pl()
    prior_weight = pl.lit(PRIOR / (1.0 - PRIOR)).log(2)
    weights = predicted.select(pair=pl.col("unique_id_l"), weight=pl.col("match_weight") - prior_weight)
    return numbered.join(weights, on="pair").select("row", "person", "weight")


def with_known_chances(model: dict[str, Any], *, kinds: Mapping[FieldName, KindName]) -> dict[str, Any]:
    """Give the model with the chances that are known, and no sampled one below half of what one pair would have given."""
    for compared, kind in zip(model["comparisons"], kinds.values(), strict=True):
        levels = [level for level in compared["comparison_levels"] if not level.get("is_null_level")]
        known = levels_of(kind)
        for level, ours in zip(levels, (*known, None), strict=True):
            level["m_probability"] = 1.0 - sum(k.m for k in known) if ours is None else ours.m
            u = ours.u if isinstance(ours, SeenLevel) else None
            level["u_probability"] = u or max(float(level.get("u_probability") or 0.0), 0.5 / SAMPLED_PAIRS)
    return model


def comparison(name: FieldName, *, kind: KindName) -> "ComparisonCreator":
    """Give Splink's comparison of one field."""
    import splink.comparison_level_library as cll
    from splink.comparison_library import CustomComparison

    sides = {"l": f"{name}_l", "r": f"{name}_r", "l_sound": f"{sound_of(name)}_l", "r_sound": f"{sound_of(name)}_r"}

    def step(level: Level) -> Any:
        if level.by_frequency:
            return cll.ExactMatchLevel(name, term_frequency_adjustments=True).configure(m_probability=level.m)
        condition = level.condition.format(**sides)
        return cll.CustomLevel(condition, label_for_charts=level.label).configure(m_probability=level.m)

    steps = [cll.NullLevel(name), *map(step, levels_of(kind)), cll.ElseLevel()]
    return CustomComparison(output_column_name=name, comparison_levels=steps)
