"""Measures marker genes and the expression of single genes, compared with scanpy.

    python benches/markers.py --castui target/release/castui --scratch DIR [--python PYTHON] [--cells 20000] [--many 250000]

Generates a file of realistic counts with 20 groups of cells, and measures `castui markers` from the file to the CSV against
scanpy's read, normalization and t-test (PYTHON has scanpy 1.11, see tests/python/scanpy.txt). With --many, measures one pass
over a file of that many cells, too. Each program is measured as a process: wall time and peak resident memory, the best
of three (scanpy's Wilcoxon test once).
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time

import h5py

HERE = pathlib.Path(__file__).parent
GROUPS = 20

SCANPY = """
import sys
import scanpy as sc
data = sc.read_h5ad(sys.argv[1])
sc.pp.normalize_total(data, target_sum=1e4)
sc.pp.log1p(data)
sc.tl.rank_genes_groups(data, "leiden", method=sys.argv[2], **({"tie_correct": True} if sys.argv[2] == "wilcoxon" else {}))
"""


def measured(arguments, times=3):
    """Runs a program several times; returns the least wall time in seconds and peak memory in MB."""
    best = []
    for _ in range(times):
        began = time.perf_counter()
        process = subprocess.Popen(list(map(str, arguments)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{arguments[:2]} ended with {process.returncode}")
        best.append((time.perf_counter() - began, used.ru_maxrss / 1024))
    return min(seconds for seconds, _ in best), min(memory for _, memory in best)


def generated(options, cells):
    """Returns a file of synthetic cells in 20 groups."""
    path = options.scratch / f"markers-{cells}.h5ad"
    if not path.exists():
        arguments = ["--cells", cells, "--layout", "csr", "--out", path]
        subprocess.run([sys.executable, HERE / "generate.py", *map(str, arguments)], check=True)
        with h5py.File(path, "r+") as file:
            column = file["obs/leiden"]
            column["codes"][:] = column["codes"][:] % GROUPS
            names = column["categories"][:GROUPS]
            attributes = dict(column["categories"].attrs)
            del column["categories"]
            column.create_dataset("categories", data=names, dtype=h5py.string_dtype()).attrs.update(attributes)
    return path


def report(what, ours, theirs=None):
    line = f"{what}: castui {ours[0]:.2f} s, {ours[1]:.0f} MB"
    if theirs:
        line += f"; scanpy {theirs[0]:.2f} s, {theirs[1]:.0f} MB"
        line += f"; {theirs[0] / ours[0]:.1f} x faster, 1/{theirs[1] / ours[1]:.1f} of the memory"
    print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--castui", required=True, type=pathlib.Path)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--python", help="a Python with scanpy; without it only castui is measured")
    parser.add_argument("--cells", type=int, default=20_000)
    parser.add_argument("--many", type=int, default=0, help="also measure one pass over this many cells")
    options = parser.parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    out = options.scratch / "markers.csv"
    for cells in [options.cells, *([options.many] if options.many else [])]:
        path = generated(options, cells)
        for method in ["t-test"] + (["wilcoxon"] if cells == options.cells else []):
            command = [options.castui, "markers", path, "--by", "leiden", "--method", method, "-o", out, "--force"]
            ours = measured(command)
            compares = options.python and cells == options.cells
            theirs = measured([options.python, "-c", SCANPY, path, method], 1 if method == "wilcoxon" else 3) if compares else None
            report(f"{method} of {GROUPS} groups, {cells} cells", ours, theirs)


if __name__ == "__main__":
    main()
