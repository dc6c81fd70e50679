# The two commands a reader needs are `make demo` and `make test`; each builds what it needs, outside this clone.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test check lint test-interop test-slow test-faults stats-trace cover bench bench-account bench-consents bench-door bench-keys bench-ledger bench-lookup bench-overlay bench-policy bench-rows bench-trace bench-http bench-rooms bench-sets bench-spark stats-sets format wheel lock clean

export PYTHONPATH := src
need_python = command -v python3 >/dev/null || { echo 'suyuan: error: python3 is not installed' >&2; \
	echo 'hint: on Debian: apt-get install python3 python3-venv' >&2; exit 5; };
# How a recipe begins: `python` is the interpreter of that lock, built on first use.
runtime = $(need_python) python=$$(tools/env runtime) || exit $$?;
dev = $(need_python) python=$$(tools/env dev) || exit $$?;
febrl = SUYUAN_FEBRL_DIR=$$(tools/env febrl) || exit $$?; export SUYUAN_FEBRL_DIR;
# Programs of the system, asked for at once; each test that needs one asks for it again by itself.
system = tools/system postgresql mariadb-server softhsm2 strace fuse3 libfuse2 default-jre-headless fonts-noto-cjk || exit $$?;
# Spark's 480 MB are made before the tests, which find them again by themselves.
spark = tools/env spark > /dev/null || exit $$?;
# What the foreign readers of the ledger stand on; the tests find it again by themselves.
foreign = tools/system golang-go golang-golang-x-mod-dev nodejs npm || exit $$?; \
	for each in interop interop312 npm oidc; do tools/env $$each > /dev/null || exit $$?; done;
JOBS ?= 2
# A worker that has run out of tests takes those that another has not begun.
workers = -n $(JOBS) --dist worksteal

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo '  ./suyuan --help    run suyuan from this clone'

demo: ## tell the whole story once, on invented persons: releases, a leak, its source, the proof
	@$(runtime) "$$python" -P -m suyuan demo
	@echo; echo 'Run suyuan yourself: ./suyuan --help'

test: lint ## lint, then run every test but the slow ones
	@$(dev) $(febrl) $(system) $(spark) $(foreign) "$$python" -m pytest $(workers)

test-interop: ## tools of other authors read the ledger, network off: Go, Node, four in Python (part of `make test`)
	@$(dev) $(foreign) "$$python" -m pytest -n $(JOBS) tests/interop

check: lint ## lint, then the tests of the house itself: architecture and docs
	@$(dev) "$$python" -m pytest -q -n $(JOBS) tests/architecture tests/docs

lint: ## style, format, types and the import contract
	@$(dev) set -e; \
	"$$python" -m ruff check .; \
	"$$python" -m ruff format --check .; \
	"$$python" -m mypy; \
	"$$python" -c 'from importlinter.cli import lint_imports_command as run; run()' --no-cache --no-logo

test-slow: ## the long tests: statistics at full size, the real event log, crashes
	@$(dev) $(febrl) $(system) $(foreign) "$$python" -m pytest -m slow $(workers)

stats-trace: ## who is named: coalitions and look-ups at full size beside textbook rules, and 20,000 dumps without a source
	@$(dev) set -e; export PYTHONPATH=src:.; "$$python" benchmarks/coalitions.py; "$$python" benchmarks/lookups.py; "$$python" benchmarks/shared_decoys.py; \
	"$$python" -m pytest -m slow -s -q -n 0 tests/statistics/test_bound.py tests/statistics/test_row_order.py

test-faults: ## every fault at every system call, and two hundred power cuts (about eight minutes)
	@$(dev) $(system) "$$python" -m pytest -m slow -s -q tests/faults

cover: ## the tests with branch coverage of the core
	@$(dev) $(febrl) "$$python" -m coverage run -m pytest && "$$python" -m coverage report

bench: bench-lookup bench-policy bench-rows bench-trace bench-ledger bench-http bench-rooms ## measure every speed bar and print it as a ratio

bench-policy: ## decisions a CPU-second, beside a rule written by hand and Cedar; what Cedar conditions cost
	@$(dev) "$$python" benchmarks/policy.py

bench-door: ## what a release costs in groups of 1, 8 and 32 and as lists, on SQLite and PostgreSQL, beside bare commits
	@$(dev) $(system) PYTHONPATH=src:. "$$python" benchmarks/door.py

bench-lookup: ## CPU of a durable look-up beyond a bare SQLite commit
	@$(dev) "$$python" benchmarks/lookup.py

bench-rows: ## import and export of a million rows beside plain Arrow reading and writing
	@$(dev) "$$python" benchmarks/import_export.py

bench-postgres: ## import with sealing and indexes into PostgreSQL beside its bare COPY
	@$(dev) tools/system postgresql || exit $$?; "$$python" benchmarks/postgres.py

ROWS ?= 1M 5M 20M
RECIPIENTS ?= --rows 100
bench-trace: ## trace of 200,000 rows, rows of each format, and dumps of 20 million matched to 20 million persons, beside DuckDB's bare scan; weak matches
	@$(dev) tools/system gcc libc6-dev || exit $$?; set -e; "$$python" benchmarks/trace.py; "$$python" benchmarks/trace_formats.py; \
		for each in "" "--gbk --keys 3"; do "$$python" benchmarks/trace_scale.py $(ROWS) $$each; done; PYTHONPATH=src:. "$$python" benchmarks/weak_match.py; \
	PYTHONPATH=src:benchmarks "$$python" benchmarks/trace_recipients.py $(RECIPIENTS)

bench-spark: ## ingest and link of a million rows by Spark, two workers of a core each, beside one process
	@$(dev) tools/system default-jre-headless || exit $$?; spark=$$(tools/env spark) || exit $$?; \
	PYTHONPATH=src:.:benchmarks:$$spark "$$python" benchmarks/spark.py

bench-sets: ## the overlap of dumps of 10^3 to 10^6 persons with a million releases, beside a sum over the same items
	@$(dev) set -e; export PYTHONPATH=src:benchmarks; "$$python" benchmarks/sets.py; "$$python" benchmarks/kept_lookups.py

stats-sets: ## access sets and victims' reports in three worlds of 10,000 accounts (about half an hour; with KEPT=FOLDER it goes on where it was stopped)
	@$(dev) set -e; export PYTHONPATH=src:benchmarks; "$$python" benchmarks/set_statistics.py $(if $(KEPT),--kept $(KEPT)/sets.jsonl); \
	"$$python" benchmarks/report_statistics.py $(if $(KEPT),--kept $(KEPT)/reports.jsonl); "$$python" benchmarks/set_limits.py

bench-ledger: ## the ledger in bulk and under 256 callers beside a C loop, SQLite and PostgreSQL; a year's account
	@$(dev) tools/system postgresql gcc libc6-dev libssl-dev || exit $$?; set -e; for each in ledger account; do \
		echo; echo "== $$each"; PYTHONPATH=src:. "$$python" benchmarks/$$each.py; done

PERSONS ?= 1000000
bench-keys: ## a million persons' keys: rotation beside a reader, memory, both profiles, beside bare AES-GCM
	@$(dev) PYTHONPATH=src:. "$$python" benchmarks/keys.py $(PERSONS)

bench-discovery: ## megabytes of mixed text per CPU-second, beside Presidio in the same run
	@$(dev) presidio=$$(tools/env presidio) || exit $$?; \
	PYTHONPATH=src:. "$$python" benchmarks/discovery.py --presidio "$$presidio"

bench-consents: ## consents brought in and asked about, receipts verified and forms decided, beside bare sealing and appending
	@$(dev) "$$python" benchmarks/consents.py

bench-account: ## a year's account of releases: bytes, and CPU to verify it
	@$(dev) PYTHONPATH=src:. "$$python" benchmarks/account.py

bench-overlay: ## an overlay export from PostgreSQL and from MariaDB beside the bare query
	@$(dev) tools/system postgresql mariadb-server || exit $$?; PYTHONPATH=src:. "$$python" benchmarks/overlay.py

bench-http: ## durable releases a second over HTTP, beside bare PostgreSQL commits
	@$(dev) tools/system postgresql wrk || exit $$?; PYTHONPATH=src:. "$$python" benchmarks/over_http.py

bench-rooms: ## rates of single rooms: crypto and ledger, registry, ingest and link, FEBRL 4, bits of the kinds
	@$(dev) $(febrl) set -e; for each in ledger_rates enrol ingest_floor febrl_link kind_bits; do \
		echo; echo "== $$each"; "$$python" benchmarks/$$each.py; done

wheel: ## make dist/suyuan-*.whl with a build tool of its own (requirements-build.lock)
	@python=$$(tools/env build) || exit $$?; "$$python" -m hatchling build -t wheel -d dist

format: ## put the code in its one format, and fix what ruff can fix
	@$(dev) "$$python" -m ruff check --fix-only . && "$$python" -m ruff format .

UV = uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --no-annotate --universal --python-version 3.11
# All but spark, which is in a lock of its own.
extras = $(patsubst %,--extra %,cedar client fast hsm mysql postgres scan serve time trace)
lock: ## renew the lock files from pyproject.toml and package.json (needs uv and npm)
	@command -v uv >/dev/null || { echo 'suyuan: error: make lock needs uv' >&2; echo 'hint: pip install uv' >&2; exit 5; }
	$(UV) --upgrade $(extras) --group dev pyproject.toml -o requirements-dev.lock
	$(UV) $(extras) -c requirements-dev.lock pyproject.toml -o requirements.lock
	$(UV) --no-deps --group febrl -o requirements-febrl.lock
	$(UV) --upgrade --group build -o requirements-build.lock
	$(UV) --upgrade --no-deps --group spark -o requirements-spark.lock
	$(UV) --upgrade --group presidio -o requirements-presidio.lock
	$(UV) --upgrade --group interop -o requirements-interop.lock
	$(UV:3.11=3.12) --upgrade --group interop312 -o requirements-interop312.lock
	cd tests/interop/npm && npm install --package-lock-only --ignore-scripts --no-audit --no-fund

clean: ## remove what tools left in this clone; the environments in the cache stay
	rm -rf .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
