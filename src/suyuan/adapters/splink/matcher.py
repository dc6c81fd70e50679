"""The `FuzzyMatcher` of trace on Splink: model, training, scoring."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from suyuan.adapters.splink.blocks import BLOCKABLE, candidate_pairs, sound_of
from suyuan.adapters.splink.candidates import Rule, blocking_rules, with_keys
from suyuan.adapters.splink.choice import best_person, one_to_one, posterior, sure_enough
from suyuan.adapters.splink.levels import LEVELS
from suyuan.adapters.splink.pairs import weigh_pairs
from suyuan.adapters.splink.spelling import comparable, sounds
from suyuan.errors import RefusedError, UnavailableError
from suyuan.terms import FieldName, KindName

if TYPE_CHECKING:
    from splink.internals.comparison_creator import ComparisonCreator
    from splink.internals.comparison_level_creator import ComparisonLevelCreator
    from splink.internals.splink_dataframe import SplinkDataFrame

ROWS_TO_TRAIN: Final = 100
"""With fewer rows than this the levels keep their starting chances; EM would learn noise."""

SAMPLED_PAIRS: Final = 400_000
"""Pairs drawn to learn how often strangers agree: about 7 CPU-seconds a million, most of the cost of a small dump."""

LARGE: Final = 20_000
"""With so many persons, or rows, pairs are chosen by keys that are rare among very many."""

SURE_AMONG_MANY: Final = 0.999

PRIOR: Final = 1e-4
EM_ROUNDS: Final = 10
LEAST_OF_START: Final = 0.1
"""How far EM may take a level's chance below where it started."""

MATCH_SCHEMA: Final = pl.Schema({"row": pl.UInt64(), "person": pl.Int64(), "probability": pl.Float64()})


class SplinkMatcher:
    """Fellegi-Sunter with term frequencies, trained by EM on the very dump it matches.

    Args:
        kinds: the fields to compare and their kinds; those that dump or people lack are left out.
        precision: the share of links that must be right, by the model's own probabilities.
        is_one_to_one: whether a person can be in the dump once only.
        seed: fixes the sample from which chance agreement is estimated.
    """

    __slots__ = ("is_one_to_one", "kinds", "precision", "seed")

    def __init__(
        self,
        *,
        kinds: Mapping[FieldName, KindName],
        precision: float = 0.995,
        is_one_to_one: bool = False,
        seed: int = 20110915,
    ) -> None:
        self.kinds = dict(kinds)
        self.precision = precision
        self.is_one_to_one = is_one_to_one
        self.seed = seed

    def match(self, residual: pl.DataFrame, *, people: pl.DataFrame) -> pl.DataFrame:
        """Give at most one person for each row, where sure enough.

        1. Columns get neutral names; values of both sides are as canonical as the caller made them.
        2. Candidate pairs by blocking. 3. Training. 4. Weights. 5. One person a row, above the threshold.

        Raises: RefusedError: `trace.no-shared-field`. UnavailableError: `trace.matcher`, Splink missing or failing.
        """
        fields = [name for name in self.kinds if name in residual.columns and name in people.columns]
        if not fields:
            raise RefusedError("dump and people share no field", code="trace.no-shared-field", hint="name more columns")
        if self._is_large(residual, people=people, fields=fields):
            return self._match_blocked(residual, people=people, fields=fields)
        neutral = {str(name): f"f{place}" for place, name in enumerate(fields)}
        kinds = {FieldName(neutral[name]): self.kinds[name] for name in fields}
        left = with_keys(residual.select("row", *fields).rename(neutral), kinds=kinds)
        right = with_keys(people.select("person", *fields).rename(neutral), kinds=kinds)
        rules = blocking_rules(left, people=right, kinds=kinds)
        if not rules:
            return pl.DataFrame(schema=MATCH_SCHEMA)
        pairs = weigh(left, people=right, kinds=kinds, rules=rules, seed=self.seed)
        scored = posterior(pairs, rows=left.height, people=right.height)
        best = one_to_one(scored) if self.is_one_to_one else best_person(scored)
        return sure_enough(best, precision=self.precision).select(
            pl.col(name).cast(kind) for name, kind in MATCH_SCHEMA.items()
        )

    def _is_large(self, residual: pl.DataFrame, *, people: pl.DataFrame, fields: list[FieldName]) -> bool:
        """Say whether the blocks' own keys choose the pairs: many persons, and a kind whose values have such keys."""
        is_blockable = any(self.kinds[name] in BLOCKABLE for name in fields)
        return is_blockable and not self.is_one_to_one and max(people.height, residual.height) >= LARGE

    def _match_blocked(self, residual: pl.DataFrame, *, people: pl.DataFrame, fields: list[FieldName]) -> pl.DataFrame:
        """Match rows to very many persons: pairs by keys, only their persons compared, stars taken for what they hide."""
        neutral = {str(name): f"f{place}" for place, name in enumerate(fields)}
        kinds = {FieldName(neutral[name]): self.kinds[name] for name in fields}
        with foreign_failures():
            left = compared(residual.select("row", *fields).rename(neutral), kinds=kinds)
            right = compared(people.select("person", *fields).rename(neutral), kinds=kinds)
            pairs = candidate_pairs(left, people=right, kinds=kinds)
            if not pairs.height:
                return pl.DataFrame(schema=MATCH_SCHEMA)
            persons = right.join(pairs.select("person").unique(), on="person", how="semi")
            weights = weigh_pairs(pairs, rows=left, people=persons, kinds=kinds, seed=self.seed)
        scored = posterior(weights, rows=left.height, people=people.height)
        best = sure_enough(best_person(scored), precision=max(self.precision, SURE_AMONG_MANY))
        return best.select(pl.col(name).cast(kind) for name, kind in MATCH_SCHEMA.items())


def compared(table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName]) -> pl.DataFrame:
    """Give the columns as both sides compare them, and names by sound."""
    columns = [comparable(table[name], kind=kind).alias(name) for name, kind in kinds.items()]
    named = [name for name, kind in kinds.items() if kind is KindName.PERSON_NAME]
    return table.with_columns(columns).with_columns([sounds(table[name]).alias(sound_of(name)) for name in named])


def weigh(
    left: pl.DataFrame,
    *,
    people: pl.DataFrame,
    kinds: Mapping[FieldName, KindName],
    rules: tuple[Rule, ...],
    seed: int,
) -> pl.DataFrame:
    """Give the candidate pairs and the log2 Bayes factor of each.

    Returns: `row`, `person`, `weight`.
    Raises: UnavailableError: `trace.matcher`.
    """
    with foreign_failures():
        return weigh_by_splink(left, people=people, kinds=kinds, rules=rules, seed=seed)


@contextmanager
def foreign_failures() -> Iterator[None]:
    """Keep what Splink and DuckDB say of rows from leaving this room.

    Raises: UnavailableError: `trace.matcher`.
    """
    try:
        with quiet():
            yield
    except ImportError:
        raise UnavailableError(
            "the fuzzy matcher is not installed", code="trace.matcher", hint="install suyuan[trace]"
        ) from None
    except Exception as error:
        # Splink and DuckDB put rows into their messages; only the kind of failure may leave this room.
        raise UnavailableError(f"the fuzzy matcher failed ({type(error).__name__})", code="trace.matcher") from None


def weigh_by_splink(
    left: pl.DataFrame,
    *,
    people: pl.DataFrame,
    kinds: Mapping[FieldName, KindName],
    rules: tuple[Rule, ...],
    seed: int,
) -> pl.DataFrame:
    """Train the model and score the pairs."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    with duckdb.connect(":memory:") as connection:
        connection.execute("SET enable_progress_bar = false")
        api = DuckDBAPI(connection=connection)
        tables = [
            api.register(
                left.rename({"row": "unique_id"})
                .with_columns(pl.col("unique_id").cast(pl.Int64))
                .to_arrow(compat_level=pl.CompatLevel.oldest()),
                dataset_display_name="dump",
            ),
            api.register(
                people.rename({"person": "unique_id"}).to_arrow(compat_level=pl.CompatLevel.oldest()),
                dataset_display_name="people",
            ),
        ]
        settings = SettingsCreator(
            link_type="link_only",
            comparisons=[comparison(name, kind=kind) for name, kind in kinds.items()],
            blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
            probability_two_random_records_match=PRIOR,
            retain_matching_columns=False,
            max_iterations=EM_ROUNDS,
        )
        linker = Linker(tables, settings, log_level=None)
        linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=seed, num_chunks=1)
        model = bounded(linker.misc.save_model_to_json(), kinds=kinds)
        if left.height >= ROWS_TO_TRAIN:
            model = train(tables, model=model, rules=rules, kinds=kinds)
        predicted = Linker(tables, model, log_level=None).inference.predict().as_duckdbpyrelation().pl()
    return oriented(predicted)


def train(
    tables: "list[SplinkDataFrame]",
    *,
    model: dict[str, Any],
    rules: tuple[Rule, ...],
    kinds: Mapping[FieldName, KindName],
) -> dict[str, Any]:
    """Estimate by EM how alike a person's own values are; every field is free in at least one session.

    A session learns nothing of the fields its rule fixes, so the rules are spread over the fields. Each has a linker
    of its own: one that fails in Splink 5.0 leaves its linker without the fields it had fixed.
    """
    from splink import Linker, block_on
    from splink.internals.exceptions import EMTrainingException

    learnt: set[str] = set()
    for rule in rules:
        free = set(kinds) - {column.split("_")[0] for column in rule}
        if free <= learnt:
            continue
        linker = Linker(tables, model, log_level=None)
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*rule), estimate_without_term_frequencies=True
            )
        except (ValueError, EMTrainingException):
            # A rule without pairs, too few of them, or a chance that ran down to nought: the model keeps what it had.
            continue
        model = bounded(linker.misc.save_model_to_json(), kinds=kinds)
        learnt |= free
    return model


def bounded(model: dict[str, Any], *, kinds: Mapping[FieldName, KindName]) -> dict[str, Any]:
    """Give the trained model with no chance far below its start: one level rarely seen must not veto a pair.

    A level that EM could not see keeps its starting chance, and one that no sampled pair of strangers showed gets
    half of what one pair would have given it.
    """
    for compared, kind in zip(model["comparisons"], kinds.values(), strict=True):
        starts = starting_chances(kind)
        levels = [level for level in compared["comparison_levels"] if not level.get("is_null_level")]
        for level, start in zip(levels, starts, strict=True):
            level["m_probability"] = max(float(level.get("m_probability") or start), start * LEAST_OF_START)
            level["u_probability"] = max(float(level.get("u_probability") or 0.0), 0.5 / SAMPLED_PAIRS)
    return model


def starting_chances(kind: KindName) -> tuple[float, ...]:
    """Give the chance of every level of a kind, the last for different values."""
    chances = [level.m for level in LEVELS[kind]]
    return (*chances, 1.0 - sum(chances))


def comparison(name: FieldName, *, kind: KindName) -> "ComparisonCreator":
    """Give Splink's comparison of one field."""
    import splink.comparison_level_library as cll
    from splink.comparison_library import CustomComparison

    levels = LEVELS[kind]
    # Splink also takes levels as plain dicts, whence the Any.
    steps: list[ComparisonLevelCreator | dict[str, Any]] = [cll.NullLevel(name)]
    for level in levels:
        condition = level.condition.format(l=f"{name}_l", r=f"{name}_r")
        if level.by_frequency:
            steps.append(cll.ExactMatchLevel(name, term_frequency_adjustments=True).configure(m_probability=level.m))
        else:
            steps.append(cll.CustomLevel(condition, label_for_charts=level.label).configure(m_probability=level.m))
    steps.append(cll.ElseLevel().configure(m_probability=starting_chances(kind)[-1]))
    return CustomComparison(output_column_name=name, comparison_levels=steps)


def oriented(predicted: pl.DataFrame) -> pl.DataFrame:
    """Give Splink's pairs as row and person, whichever side it put them on, and the weight without the prior."""
    is_dump_left = pl.col("source_dataset_l") == "dump"
    prior_weight = pl.lit(PRIOR / (1.0 - PRIOR)).log(2)
    return predicted.select(
        row=pl.when(is_dump_left).then("unique_id_l").otherwise("unique_id_r"),
        person=pl.when(is_dump_left).then("unique_id_r").otherwise("unique_id_l"),
        weight=pl.col("match_weight") - prior_weight,
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Splink from talking: its log lines may show values."""
    logger = logging.getLogger("splink")
    was_disabled = logger.disabled
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = was_disabled
        logger.setLevel(level)
