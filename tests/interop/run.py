"""Compares castui with the official Python client, on the same files and the same local service.

    python tests/interop/run.py --castui target/debug/castui [--newest PYTHON]

Shows that
1. the official client completes every operation against `castui serve`, and castui's answers equal its answers;
2. castui uploads the same chunks as the official client, and no other data of the user;
3. a run killed at any time is resumed without sending a stored chunk again, and ends with the same answers;
4. if a chunk is refused permanently, the others are stored, and `resume` completes the run;
5. a folder that the official client wrote is exported again byte by byte.

`--newest` names a Python with the newest anndata, which then reads castui's chunks too.
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings

import anndata
import numpy as np
import scipy.sparse as sp

from recorder import Recorder

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
QUERY = ROOT / "assets" / "demo" / "query.h5ad"
TOKEN = "interop-token-9c1f"
passed = 0


def check(holds, what):
    global passed
    if not holds:
        sys.exit(f"FAILED: {what}")
    passed += 1
    print(f"ok {passed} - {what}", flush=True)


class Castui:
    """The program under test, in a separate home folder."""

    def __init__(self, program, home):
        self.program, self.home = str(pathlib.Path(program).resolve()), home
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "CAS_API_TOKEN": TOKEN,
        }

    def run(self, *arguments, expect=0, **options):
        ended = subprocess.run([self.program, *map(str, arguments)], env=self.env, capture_output=True, text=True, **options)
        if expect is not None and ended.returncode != expect:
            sys.exit(f"FAILED: castui {' '.join(map(str, arguments))} exited {ended.returncode}, not {expect}\n{ended.stderr}")
        if TOKEN in ended.stdout + ended.stderr:
            sys.exit("FAILED: the token was printed")
        return ended

    def start(self, *arguments, **options):
        return subprocess.Popen([self.program, *map(str, arguments)], env=self.env, **options)

    @contextlib.contextmanager
    def serve(self, *arguments):
        token = self.home / "token"
        token.write_text(TOKEN)
        server = self.start("serve", "--bind", "127.0.0.1:0", "--token-file", token, *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            for line in server.stdout:
                found = re.search(r"http://127\.0\.0\.1:\d+", line)
                if found:
                    yield found.group(0)
                    break
            else:
                sys.exit("FAILED: castui serve did not say where it listens")
        finally:
            server.send_signal(signal.SIGINT)
            check(server.wait(timeout=20) in (0, 130), "castui serve stops cleanly")


def official_client(url):
    from cellarium.cas.client import CASClient

    with contextlib.redirect_stdout(io.StringIO()):
        return CASClient(api_token=TOKEN, api_url=url)


def quietly(function, *arguments, **options):
    with contextlib.redirect_stdout(io.StringIO()):
        return function(*arguments, **options)


def without_none(value):
    """Removes the optional fields without a value, which the client's models dump as None."""
    if isinstance(value, dict):
        return {key: without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_none(inner) for inner in value]
    return value


def compare_answers(castui, url, scratch):
    from cellarium.cas import constants
    from cellarium.cas.models import CellTypeOntologyAwareResults

    client = official_client(url)
    path = str(QUERY)

    theirs = quietly(client.annotate_matrix_cell_type_ontology_aware_strategy, matrix=path)
    castui.run("annotate", QUERY, "-o", scratch / "aware", "--server", url)
    text = (scratch / "aware" / "ontology_response.json").read_text()
    ours = CellTypeOntologyAwareResults.model_validate_json(text)
    cells = len(theirs.data)
    check(ours.model_dump() == theirs.model_dump() | {"model_name": ours.model_name}, f"ontology-aware: {cells} cells equal, value by value")

    theirs = quietly(client.annotate_matrix_cell_type_summary_statistics_strategy, matrix=path)
    castui.run("annotate", QUERY, "-o", scratch / "summary", "--strategy", "summary-statistics", "--server", url)
    ours = json.loads((scratch / "summary" / "summary_statistics_response.json").read_text())
    check(ours["data"] == without_none(theirs.model_dump())["data"], f"summary statistics: {cells} cells equal, value by value")

    theirs = quietly(client.search_matrix, matrix=path)
    castui.run("search", QUERY, "-o", scratch / "search", "--server", url)
    ours = json.loads((scratch / "search" / "search_response.json").read_text())
    check(ours["data"] == theirs.model_dump()["data"], f"search: {cells} cells equal, value by value")

    ids = sorted({int(match.cas_cell_index) for cell in theirs.data for match in cell.neighbors})[:200]
    # Client 1.8.0 cannot send the enum: it is not JSON serializable.
    features = [feature.value for feature in constants.CellMetadataFeatures]
    theirs = quietly(client.query_cells_by_ids, cell_ids=ids, metadata_feature_names=features)
    listed = castui.run("cells", "--json", "--server", url, "--from", "-", input="\n".join(map(str, ids)))
    ours = {cell["cas_cell_index"]: without_none(cell) for cell in json.loads(listed.stdout)}
    expected = {cell["cas_cell_index"]: cell for cell in without_none(theirs.model_dump())["data"]}
    check(ours == expected, f"cell query: {len(ids)} cells equal in all {len(features)} features")


def read_chunk(path_or_bytes, scratch):
    if isinstance(path_or_bytes, bytes):
        path = scratch / "chunk.h5ad"
        path.write_bytes(path_or_bytes)
    else:
        path = path_or_bytes
    return anndata.read_h5ad(path)


def same_chunk(ours, theirs, rows):
    """Returns whether counts, genes and totals are equal. Our cells are named by row, theirs by cell name."""
    counts, expected = sp.csr_matrix(ours.X), sp.csr_matrix(theirs.X)
    expected.eliminate_zeros()
    return (
        isinstance(ours.X, sp.csr_matrix)
        and ours.X.dtype == np.float32
        and bool(ours.X.has_sorted_indices)
        and ours.X.indices.dtype == np.int32
        and counts.shape == expected.shape
        and (counts != expected).nnz == 0
        and list(ours.var_names) == list(theirs.var_names)
        and ours.obs["total_mrna_umis"].dtype == np.float32
        and np.array_equal(ours.obs["total_mrna_umis"].values, theirs.obs["total_mrna_umis"].values.astype(np.float32))
        and list(ours.obs_names) == [str(row) for row in rows]
    )


def inputs(scratch):
    """Yields files that the official client handles correctly, in several layouts."""
    query = anndata.read_h5ad(QUERY)
    folder = scratch / "inputs"
    folder.mkdir()
    yield "the demo's query file", QUERY, {}
    shuffled = query[:, np.random.default_rng(1).permutation(query.n_vars)].copy()
    shuffled.write_h5ad(folder / "shuffled.h5ad")
    yield "genes in another order", folder / "shuffled.h5ad", {}
    columns = query.copy()
    columns.X = sp.csc_matrix(columns.X)
    columns.write_h5ad(folder / "csc.h5ad", compression="gzip")
    yield "stored by column", folder / "csc.h5ad", {}
    lzf = query.copy()
    lzf.X = lzf.X.astype(np.float64)
    lzf.write_h5ad(folder / "lzf.h5ad", compression="lzf")
    yield "float64, lzf", folder / "lzf.h5ad", {}
    # With genes in schema order, the official client would ignore the column and send the index unchanged.
    named = query[:, ::-1].copy()
    named.var["gene_ids"] = named.var_names.values
    named.var_names = [f"gene{place}" for place in range(named.n_vars)]
    named.write_h5ad(folder / "named.h5ad")
    yield "ids in a column", folder / "named.h5ad", {"feature_ids_column_name": "gene_ids"}
    raw = query.copy()
    raw.raw = raw.copy()
    raw.X = np.log1p(sp.csr_matrix(raw.X))
    raw.write_h5ad(folder / "raw.h5ad")
    yield "counts in raw.X", folder / "raw.h5ad", {"count_matrix_input": "raw.X"}
    extra = anndata.concat([query, query.copy()], axis=1, join="outer", merge="first")
    extra.var_names = list(query.var_names) + [f"ENSG9{place:010}" for place in range(query.n_vars)]
    extra = extra[:, 100:].copy()
    extra.obs = query.obs.copy()
    extra.write_h5ad(folder / "extra.h5ad", compression="gzip")
    yield "extra and missing genes", folder / "extra.h5ad", {}


def compare_chunks(castui, url, scratch, newest):
    from cellarium.cas import constants

    for number, (what, path, options) in enumerate(inputs(scratch)):
        theirs, ours = Recorder(url), Recorder(url)
        client = official_client(theirs.url)
        asked = dict(options)
        if "count_matrix_input" in asked:
            asked["count_matrix_input"] = constants.CountMatrixInput(asked["count_matrix_input"])
        quietly(client.annotate_matrix_cell_type_ontology_aware_strategy, matrix=str(path), chunk_size=100, **asked)
        # castui detects the matrix and the ids.
        castui.run("annotate", path, "-o", scratch / f"chunks{number}", "--chunk-size", 100, "--server", ours.url)
        expected = sorted((read_chunk(file, scratch) for _, _, file in theirs.uploads), key=lambda chunk: -chunk.n_obs)
        order = list(anndata.read_h5ad(path).obs_names)
        expected = {order.index(chunk.obs_names[0]): chunk for chunk in expected}
        found = {int((chunk := read_chunk(file, scratch)).obs_names[0]): chunk for _, _, file in ours.uploads}
        same = set(found) == set(expected) and all(
            same_chunk(found[first], expected[first], range(first, first + expected[first].n_obs)) for first in found
        )
        check(same, f"{what}: {len(found)} chunks equal those of the official client")
        chunk = next(iter(found.values()))
        alone = list(chunk.obs.columns) == ["total_mrna_umis"] and not chunk.obsm and not chunk.uns and chunk.raw is None
        check(alone, f"{what}: nothing else leaves the machine")
        sizes = [sum(len(file) for _, _, file in side.uploads) for side in (ours, theirs)]
        print(f"# {what}: {sizes[0]} bytes sent, {sizes[1]} by the official client", flush=True)
        if newest:
            read_by_newest(newest, ours.uploads[0][2], found, scratch)
        ours.close()
        theirs.close()


def read_by_newest(python, image, found, scratch):
    (scratch / "newest.h5ad").write_bytes(image)
    script = (
        "import anndata, json, sys; a = anndata.read_h5ad(sys.argv[1]);"
        "print(json.dumps([anndata.__version__, type(a.X).__name__, str(a.X.dtype), float(a.X.sum()),"
        " list(a.obs_names), a.obs['total_mrna_umis'].tolist(), list(a.var_names), bool(a.X.has_sorted_indices)]))"
    )
    told = json.loads(subprocess.run([python, "-c", script, str(scratch / "newest.h5ad")], check=True, capture_output=True, text=True).stdout)
    chunk = found[int(told[4][0])]
    same = (
        told[1] == "csr_matrix"
        and told[2] == "float32"
        and told[3] == float(chunk.X.sum())
        and told[5] == chunk.obs["total_mrna_umis"].tolist()
        and told[6] == list(chunk.var_names)
        and told[7]
    )
    check(same, f"anndata {told[0]} reads the same from a chunk")


def uploads_by_first_cell(recorder, scratch):
    return [int(read_chunk(file, scratch).obs_names[0]) for _, _, file in recorder.uploads]


def stored_chunks(folder):
    answers = folder / "answers"
    names = os.listdir(answers) if answers.exists() else []
    return {int(name[6:12]) for name in names if re.fullmatch(r"chunk-\d{6}\.zst", name)}


def kill_and_resume(castui, url, scratch, times=20):
    chunk = 10
    folder = scratch / "undisturbed"
    began = time.monotonic()
    castui.run("annotate", QUERY, "-o", folder, "--chunk-size", chunk, "--server", url)
    took = time.monotonic() - began
    expected = (folder / "ontology_response.json").read_text()
    dice = random.Random(20)
    stored_at_kill, resumed = [], 0
    for turn in range(times):
        folder = scratch / f"killed{turn}"
        victim = castui.start("annotate", QUERY, "-o", folder, "--chunk-size", chunk, "--max-requests", 3, "--server", url, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.15, 1.0) * took)
        victim.kill()
        victim.wait()
        before = stored_chunks(folder)
        stored_at_kill.append(len(before))
        recorder = Recorder(url)
        if (folder / "run.json").exists():
            castui.run("resume", folder, "--server", recorder.url)
            resumed += 1
        else:
            castui.run("annotate", QUERY, "-o", folder, "--chunk-size", chunk, "--server", recorder.url)
        sent = {first // chunk for first in uploads_by_first_cell(recorder, scratch)}
        recorder.close()
        if sent & before:
            sys.exit(f"FAILED: chunks {sorted(sent & before)} were stored and sent again")
        if (folder / "ontology_response.json").read_text() != expected:
            sys.exit(f"FAILED: kill {turn}: the answers differ from those of an undisturbed run")
    check(True, f"killed {times} times with {stored_at_kill} of 23 chunks stored; resumed {resumed}: same answers, none sent twice")


def one_chunk_refused(castui, url, scratch):
    folder = scratch / "refused"
    recorder = Recorder(url)
    recorder.break_chunk(3, 403)
    ended = castui.run("annotate", QUERY, "-o", folder, "--chunk-size", 20, "--max-requests", 2, "--server", recorder.url, expect=7)
    check(len(stored_chunks(folder)) == 11 and "resume" in ended.stderr, "a chunk refused with 403 leaves 11 of 12 stored, exit 7")
    sent = len(recorder.uploads)
    castui.run("resume", folder, "--server", recorder.url)
    check(len(recorder.uploads) == sent + 1 and len(stored_chunks(folder)) == 12, "resume sends the one that is missing")
    undisturbed = (scratch / "undisturbed" / "ontology_response.json").read_text()
    check((folder / "ontology_response.json").read_text() == undisturbed, "and the answers are those of an undisturbed run")
    recorder.close()


def strange_names(path):
    """Writes the query with cell names that JSON must escape, or that differ in length as text and as bytes."""
    adata = anndata.read_h5ad(QUERY)
    strange = ["é-1", "細胞 2", "😀", 'quote "3"', "back\\slash", "tab\there", "line\nbreak", "\x7f\x1b[31m", "</script>", "'=1+1", "a/b", "e\u0301"]
    adata.obs_names = strange + list(adata.obs_names[len(strange) :])
    adata.write_h5ad(path)
    return path


def write_official(folder, response, name, metadata, resource):
    """Writes a folder as the `annotate` command of client 1.8.1 does (cellarium/cas/cli/_io.py)."""
    folder.mkdir()
    (folder / name).write_text(response.model_dump_json(), encoding="utf-8")
    with open(folder / "metadata.json", "w") as out:
        json.dump(metadata, out, indent=2)
    if resource is not None:
        with open(folder / "ontology_resource.json", "w") as out:
            json.dump(resource, out)


def official_folders(castui, url, scratch):
    client = official_client(url)
    path = str(strange_names(scratch / "strange.h5ad"))
    answers = {
        "ontology_response.json": client.annotate_matrix_cell_type_ontology_aware_strategy,
        "summary_statistics_response.json": client.annotate_matrix_cell_type_summary_statistics_strategy,
        "search_response.json": client.search_matrix,
    }
    for number, (name, ask) in enumerate(answers.items()):
        response = quietly(ask, matrix=path)
        resource_name, resource = None, None
        if name == "ontology_response.json":
            resource_name = client._resolve_ontology_resource_name(response.model_name)
            resource = client.cas_api_service.get_cell_ontology_resource(resource_name)
        metadata = {
            "input_path": path,
            "model_name": getattr(response, "model_name", None),
            "n_cells": len(response.data),
            "ontology_resource_name": resource_name,
        }
        theirs, ours = scratch / f"theirs-{number}", scratch / f"again-{number}"
        write_official(theirs, response, name, metadata, resource)
        castui.run("export", theirs, "--format", "official", "-o", ours)
        for file in theirs.iterdir():
            check((ours / file.name).read_bytes() == file.read_bytes(), f"{name}: {file.name} of the official client is exported byte by byte")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--castui", required=True)
    parser.add_argument("--newest")
    options = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="castui-interop-"))
    home = scratch / "home"
    home.mkdir()
    castui = Castui(options.castui, home)
    try:
        with castui.serve("--weekly-quota", 10_000_000, "--lifetime-quota", 10_000_000) as url:
            compare_answers(castui, url, scratch)
            compare_chunks(castui, url, scratch, options.newest)
            official_folders(castui, url, scratch)
            kill_and_resume(castui, url, scratch)
            one_chunk_refused(castui, url, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"\n{passed} passed, 0 failed")


if __name__ == "__main__":
    main()
