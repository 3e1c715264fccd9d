# castui: what there is to make. `make demo` and `make test` set everything up by themselves.

CARGO ?= cargo
# A recent enough cmake for the bundled HDF5, put here where the machine has none.
BUILD_ENV := target/build-env
export PATH := $(CURDIR)/$(BUILD_ENV)/bin:$(PATH)
# The official client and what its answers are compared with.
INTEROP_ENV := target/interop-env
NEWEST_ENV := target/newest-env
# What markers, dot plots, clusters and maps are compared with.
SCANPY_ENV := target/scanpy-env
# The same with what notebooks read 10x files by.
BENCH_ENV := target/bench-env
ACCURACY_ENV := target/accuracy-env
# What builds wheels for old systems, and what checks the recipes in assets/packaging.
WHEEL_ENV := target/wheel-env
RECIPES_ENV := target/recipes-env
# What draws the pictures in screenshots/.
DRAWING_ENV := target/drawing-env
# Python packages are pinned by version and digest: tests/python/NAME.in lists the requirements, and NAME.txt is made from it by
# `uv pip compile --universal --python-version 3.10 --generate-hashes --no-header tests/python/NAME.in -o tests/python/NAME.txt`.
PIP_INSTALL := -m pip install --quiet --require-hashes -r
# How the C code (HDF5, zstd, libdeflate) of the released binary is hardened. The linker is told relro and now by rustc.
HARDENING := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
# The cargo-deny of this machine, otherwise one built into TOOLS.
TOOLS ?= target/tools
DENY := $(or $(shell command -v cargo-deny),$(TOOLS)/cargo-deny-0.20.2/bin/cargo-deny)

# What fuzzes, for how many seconds in all, and where chance begins: anywhere, unless said.
SECONDS ?= 60
SEED ?=

# Builds that are made to be tried and tested compile HDF5 quickly.
demo test trust clippy docs interop parity fuzz screenshots recipes: export CMAKE_TOOLCHAIN_FILE ?= $(CURDIR)/assets/packaging/quick-c.cmake

.PHONY: demo build test trust slurm deny check fmt clippy docs interop parity fuzz bench screenshots wheel dist \
	package msrv unused recipes environments deps clean

## Runs the main job on the bundled cells: no token, no network. ARGS=--headless prints instead of drawing. Builds what `make
## test` needs, too: dependencies are optimized, castui is not.
demo: deps
	$(CARGO) run --locked --quiet -- demo $(ARGS)

## The release binary, in target/release/castui.
build wheel: export CASTUI_COMMIT ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null)
build: export CFLAGS += $(HARDENING)
build: deps
	$(CARGO) build --locked --release

## All tests that need nothing but this folder.
test: deps
	$(CARGO) test --locked

## Every kind of file, every fault of a server, a network and a machine: how many files are read and refused, how many
## faults survived, how many answers lost; and random keys typed into the real program. Part of `make test`, too.
trust: deps
	$(CARGO) test --locked --test catalogue --test faults -- --nocapture --format terse >target/trust.log 2>&1 \
	  || { cat target/trust.log; exit 1; }
	$(CARGO) test --locked --quiet --test pty keys::
	grep -E '^(files read|faults survived)' target/trust.log

## The job script of `castui sbatch` under a real Slurm on this machine, which Debian's packages slurm-wlm and munge provide.
## Needs root. Jobs are canceled, requeued, preempted, killed and stopped at their time limit; every cell is paid for once.
slurm: deps
	$(CARGO) test --locked --quiet --no-run --test cli
	python3 tests/slurm/run.py --castui target/debug/castui

## Checks licenses, versions and origins of all dependencies (deny.toml). ARGS=advisories asks the index of known defects
## and needs the network. cargo-deny is built once, unoptimized, which takes some minutes.
deny: $(DENY)
	$(DENY) --all-features check $(or $(ARGS),bans licenses sources)

$(TOOLS)/cargo-deny-%/bin/cargo-deny:
	$(CARGO) install cargo-deny --version $* --debug --locked --quiet --root $(TOOLS)/cargo-deny-$*

## What continuous integration asks of every change.
check: fmt clippy docs test

fmt:
	$(CARGO) fmt --check

clippy: deps
	$(CARGO) clippy --locked --all-targets -- -D warnings

docs: deps
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items

## The official Python client and castui against the same local service, compared value by value. With the
## binary that the tests have built already, if they have.
interop: deps $(INTEROP_ENV)/ready $(NEWEST_ENV)/ready
	$(CARGO) test --locked --quiet --no-run --test cli
	$(INTEROP_ENV)/bin/python tests/interop/run.py --castui target/debug/castui --newest $(NEWEST_ENV)/bin/python

## What is made of answers, compared with the official functions; the files, read by what users read them with; variable
## genes, components and neighbors, compared with scanpy's.
parity: deps $(INTEROP_ENV)/ready $(NEWEST_ENV)/ready $(SCANPY_ENV)/ready
	CASTUI_PARITY_SCANPY=$(CURDIR)/$(SCANPY_ENV)/bin/python $(CARGO) test --locked --test analysis
	CASTUI_PARITY_PYTHON=$(CURDIR)/$(INTEROP_ENV)/bin/python CASTUI_PARITY_ANNDATA=$(CURDIR)/$(NEWEST_ENV)/bin/python \
	  CASTUI_PARITY_SCANPY=$(CURDIR)/$(SCANPY_ENV)/bin/python \
	  $(CARGO) test --locked --test results -- --nocapture
	$(SCANPY_ENV)/bin/python tests/parity/clustering.py --castui target/debug/castui

## Foreign bytes of all kinds into everything that reads them, for SECONDS in all (tests/fuzz). Needs a C++ compiler.
fuzz: deps
	$(CARGO) build --locked --quiet
	python3 tests/fuzz/run.py --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

## Compares castui with the official client and writes the tables of benches/README.md. ARGS=--large adds the slow parts.
bench: build $(BENCH_ENV)/ready $(SCANPY_ENV)/ready $(ACCURACY_ENV)/ready
	$(BENCH_ENV)/bin/python benches/run.py --castui target/release/castui --readme benches/README.md \
	  --analysis-python $(SCANPY_ENV)/bin/python $(ARGS)
	$(BENCH_ENV)/bin/python benches/results.py --castui target/release/castui --scratch target/bench
	$(BENCH_ENV)/bin/python benches/interface.py --castui target/release/castui --run target/bench/cells-1000000.castui
	$(BENCH_ENV)/bin/python benches/markers.py --castui target/release/castui --scratch target/bench --python $(SCANPY_ENV)/bin/python
	$(ACCURACY_ENV)/bin/python benches/accuracy.py --castui target/release/castui
	$(CARGO) bench --locked --bench hot

## The Python packages that `make interop` and `make parity` compare castui with.
environments: $(INTEROP_ENV)/ready $(NEWEST_ENV)/ready $(SCANPY_ENV)/ready

$(BENCH_ENV)/ready: tests/python/bench.txt
	python3 -m venv $(BENCH_ENV)
	$(BENCH_ENV)/bin/python $(PIP_INSTALL) tests/python/bench.txt
	touch $@

$(ACCURACY_ENV)/ready: tests/python/accuracy.txt
	python3 -m venv $(ACCURACY_ENV)
	$(ACCURACY_ENV)/bin/python $(PIP_INSTALL) tests/python/accuracy.txt
	touch $@

$(NEWEST_ENV)/ready: tests/python/newest.txt
	python3 -m venv $(NEWEST_ENV)
	$(NEWEST_ENV)/bin/python $(PIP_INSTALL) tests/python/newest.txt
	touch $@

$(SCANPY_ENV)/ready: tests/python/scanpy.txt
	python3 -m venv $(SCANPY_ENV)
	$(SCANPY_ENV)/bin/python $(PIP_INSTALL) tests/python/scanpy.txt
	touch $@

$(INTEROP_ENV)/ready: tests/python/interop.txt
	python3 -m venv $(INTEROP_ENV)
	$(INTEROP_ENV)/bin/python $(PIP_INSTALL) tests/python/interop.txt
	touch $@

## The pictures in screenshots/, taken of the real program on the bundled cells. Needs the font DejaVu Sans Mono.
screenshots: deps $(DRAWING_ENV)/ready
	$(CARGO) build --locked
	$(DRAWING_ENV)/bin/python screenshots/make.py --castui target/debug/castui --home $${TMPDIR:-/tmp}/castui-screenshots

$(DRAWING_ENV)/ready: tests/python/drawing.txt
	python3 -m venv $(DRAWING_ENV)
	$(DRAWING_ENV)/bin/python $(PIP_INSTALL) tests/python/drawing.txt
	touch $@

## Wheels for Linux with glibc 2.17 and later in target/wheels: x86-64 and 64-bit ARM, HDF5 included. TARGETS selects some. The
## same commit gives the same bytes. Needs the Rust targets (rustup target add aarch64-unknown-linux-gnu).
wheel dist: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
TARGETS ?= x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu
wheel: deps $(WHEEL_ENV)/ready
	$(WHEEL_ENV)/bin/python assets/packaging/wheel.py $(TARGETS)

## Tarballs of the programs in the wheels in target/dist: with manual pages, completions, a module file, the licenses of all
## dependencies, a bill of materials (CycloneDX) and SHA-256 sums.
dist: wheel
	for target in $(TARGETS); do $(WHEEL_ENV)/bin/python assets/packaging/dist.py --target $$target \
	  --castui target/$$target/release/castui --runnable target/$$(uname -m)-unknown-linux-gnu/release/castui || exit 1; done

## The crate in target/package, built from nothing but what is in it.
package: deps
	$(CARGO) package --locked

## Builds with the oldest Rust that Cargo.toml promises (rustup toolchain install 1.90).
msrv: deps
	$(CARGO) +$$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) check --locked --target-dir target/msrv

## Dependencies in Cargo.toml that no source file names.
unused:
	python3 assets/packaging/unused.py

## Checks the recipes in assets/packaging with the tools that they are for, and runs the one for Snakemake on the demo's cells.
recipes: deps $(RECIPES_ENV)/ready
	$(CARGO) test --locked --quiet --no-run --test cli
	$(RECIPES_ENV)/bin/python assets/packaging/recipes.py --castui target/debug/castui

$(WHEEL_ENV)/ready: tests/python/wheel.txt
	python3 -m venv $(WHEEL_ENV)
	$(WHEEL_ENV)/bin/python $(PIP_INSTALL) tests/python/wheel.txt
	touch $@

$(RECIPES_ENV)/ready: tests/python/recipes.txt
	python3 -m venv $(RECIPES_ENV)
	$(RECIPES_ENV)/bin/python $(PIP_INSTALL) tests/python/recipes.txt
	touch $@

## A cmake of at least 3.26 in a private folder, where the machine has none. Needs Python 3 with pip, no root.
deps:
	@if ! cmake --version 2>/dev/null | awk '/^cmake version/ { split($$3, v, "."); exit !(v[1] > 3 || (v[1] == 3 && v[2] >= 26)) }' \
	   || ! command -v cmake >/dev/null; then \
	  echo "no cmake >= 3.26 here: putting one into $(BUILD_ENV)" >&2; \
	  (python3 -m venv $(BUILD_ENV) && $(BUILD_ENV)/bin/python $(PIP_INSTALL) tests/python/build.txt) \
	    || (python3 -m venv --without-pip $(BUILD_ENV) \
	        && python3 -m pip --python $(BUILD_ENV)/bin/python install --quiet --require-hashes -r tests/python/build.txt); \
	fi

clean:
	$(CARGO) clean
