# The two commands of the README's first screen, `make demo` and `make test`, do all their own set-up:
# a virtual environment in .venv with the locked versions of uv.lock. Needed: make and Python 3.11+.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

.PHONY: demo test fuzz test-spark test-gateways test-gateways-quick lint bench bench-languages bench-gateways models mutation clean
.DEFAULT_GOAL := help

help:
	@echo "make demo   check, break, compile and ask a real policy"
	@echo "make test   every test, the type checker and the linters; runtimes whose language is installed"
	@echo "make test-spark  what \`compile --to sql\` writes, run by Spark (450 MB, needs Java, two minutes)"
	@echo "make test-gateways  what is imported and emitted against the gateways themselves, running (1 GB, five minutes)"
	@echo "make test-gateways-quick  the same, with fewer requests (four minutes)"
	@echo "make fuzz   a million requests and 100,000 broken tables, to every runtime and the reference evaluator"
	@echo "make models the model facts that ship, made anew from LiteLLM's published cost map"
	@echo "make mutation  small faults put into the analyses, and which of them the tests miss (an hour)"
	@echo "make bench  figures against peers, written to benchmarks/RESULTS.md (ten minutes)"
	@echo "make bench-languages  the runtimes and peers in Go, TypeScript, LuaJIT, Python: benchmarks/LANGUAGES.md (ten minutes)"
	@echo "make bench-gateways  what a policy costs at five gateways, and a burst at its limits (half an hour)"

.venv/.ready: pyproject.toml uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 2; }
	@echo "setting up .venv …" >&2
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --locked --quiet --python $(BIN)/python
	@touch $@

demo: .venv/.ready
	@$(BIN)/python docs/demo.py

test: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n auto --dist loadfile
	$(BIN)/python runtimes/test

test-spark: .venv/.ready
	@command -v java >/dev/null || { echo "Spark needs Java 17 or newer, and there is no java on the PATH"; exit 2; }
	@UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --locked --quiet --python $(BIN)/python --group spark
	@$(BIN)/python -m tests.targets.spark

fuzz: .venv/.ready
	@$(BIN)/python -m tests.differential

test-gateways: .venv/.ready
	@$(BIN)/python -m tests.gateways

test-gateways-quick: .venv/.ready
	@$(BIN)/python -m tests.gateways --quick

mutation: .venv/.ready
	@UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --locked --quiet --python $(BIN)/python --group mutation
	@$(BIN)/python -m tests.mutation

bench: .venv/.ready
	@UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --locked --quiet --python $(BIN)/python --group bench
	@$(BIN)/python -m benchmarks

bench-languages: .venv/.ready
	@$(BIN)/python -m benchmarks.languages

bench-gateways: .venv/.ready
	@for gateway in envoy cloudflare kong litellm; do \
		$(BIN)/python -m benchmarks.gateways $$gateway && \
		$(BIN)/python -m benchmarks.gateways $$gateway --burst --seconds 5 || exit 1; done
	@$(BIN)/python -m benchmarks.gateways portkey

models: .venv/.ready
	@$(BIN)/interlock models --refresh -o stdlib_policies/std/models.json

clean:
	rm -rf .venv
