"""What is counted for Prometheus: requests, refusals, groups, seconds; nothing by account or person."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64)


class Measures:
    """The counters of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._of_kind: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.requests = Counter(
            "suyuan_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "suyuan_request_seconds", "How long requests took.", ("route",), buckets=_SECONDS, registry=self.registry
        )
        self.refusals = Counter("suyuan_refusals", "Refusals by code.", ("code",), registry=self.registry)
        self.groups = Histogram(
            "suyuan_group_size", "Requests that shared a commit.", buckets=_SIZES, registry=self.registry
        )
        self.group_seconds = Histogram(
            "suyuan_group_seconds",
            "How long the door took for a group, its ledger append included.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.waiting = Gauge("suyuan_waiting", "Requests that wait for the door.", registry=self.registry)
        self.ready = Gauge("suyuan_ready", "Whether the store is open for releases.", registry=self.registry)
        self.ledger = Gauge("suyuan_ledger_entries", "Entries in the ledger.", registry=self.registry)
        self.reopened = Counter("suyuan_reopened", "How often the store was opened again.", registry=self.registry)
        self.budgets = Gauge(
            "suyuan_budget_used_ratio",
            "The largest part of a budget that any one account had used when it last asked, by purpose.",
            ("purpose",),
            registry=self.registry,
        )
        self.due = Gauge(
            "suyuan_retention_due_persons",
            "Persons whose time is over and whom nobody has erased yet.",
            registry=self.registry,
        )
        self.frozen = Gauge(
            "suyuan_retention_frozen_persons",
            "Persons whose time is over and whom a legal hold keeps.",
            registry=self.registry,
        )
        self.dropped = Gauge(
            "suyuan_log_keys_dropped", "Keys that the log's allowlist kept out.", registry=self.registry
        )

    def count_request(self, route: str, *, method: str, status: int, seconds: float) -> None:
        """Count an answer. Few kinds of answers are given often: each one's counters are looked up once."""
        counters = self._of_kind.get((route, method, status))
        if counters is None:
            counters = self.requests.labels(route, method, str(status)), self.seconds.labels(route)
            self._of_kind[route, method, status] = counters
        counters[0].inc()
        counters[1].observe(seconds)

    def text(self) -> bytes:
        """Give everything in Prometheus' text format."""
        return generate_latest(self.registry)
