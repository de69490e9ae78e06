# `make demo` and `make test` are the two commands; everything else is a part of them.

DATA ?= data
LISTEN ?= 127.0.0.1:8080
MUSIC ?=
# what is built beside the usual: `aac` is AAC by Fraunhofer's encoder, under a licence of its own; FEATURES= leaves it out
FEATURES ?= aac
WITH := $(if $(FEATURES),--features "$(FEATURES)")
SECONDS ?= 60
# where cargo builds
TARGET := $(or $(CARGO_TARGET_DIR),target)
# rustup's folder, for shells that were open before it was installed
export PATH := $(PATH):$(HOME)/.cargo/bin

.PHONY: help demo test check setup-build setup-test setup-bench bench-listening bench-money bench-search bench-web fmt tidy lint test-rust test-tags test-browser bench-encode bench-sizes fuzz clean-data

help:
	@echo "make demo                 install what is missing, build, and open a shop with its own music on http://$(LISTEN)"
	@echo "make demo MUSIC=/folder   the same, selling your folder of FLAC, WAV, AIFF or ALAC"
	@echo "                          (DATA=folder and LISTEN=address:port choose another place)"
	@echo "                          (FEATURES= builds without AAC, whose encoder has a licence of its own)"
	@echo "make test                 install what is missing and run everything that must pass"
	@echo "make check                the quick part of it: formatting, the repository's own rules, lints"
	@echo "make test-rust            only the Rust tests, on both database engines and S3"
	@echo "make test-tags            only the tags of every format, read back by other programs"
	@echo "make test-browser         only the journeys through a real browser"
	@echo "make bench-encode         every format against its encoder's own program; writes docs/benchmarks/encode.md"
	@echo "                          (MUSIC=folder of FLAC; BENCH='--pieces 2 --runs 3 --only mp3' for a quick look)"
	@echo "make bench-sizes          sizes of renditions against what was promised; writes docs/benchmarks/sizes.md"
	@echo "make bench-money          whole orders per second beside what the disk can do; writes docs/benchmarks/money.md"
	@echo "make bench-search         the search over a made-up catalogue beside SQLite FTS5; writes docs/benchmarks/search.md"
	@echo "                          (TRACKS=10000000 for more of it, BENCH_DATA=folder to keep the catalogue)"
	@echo "make bench-listening      how soon previews sound in Chromium, and what is heard between two tracks"
	@echo "make bench-web            pages before Lighthouse, axe and html-validate, and their times; writes docs/benchmarks/web.md"
	@echo "make fuzz SECONDS=60      every fuzz target for so many seconds (needs cargo-fuzz)"
	@echo "make clean-data           delete the demo's data folder ($(DATA))"

demo: setup-build
	cargo build --release --locked -p server $(WITH)
	$(TARGET)/release/gramovar demo --data "$(DATA)" --listen "$(LISTEN)" $(if $(MUSIC),--music "$(MUSIC)")

test: check test-rust test-tags test-browser

check: fmt tidy lint

setup-build:
	@scripts/setup build

setup-test:
	@scripts/setup test

setup-bench:
	@scripts/setup build
	@scripts/setup bench

fmt: setup-test
	cargo fmt --all --check

tidy: setup-test
	cargo xtask tidy

lint: setup-test
	cargo clippy --workspace --all-targets --locked $(WITH) -- -D warnings
	cargo clippy -p audio --all-targets --locked -- -D warnings

test-rust: setup-test
	scripts/with-postgres scripts/with-moto scripts/with-localstripe cargo test --workspace --locked $(WITH)

test-browser: setup-test tests/browser/node_modules/.package-lock.json
	cargo build --locked -p server $(WITH)
	cargo test --locked -p server --lib $(WITH) the_gallery_shows_every_page
	GRAMOVAR="$(abspath $(TARGET))/debug/gramovar" node --test tests/browser/*.test.mjs

bench-listening: setup-test tests/browser/node_modules/.package-lock.json
	cargo build --release --locked -p server $(WITH)
	GRAMOVAR="$(abspath $(TARGET))/release/gramovar" node tests/browser/listening.bench.mjs

test-tags: setup-test tests/tags/node_modules/.package-lock.json
	cargo build --locked -p server $(WITH)
	TEST_PYTHON="$$(scripts/venv)/bin/python" GRAMOVAR="$(abspath $(TARGET))/debug/gramovar" node --test tests/tags/tags.test.mjs

tests/%/node_modules/.package-lock.json: tests/%/package-lock.json
	cd tests/$* && npm ci --no-audit --no-fund
	@touch $@

# Whatever music there is to measure with: a given folder, or pieces fetched from Debian.
BENCH_MUSIC := $(or $(MUSIC),$(TARGET)/bench-music)
BENCH ?=

bench-encode: setup-bench
	cargo build --release --locked -p server $(WITH)
	$(if $(MUSIC),,scripts/varied-music "$(BENCH_MUSIC)" --packages wesnoth-1.16-music:16)
	scripts/bench-encode $(TARGET)/release/gramovar "$(BENCH_MUSIC)" --out docs/benchmarks/encode.md $(BENCH)

bench-sizes: setup-bench
	cargo build --release --locked -p audio --example sizes $(WITH)
	$(if $(MUSIC),,scripts/varied-music "$(BENCH_MUSIC)")
	scripts/bench-sizes $(TARGET)/release/examples/sizes "$(BENCH_MUSIC)" docs/benchmarks/sizes.md

# Fsync is on: what is measured is durable.
bench-money: setup-test
	cargo build --release --locked -p shop --example bench_money
	FSYNC=on scripts/with-postgres sh -c '"$(abspath $(TARGET))/release/examples/bench_money" --postgres "$$TEST_POSTGRES_URL" --out docs/benchmarks/money.md $(BENCH)'

# How much music is made up, and where.
TRACKS ?= 1000000
BENCH_DATA ?= $(TARGET)/bench-search-$(TRACKS)

bench-search: setup-build
	cargo build --release --locked -p server $(WITH)
	cargo build --release --locked -p shop --example bench_search $(WITH)
	mkdir -p "$(BENCH_DATA)"
	mrr=$$(cargo test --locked -p shop --lib $(WITH) what_people_ask_for_comes_first -- --nocapture | sed -n 's/^mean reciprocal rank of .* questions: //p') && \
	$(TARGET)/release/examples/bench_search --data "$(BENCH_DATA)" --out docs/benchmarks/search.md --tracks $(TRACKS) \
		--gramovar "$(TARGET)/release/gramovar" --mrr "$$mrr" $(BENCH)

# The same made-up catalogue as `bench-search` has.
bench-web: setup-test setup-bench tests/browser/node_modules/.package-lock.json tests/lighthouse/node_modules/.package-lock.json
	cargo build --release --locked -p server $(WITH)
	mkdir -p "$(BENCH_DATA)"
	GRAMOVAR="$(abspath $(TARGET))/release/gramovar" node tests/browser/web.bench.mjs --data "$(abspath $(BENCH_DATA))" --tracks $(TRACKS) \
		--out docs/benchmarks/web.md $(BENCH)

fuzz: setup-build
	scripts/fuzz "$(SECONDS)"

clean-data:
	rm -rf -- "$(DATA)"
