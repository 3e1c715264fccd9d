"""Measures how well inferred calls agree with those of a run of all cells (assets/inferred-calls.md).

    python benches/inference.py --castui target/release/castui [--cells 20000]

Generates mixtures of the demo's cells with noise, four batches and a rare type, annotates all of them and samples of them
with a local service, and infers the cells that the samples left out. Needs anndata, scikit-learn and zstandard.
"""

import argparse
import collections
import csv
import os
import pathlib
import subprocess
import tempfile

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.cluster import KMeans

from cell_ontology import Ontology

ROOT = pathlib.Path(__file__).resolve().parents[1]
RARE_SHARE = 0.005
TOKEN = "inference-token-5d20"


def mixtures(cells, path, random):
    """Writes a file of generated cells: each a random mixture of two cells of a type. Returns their types."""
    query = anndata.read_h5ad(ROOT / "assets" / "demo" / "query.h5ad")
    counts = query.X.toarray() if sp.issparse(query.X) else query.X
    labels = query.obs["bulk_labels"].astype(str).to_numpy()
    types, sizes = np.unique(labels, return_counts=True)
    rare = types[np.argmin(sizes)]
    shares = np.where(types == rare, 0, sizes) / sizes[types != rare].sum() * (1 - RARE_SHARE)
    shares[types == rare] = RARE_SHARE
    chosen = types[random.choice(len(types), cells, p=shares)]
    batches = random.integers(0, 4, cells)
    effects = np.exp(random.normal(0, 0.15, (4, counts.shape[1])))
    depth = np.log(counts.sum(1).mean())
    generated = np.zeros((cells, counts.shape[1]), np.float32)
    for cell in range(cells):
        one, other = random.choice(np.flatnonzero(labels == chosen[cell]), 2)
        weight = random.beta(1, 1)
        means = (weight * counts[one] + (1 - weight) * counts[other] + 0.02) * effects[batches[cell]]
        total = max(200, int(random.lognormal(depth, 0.3)))
        generated[cell] = random.multinomial(total, means / means.sum())
    obs = pd.DataFrame({"batch": batches.astype(str)}, index=[f"cell-{cell}" for cell in range(cells)])
    anndata.AnnData(sp.csr_matrix(generated), obs=obs, var=query.var).write_h5ad(path)
    return chosen, rare


def clusters(path):
    """Returns 20 clusters of the cells, for the baseline."""
    counts = anndata.read_h5ad(path).X.toarray()
    logs = np.log1p(counts / counts.sum(1, keepdims=True) * 1e4)
    centered = logs - logs.mean(0)
    _, _, axes = np.linalg.svd(centered[:4000], full_matrices=False)
    return KMeans(20, n_init=3, random_state=0).fit_predict(centered @ axes[:30].T)


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--castui", required=True)
    parser.add_argument("--cells", type=int, default=20_000)
    arguments = parser.parse_args()
    castui, ontology = str(pathlib.Path(arguments.castui).resolve()), Ontology()
    with tempfile.TemporaryDirectory(prefix="castui-inference-") as folder:
        folder = pathlib.Path(folder)
        types, rare = mixtures(arguments.cells, folder / "cells.h5ad", np.random.default_rng(1))
        cluster = clusters(folder / "cells.h5ad")
        token = folder / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        service = subprocess.Popen([castui, "serve", "--bind", "127.0.0.1:0", "--token-file", token],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
        server = ["--server", service.stdout.readline().strip(), "--token-file", str(token), "--progress", "none"]

        def run(*words):
            subprocess.run([castui, *words], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)

        rule = ["--call-rule", "best-path"]
        run("annotate", "cells.h5ad", "-o", "all.castui", *server)
        run("export", "all.castui", "--format", "csv", "-o", "all.csv", "--top-k", "1", *rule)
        known = {row["row"]: row["cas_cell_type_name_1"] for row in rows(folder / "all.csv")}
        print("sample  by      agreement  majority of clusters  rare cells sent")
        for size in ("5%", "10%", "20%", "50%"):
            # Batches do not depend on the type, so a sample by batch is random.
            for by in ("sketch", "batch"):
                name = f"{by}{size[:-1]}"
                run("annotate", "cells.h5ad", "--sample", size, "--by", by, "-o", f"{name}.castui", *server)
                run("infer", f"{name}.castui", "-o", f"{name}.csv", *rule)
                cells = rows(folder / f"{name}.csv")
                sent = [cell for cell in cells if cell["castui_source"] == "annotated"]
                inferred = [cell for cell in cells if cell["castui_source"] == "inferred"]
                agreement = np.mean([ontology.same_branch(cell["castui_cell_type_id"], known[cell["row"]]) for cell in inferred])
                votes = collections.defaultdict(collections.Counter)
                for cell in sent:
                    votes[cluster[int(cell["row"])]][cell["castui_cell_type_id"]] += 1
                majority = {group: counter.most_common(1)[0][0] for group, counter in votes.items()}
                baseline = np.mean([
                    ontology.same_branch(majority.get(cluster[int(cell["row"])], ""), known[cell["row"]]) for cell in inferred
                ])
                found = sum(types[int(cell["row"])] == rare for cell in sent)
                print(f"{size:>6}  {by:<6}  {agreement:>9.3f}  {baseline:>20.3f}  {found} of {(types == rare).sum()}", flush=True)
        service.terminate()


if __name__ == "__main__":
    main()
