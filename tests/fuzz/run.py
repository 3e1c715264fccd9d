"""Fuzzes all readers of untrusted bytes for a total number of seconds, and reports the results.

Each target has a corpus in `corpus/`, which is only read. New inputs are written to `target/fuzz/corpus`, crashes to
`target/fuzz/artifacts`. Needs a C++ compiler, but neither cargo-fuzz nor a nightly compiler: castui and the targets are built
with the options that `cargo fuzz build --sanitizer none` passes. Dependencies are those that the tests were built with.
"""

import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUTPUT = ROOT / "target" / "fuzz"
# Temporary folders are rewritten constantly, so they are kept in memory if possible.
MEMORY = pathlib.Path("/dev/shm")
# Limits for a single input: time and memory.
LIMITS = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=16384", "-print_final_stats=1", "-verbosity=0"]


# Coverage for libFuzzer, as cargo-fuzz 0.13 asks for it.
COVERAGE = ["-Cpasses=sancov-module", "-Cdebug-assertions", "-Ccodegen-units=16", "--cfg=fuzzing", *(
    f"-Cllvm-args=-{option}" for option in (
        "sanitizer-coverage-level=4", "sanitizer-coverage-inline-8bit-counters", "sanitizer-coverage-pc-table",
        "sanitizer-coverage-trace-compares", "sanitizer-coverage-stack-depth", "simplifycfg-branch-fold-threshold=0"))]


def build():
    """Builds the targets with coverage; returns the paths of the binaries."""
    environment = os.environ | {"RUSTC_WRAPPER": str(HERE / "rustc.sh"), "FUZZ_ROOT": str(ROOT),
                                "FUZZ_OPTIONS": " ".join(COVERAGE), "CARGO_INCREMENTAL": "0"}
    subprocess.run(["cargo", "build", "--locked", "--target-dir", ROOT / "target"], cwd=HERE, env=environment, check=True)
    names = re.findall(r'^\[\[bin\]\]\nname = "(.*)"$', (HERE / "Cargo.toml").read_text(), re.MULTILINE)
    return {name: ROOT / "target" / "debug" / name for name in names}


def fuzz(name, binary, seconds, seed):
    """Runs a target; returns seconds, executions and crashes."""
    found, artifacts = OUTPUT / "corpus" / name, OUTPUT / "artifacts" / name
    found.mkdir(parents=True, exist_ok=True)
    artifacts.mkdir(parents=True, exist_ok=True)
    before, start = crashes_in(artifacts), time.monotonic()
    command = [binary, f"-max_total_time={max(1, round(seconds))}", f"-seed={seed}", f"-artifact_prefix={artifacts}/",
               *LIMITS, found, HERE / "corpus" / name]
    environment = os.environ | ({"TMPDIR": str(MEMORY)} if MEMORY.is_dir() else {})
    ended = subprocess.run(command, cwd=OUTPUT, env=environment, capture_output=True, text=True, errors="replace")
    executions = re.search(r"stat::number_of_executed_units: +(\d+)", ended.stderr)
    crashes = len(crashes_in(artifacts) - before)
    if ended.returncode != 0:
        crashes = max(crashes, 1)
        print(ended.stderr[-4000:], flush=True)
    return time.monotonic() - start, int(executions[1]) if executions else 0, crashes


def crashes_in(artifacts):
    """Returns the crashes of a target. Slow inputs are not crashes, because the machine may be busy."""
    return {path for path in artifacts.iterdir() if not path.name.startswith("slow-unit-")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="in all")
    parser.add_argument("--castui", type=pathlib.Path, default=ROOT / "target" / "debug" / "castui")
    parser.add_argument("--seed", type=int, default=random.randrange(1, 1 << 31), help="seed of the random numbers")
    options = parser.parse_args()
    targets = build()
    print(f"seed {options.seed}", flush=True)
    share, totals = options.seconds / (len(targets) + 1), [0, 0, 0]
    for name, binary in targets.items():
        figures = fuzz(name, binary, share, options.seed)
        totals = [total + figure for total, figure in zip(totals, figures)]
        print(f"{name:10} {figures[0]:6.0f} s {figures[1]:12,} executions {figures[2]:3} crashes", flush=True)
    print(f"{'all':10} {totals[0]:6.0f} s {totals[1]:12,} executions {totals[2]:3} crashes", flush=True)
    command = [sys.executable, HERE / "files.py", "--castui", options.castui, "--seconds", str(share)]
    files = subprocess.run([*command, "--seed", str(options.seed)], cwd=ROOT)
    sys.exit(totals[2] > 0 or files.returncode != 0)


if __name__ == "__main__":
    main()
