# One line a recipe: what needs more is a verb of `moe`, or a script in .ci.

# All recipes.
default:
    @just --list

# Figure 1: the paper profile; the figure is in the run folder that the last lines name.
reproduce-fig1:
    cargo run --release -p moe-harness -- run experiments/fig1.toml --profile paper

# All tests.
test:
    cargo test --workspace

# Figure 1 in its ci profile, and the verdicts of its claims.
check-rates:
    cargo run --release -p moe-harness -- run experiments/fig1.toml --profile ci && cargo run --release -p moe-harness -- check experiments/fig1.toml --profile ci

# What continuous integration runs.
ci:
    .ci/run

# Formatting and lints.
lint:
    cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings

# What an experiment would do: sizes, replications, cost, conditioning.
plan FILE:
    cargo run --release -p moe-harness -- plan {{ quote(FILE) }}

# Every fault that is tried: a hundred kills, full and read-only disks, damaged files, several processes. Prints the table.
faults:
    cargo test --release -p moe-harness --test faults -- --include-ignored --nocapture --test-threads 1 | grep -E '^\||test result|skipped|panicked'

# Hostile input for minutes, with checked arithmetic: experiment files, data files, parts, identities. Prints the table.
fuzz:
    cargo test -p moe-harness --test it -- hostile --include-ignored --nocapture --test-threads 1 | grep -E '^\||test result|panicked|FAILED'

# The digest of a small experiment: debug and release builds, instruction sets, threads, shards. Prints the table.
digests:
    .ci/digests

# The kernel against its bound, fits as n, k, K and d grow, whole runs on one thread and two: tables (some minutes).
bench:
    cargo bench -p moe-estimators --bench kernel --bench fits && cargo bench -p moe-harness --bench runs

# The same fits by SciPy, JAX and flexmix, where they are installed (MOE_PYTHON and MOE_RSCRIPT name interpreters).
bench-peers:
    cargo bench -p moe-harness --bench peers

# Instructions of passes and ascents against the committed counts; .ci/instructions --update keeps new ones.
instructions:
    .ci/instructions
