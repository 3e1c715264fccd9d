"""Compares castui with the official Python client, as whole processes on the same files, against a stub server.

    python benches/run.py --castui target/release/castui [--cells 20000] [--repeat 3] [--only NAME] [--large] [--readme benches/README.md]

Prints Markdown tables of medians and ratios. `--readme` writes them between the marks in that file; do not edit them by hand.
`--large` adds 200,000 cells, a file of 10 GB and a local reference of 100,000 cells. Instructions are counted if valgrind is
installed. `generate.py` writes the inputs to target/bench, where they are kept.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
INPUTS = ROOT / "target" / "bench"
# Names of layouts in the tables, and the options of `generate.py`.
LAYOUTS = {
    "csr": ["csr"],
    "csc": ["csc"],
    "dense": ["dense", "--dtype", "float64"],
    "lzf": ["csr", "--compression", "lzf"],
    "uncompressed": ["csr", "--compression", "none"],
    "10x": ["10x"],
    "large": ["dense", "--compression", "none"],
    "reference": ["csr", "--labelled"],
}
MARKS = ("<!-- made by `make bench` -->", "<!-- end -->")


@dataclasses.dataclass
class Figures:
    """The resources used by one process."""

    wall: float
    cpu: float
    peak_mb: float
    first_chunk: float = float("nan")
    bytes_a_cell: float = float("nan")


def measure(command, environment=None, log=None):
    """Runs a command to its end. `log` is the stub's log, with a line for each chunk."""
    before = log.stat().st_size if log else 0
    began = time.time()
    process = subprocess.Popen([str(word) for word in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} exited {process.returncode}\n{said.decode()}")
    figures = Figures(time.time() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    if log:
        lines = [line.split() for line in log.read_bytes()[before:].decode().splitlines()]
        figures.first_chunk = min(float(arrived) for arrived, _, _ in lines) - began
        figures.bytes_a_cell = sum(int(size) for _, size, _ in lines) / sum(int(cells) for _, _, cells in lines)
    return figures


def median(runs):
    fields = [field.name for field in dataclasses.fields(Figures)]
    return Figures(**{name: statistics.median(getattr(run, name) for run in runs) for name in fields})


class Bench:
    def __init__(self, options):
        self.options = options
        self.castui = pathlib.Path(options.castui).resolve()
        self.python = sys.executable
        self.analysis = options.analysis_python
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="runs-", dir=INPUTS))
        self.home = self.scratch / "home"
        self.home.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "CAS_API_TOKEN": "bench"}
        self.tables = []

    def input(self, layout, cells):
        name = f"{layout}-{cells}.{'h5' if layout == '10x' else 'h5ad'}"
        path = INPUTS / name
        if not path.exists():
            print(f"making {name}", file=sys.stderr, flush=True)
            unfinished = path.with_name("unfinished-" + name)
            command = [self.python, HERE / "generate.py", "--cells", str(cells), "--out", unfinished]
            subprocess.run([*command, "--layout", *LAYOUTS[layout]], check=True)
            unfinished.rename(path)
        return path

    @contextlib.contextmanager
    def stub(self, schema, delay=0):
        log = self.scratch / f"log-{time.time_ns()}"
        log.touch()
        command = [self.python, HERE / "stub_server.py", "--schema", schema, "--delay", str(delay), "--log", log]
        server = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        try:
            yield server.stdout.readline().strip(), log
        finally:
            server.kill()
            server.wait()

    def annotate(self, file, url, log, *arguments):
        folder = self.scratch / "run"
        shutil.rmtree(folder, ignore_errors=True)
        command = [self.castui, "annotate", file, "-o", folder, "--server", url, "--progress", "none", *arguments]
        return measure(command, self.environment, log)

    def instructions(self, *words):
        """Counts the instructions of castui, without child processes."""
        shutil.rmtree(self.scratch / "run", ignore_errors=True)
        counting = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        command = [str(word) for word in (*counting, self.castui, *words)]
        done = subprocess.run(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
        print(f"{words[0]}: {done.stderr.splitlines()[-1]}", file=sys.stderr, flush=True)
        return int(re.search(r"Collected : (\d+)", done.stderr)[1])

    def official(self, file, url, log):
        return measure([self.python, HERE / "official.py", file, url], None, log)

    def side_by_side(self, layout, cells):
        """Runs both clients alternately, so that other load on the machine affects both."""
        file, schema = self.input(layout, cells), self.input("csr", 1000)
        ours, theirs = [], []
        with self.stub(schema) as (url, log):
            for _ in range(self.options.repeat):
                ours.append(self.annotate(file, url, log))
                theirs.append(self.official(file, url, log))
                print(f"{layout} {cells}: {ours[-1]} {theirs[-1]}", file=sys.stderr, flush=True)
        return median(ours), median(theirs)

    def alone(self, layout, cells, *arguments, delay=0):
        file, schema = self.input(layout, cells), self.input("csr", 1000)
        with self.stub(schema, delay) as (url, log):
            runs = [self.annotate(file, url, log, *arguments) for _ in range(self.options.repeat)]
        print(f"{layout} {cells} {arguments} {delay}: {runs}", file=sys.stderr, flush=True)
        return median(runs)


def ratio(ours, theirs):
    return f"1 : {theirs / ours:.1f}"


def main_table(bench):
    cells = bench.options.cells
    ours, theirs = bench.side_by_side("csr", cells)
    rows = [
        ("wall", f"{ours.wall:.2f} s", f"{theirs.wall:.2f} s", ratio(ours.wall, theirs.wall), "1 : 12"),
        ("CPU", f"{ours.cpu:.2f} s", f"{theirs.cpu:.2f} s", ratio(ours.cpu, theirs.cpu), "1 : 5"),
        ("peak resident memory", f"{ours.peak_mb:.0f} MB", f"{theirs.peak_mb:.0f} MB", ratio(ours.peak_mb, theirs.peak_mb), "1 : 15"),
        (
            "uploaded a cell",
            f"{ours.bytes_a_cell:.0f} B",
            f"{theirs.bytes_a_cell:.0f} B",
            f"{ours.bytes_a_cell / theirs.bytes_a_cell:.2f} : 1",
            "0.70 : 1",
        ),
        ("first chunk on the wire after", f"{ours.first_chunk:.2f} s", f"{theirs.first_chunk:.2f} s", "", "0.3 s"),
    ]
    title = f"{cells:,} cells × 36,601 genes, compressed sparse rows, a server that answers at once"
    return table(title, ("", "castui", "official client", "ratio", "aim"), rows)


def layouts_table(bench):
    rows = []
    for layout, cells in [("dense", 2000), ("csc", 5000), ("lzf", 5000), ("uncompressed", 5000), ("10x", 5000)]:
        ours, theirs = bench.side_by_side(layout, cells)
        rows.append((layout, f"{cells:,}", f"{ours.wall:.2f} s", f"{theirs.wall:.2f} s", ratio(ours.wall, theirs.wall), "1 : 6"))
    return table("Other layouts, wall time", ("layout", "cells", "castui", "official client", "ratio", "aim"), rows)


def pipeline_table(bench):
    """Measures runs against a server that takes 200 ms per chunk, 15 chunks at a time. The lower bound is the larger of
    two times: that of a run with immediate answers, and the server's. The first limits chunks of 1,000 cells, the second
    chunks of 100."""
    cells, delay, at_a_time = 200_000, 0.2, 15
    rows = []
    for size in (1000, 100):
        busy = bench.alone("csr", cells, "--chunk-size", size).wall
        slow = bench.alone("csr", cells, "--chunk-size", size, delay=delay).wall
        thinking = cells / size / at_a_time * delay
        bound = max(busy, thinking)
        rows.append((f"{size:,}", f"{busy:.2f} s", f"{thinking:.2f} s", f"{slow:.2f} s", f"{slow / bound:.2f}", "1.10"))
    head = ("cells a chunk", "answered at once", "the server's time", "both", "of the larger", "aim")
    return table(f"{cells:,} cells, 200 ms a chunk, 15 chunks at a time", head, rows)


def start_table(bench):
    runs = [measure([bench.castui, "--version"], bench.environment) for _ in range(20)]
    size = bench.castui.stat().st_size / 1e6
    rows = [
        ("`castui --version`", f"{median(runs).wall * 1000:.1f} ms", "10 ms"),
        ("release binary", f"{size:.1f} MB", "25 MB"),
    ]
    return table("Start", ("", "", "aim"), rows)


def large_table(bench):
    small = bench.alone("csr", bench.options.cells)
    large = bench.alone("csr", 200_000)
    file = bench.input("large", 70_000)
    looks = [measure([bench.castui, "inspect", file], bench.environment) for _ in range(5)]
    look = median(looks)
    rows = [
        ("200,000 cells: wall", f"{large.wall:.1f} s", ""),
        ("… peak resident memory", f"{large.peak_mb:.0f} MB", f"{large.peak_mb / small.peak_mb:.2f} × that of {bench.options.cells:,} cells (aim 1.20)"),
        (f"`castui inspect` of {file.stat().st_size / 1e9:.1f} GB", f"{look.wall * 1000:.0f} ms, {look.peak_mb:.0f} MB", "aim 100 ms, 50 MB"),
    ]
    return table("Large files", ("", "", ""), rows)


def instructions_table(bench):
    """Counts instructions, which do not depend on load: of a start, of an inspection, and of each further cell of a run."""
    few, many = 1000, 5000
    schema = bench.input("csr", few)
    with bench.stub(schema) as (url, _):
        runs = [bench.instructions("annotate", bench.input("csr", cells), "-o", bench.scratch / "run", "--server", url) for cells in (few, many)]
    rows = [
        ("`castui --version`", f"{bench.instructions('--version') / 1e6:,.1f} million"),
        (f"`castui inspect` of {few:,} cells", f"{bench.instructions('inspect', schema) / 1e6:,.1f} million"),
        ("`castui annotate`, a cell", f"{(runs[1] - runs[0]) / (many - few) / 1e6:,.3f} million"),
    ]
    return table("Instructions (callgrind)", ("", ""), rows)


def service_table(bench):
    """Measures the local service on a reference of 100,000 cells in 50 dimensions: building the index, then a chunk."""
    reference, query = bench.input("reference", 100_000), bench.input("csr", 1000)
    token = bench.scratch / "token"
    token.touch(mode=0o600)
    token.write_text("bench")
    command = [bench.castui, "serve", "--bind", "127.0.0.1:0", "--token-file", token, "--reference", reference]
    index = reference.with_suffix(".castui-index")
    index.unlink(missing_ok=True)
    rows = []
    for what, aims in (("index made", "60 s, 1,000 MB"), ("index at hand", "")):
        began = time.time()
        server = subprocess.Popen([str(word) for word in command], env=bench.environment, stdout=subprocess.PIPE, text=True)
        try:
            url = next(line.strip() for line in server.stdout if line.startswith("http"))
            ready = time.time() - began
            folder = bench.scratch / "run"
            runs = []
            for _ in range(bench.options.repeat):
                shutil.rmtree(folder, ignore_errors=True)
                words = ["annotate", query, "-o", folder, "--server", url, "--progress", "json", "--token-file", token]
                runs.append(answer_time([bench.castui, *words], bench.environment))
            status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        finally:
            server.kill()
            server.wait()
        peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
        rows.append((f"ready, {what}", f"{ready:.1f} s, {peak:.0f} MB", aims))
    rows.append(("a chunk of 1,000 cells, k = 100", f"{statistics.median(runs):.2f} s", "1 s"))
    return table("`castui serve` on 100,000 reference cells × 50 dimensions", ("", "", "aim"), rows)


def clusters_table(bench):
    """Measures the way from a file to clusters and a map, compared with scanpy, whose functions are compiled before."""
    file, environment = bench.input("csr", bench.options.cells), dict(bench.environment)
    ours, theirs = [], []
    for _ in range(bench.options.repeat):
        out = bench.scratch / "clusters.csv"
        ours.append(measure([bench.castui, "cluster", file, "--force", "-o", out], environment))
        done = subprocess.run([bench.analysis, HERE / "scanpy_clusters.py", file], capture_output=True, text=True, check=True)
        theirs.append([float(word) for word in done.stdout.split()[-2:]])
    own, (seconds, megabytes) = median(ours), [statistics.median(column) for column in zip(*theirs)]
    rows = [
        ("wall", f"{own.wall:.1f} s", f"{seconds:.1f} s", f"{seconds / own.wall:.1f} × faster", "5"),
        ("peak resident memory", f"{own.peak_mb:.0f} MB", f"{megabytes:.0f} MB", f"1/{megabytes / own.peak_mb:.1f}", "1/5"),
    ]
    return table(f"`castui cluster` of {bench.options.cells:,} cells", ("", "castui", "scanpy, compiled", "ratio", "aim"), rows)


def answer_time(command, environment):
    """Returns the seconds between the last byte of the only chunk and its answer, from castui's events."""
    done = subprocess.run([str(word) for word in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    events = [json.loads(line) for line in done.stderr.splitlines()]
    at = {event["event"]: event["elapsed_seconds"] for event in events if "elapsed_seconds" in event}
    return at["stored"] - at["at_server"]


def table(title, head, rows):
    lines = [f"**{title}**", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} threads, {memory:.0f} GiB; {platform.system()} {platform.release().split('-')[0]}; cellarium-cas 1.8.0"


TABLES = {"main": main_table, "layouts": layouts_table, "pipeline": pipeline_table, "start": start_table, "instructions": instructions_table, "large": large_table, "service": service_table, "clusters": clusters_table}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--castui", required=True)
    parser.add_argument("--cells", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", action="append", choices=TABLES)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--analysis-python", type=pathlib.Path, help="a Python with scanpy, leidenalg and umap-learn")
    parser.add_argument("--readme", type=pathlib.Path)
    options = parser.parse_args()
    INPUTS.mkdir(parents=True, exist_ok=True)
    bench = Bench(options)
    try:
        left_out = [] if options.large else ["large", "service"]
        left_out += [] if shutil.which("valgrind") else ["instructions"]
        left_out += [] if options.analysis_python else ["clusters"]
        wanted = options.only or [name for name in TABLES if name not in left_out]
        parts = [f"Medians of {options.repeat} runs of whole processes, in turn, on {machine()}."]
        parts += [TABLES[name](bench) for name in wanted]
    finally:
        shutil.rmtree(bench.scratch, ignore_errors=True)
    text = "\n\n".join(parts)
    print(text)
    if options.readme:
        page = options.readme.read_text()
        before, rest = page.split(MARKS[0], 1)
        options.readme.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.split(MARKS[1], 1)[1]}")


if __name__ == "__main__":
    main()
