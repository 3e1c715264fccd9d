"""Measures the export of results, compared with the official client.

    python benches/results.py --castui target/release/castui [--cells 20000] [--many 1000000] [--scratch DIR]

Generates a file of realistic counts, annotates it with castui and a service that answers immediately, and measures the
export of the annotated .h5ad, then of `inferred_labels.csv` for a run of very many cells. Needs the Python of the official
client (see tests/python/interop.txt). Each program is measured as a process: wall time and peak resident memory.
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ONTOLOGY = HERE.parent / "assets/ontology/cell-ontology.json.zst"

OFFICIAL = """
import json, pathlib, sys, time
import anndata
from cellarium.cas import models
from cellarium.cas.postprocessing import ontology_aware as oa
from cellarium.cas.postprocessing.cell_ontology.cell_ontology_cache import CellOntologyCache

source, run, out, compression = sys.argv[1:]
run, clock = pathlib.Path(run), [time.perf_counter()]
adata = anndata.read_h5ad(source)
clock.append(time.perf_counter())
response = models.CellTypeOntologyAwareResults.model_validate_json((run / "ontology_response.json").read_text())
cl = CellOntologyCache(json.loads((run / "ontology_resource.json").read_text()))
oa.insert_cas_ontology_aware_response_into_adata(response, adata, cl, "cell_ontology")
oa.compute_most_granular_top_k_calls_single(adata, cl, 0.2, 3)
clock.append(time.perf_counter())
adata.write_h5ad(out, compression=None if compression == "none" else compression)
clock.append(time.perf_counter())
print(json.dumps([after - before for before, after in zip(clock, clock[1:])]))
"""


class Measured:
    """A finished program: its output, wall time in seconds, peak resident memory in MB."""

    def __init__(self, arguments, **environment):
        began = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, arguments)), stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        self.output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds = time.perf_counter() - began
        self.memory = used.ru_maxrss / 1024
        if process.returncode:
            sys.exit(f"{arguments[:2]} ended with {process.returncode}")

    def __str__(self):
        return f"{self.seconds:6.1f} s, {self.memory:5.0f} MB"


@contextlib.contextmanager
def service(schema):
    """Starts a service that answers immediately; returns its address."""
    arguments = [sys.executable, HERE / "stub_server.py", "--schema", schema, "--ontology", ONTOLOGY]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def annotated(options, name, *shape):
    """Returns a file of synthetic cells and its run."""
    source, run = options.scratch / f"{name}.h5ad", options.scratch / f"{name}.castui"
    if not source.exists():
        Measured([sys.executable, HERE / "generate.py", "--out", source, *shape])
    if not run.exists():
        with service(source) as address:
            asked = Measured(
                [options.castui, "annotate", source, "-o", run, "--progress", "none"],
                CAS_API_URL=address,
                CAS_API_TOKEN="none",
                HOME=str(options.scratch),
            )
        print(f"annotate {name}: {asked}", flush=True)
    return source, run


def copy(options):
    """Measures the annotated copy, and the official functions that write the same."""
    source, run = annotated(options, f"cells-{options.cells}", "--cells", options.cells)
    out = options.scratch / "out.h5ad"
    print(f"annotated .h5ad of {options.cells} cells, {source.stat().st_size / 1e6:.0f} MB:")
    ours = []
    for look in ("first time, answers not indexed", "again"):
        arguments = [options.castui, "export", run, "--format", "h5ad", "-o", out, "--force"]
        ours.append(Measured(arguments, HOME=str(options.scratch)))
        print(f"  castui export           {ours[-1]}  ({look})", flush=True)
    for compression in ("gzip", "none"):
        theirs = Measured([sys.executable, "-c", OFFICIAL, source, run, out, compression])
        read, insert, write = json.loads(theirs.output)
        parts = f"read {read:.1f} s, insert {insert:.1f} s, write_h5ad {write:.1f} s"
        print(f"  official, {compression + ' copy':14}{theirs}  ({parts})")
        print(f"    write_h5ad alone takes {write / ours[0].seconds:.1f} times as long as castui's first, "
              f"the whole path {theirs.seconds / ours[0].seconds:.1f} times", flush=True)


def labels(options):
    """Measures `inferred_labels.csv` of very many cells."""
    shape = ["--cells", options.many, "--genes", 300, "--per-cell", 20]
    _, run = annotated(options, f"cells-{options.many}", *shape)
    out = options.scratch / "inferred_labels.csv"
    for index in run.glob("index/*"):
        index.unlink()
    print(f"inferred_labels.csv of {options.many} cells:")
    for look in ("first time, answers not indexed", "again"):
        arguments = [options.castui, "export", run, "--format", "inferred-labels", "-o", out, "--force"]
        ours = Measured(arguments, HOME=str(options.scratch))
        print(f"  castui export           {ours}  ({look}; {out.stat().st_size / 1e6:.0f} MB)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--castui", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--cells", type=int, default=20_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--scratch", type=pathlib.Path, help="generated files are kept there and reused")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        options.scratch = (options.scratch or pathlib.Path(folder)).resolve()
        options.scratch.mkdir(parents=True, exist_ok=True)
        copy(options)
        labels(options)


if __name__ == "__main__":
    main()
