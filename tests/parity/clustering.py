"""Compares `castui cluster` with scanpy, leidenalg and umap-learn on generated counts.

    python tests/parity/clustering.py --castui target/debug/castui

`make parity` runs it. scanpy analyzes the same counts with the same parameters. castui's clusters must have 0.99 times the
quality of leidenalg's on scanpy's graph; clusters of different seeds must agree as well as leidenalg's; and the
trustworthiness of castui's map (k = 15) may be 0.01 below that of umap-learn's. Exits with 1 otherwise.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import warnings

import anndata
import igraph
import leidenalg
import numpy as np
import pandas as pd
import scanpy as sc
import scipy.sparse as sp
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_rand_score

warnings.filterwarnings("ignore")
CELLS, GENES, TYPES, SEEDS = 800, 600, 6, 3
PARAMETERS = {"n_top_genes": 200, "n_pcs": 20, "n_neighbors": 15}


def counts():
    """Returns counts of cells of several types, some of them between two types."""
    rng = np.random.default_rng(3)
    profiles = rng.gamma(0.4, 1.0, (TYPES, GENES))
    types = rng.integers(0, TYPES, CELLS)
    share = np.where(rng.random(CELLS) < 0.15, rng.random(CELLS), 1.0)[:, None]
    rates = share * profiles[types] + (1 - share) * profiles[(types + 1) % TYPES]
    rates *= rng.lognormal(0.0, 0.3, (CELLS, 1)) * 1500 / rates.sum(1, keepdims=True)
    adata = anndata.AnnData(sp.csr_matrix(rng.poisson(rates).astype(np.float32)))
    adata.obs_names = [f"cell-{n}" for n in range(CELLS)]
    adata.var_names = [f"ENSG{n:011}" for n in range(GENES)]
    return adata


def cluster(castui, file, folder, seed):
    """Returns castui's clusters and map."""
    table = folder / f"clusters-{seed}.csv"
    options = [word for name, value in PARAMETERS.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    subprocess.run([castui, "cluster", file, *options, "--random-state", str(seed), "-o", table], check=True, capture_output=True)
    found = pd.read_csv(table)
    assert list(found["cell"]) == [f"cell-{n}" for n in range(CELLS)], "the cells are in another order"
    return found["cluster"].to_numpy(), found[["UMAP1", "UMAP2"]].to_numpy()


def analyze(adata):
    """Makes scanpy's principal components and graph."""
    sc.pp.normalize_total(adata, target_sum=1e4)
    sc.pp.log1p(adata)
    sc.pp.highly_variable_genes(adata, n_top_genes=PARAMETERS["n_top_genes"])
    sc.pp.pca(adata, n_comps=PARAMETERS["n_pcs"])
    sc.pp.neighbors(adata, n_neighbors=PARAMETERS["n_neighbors"])


def agreement(clusterings):
    return np.mean([adjusted_rand_score(a, b) for n, a in enumerate(clusterings) for b in clusterings[:n]])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--castui", type=pathlib.Path, required=True)
    castui = parser.parse_args().castui.resolve()
    adata = counts()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        adata.write_h5ad(folder / "cells.h5ad")
        ours = [cluster(castui, folder / "cells.h5ad", folder, seed) for seed in range(SEEDS)]
    analyze(adata)
    upper = sp.triu(adata.obsp["connectivities"]).tocoo()
    graph = igraph.Graph(n=CELLS, edges=list(zip(upper.row.tolist(), upper.col.tolist())))
    method, weights = leidenalg.RBConfigurationVertexPartition, upper.data.tolist()
    theirs = [leidenalg.find_partition(graph, method, weights=weights, n_iterations=-1, seed=seed).membership for seed in range(SEEDS)]

    def quality(clusters):
        return method(graph, initial_membership=[int(cluster) for cluster in clusters], weights=weights).quality()

    def trust(points):
        return trustworthiness(adata.obsm["X_pca"], points, n_neighbors=15)

    maps = [sc.tl.umap(adata, random_state=seed, copy=True).obsm["X_umap"] for seed in range(SEEDS)]
    checks = [
        ("quality of clusters", np.mean([quality(clusters) for clusters, _ in ours]), 0.99 * np.mean([quality(clusters) for clusters in theirs])),
        ("agreement between seeds", agreement([clusters for clusters, _ in ours]), agreement(theirs) - 0.02),
        ("trustworthiness of maps", np.mean([trust(points) for _, points in ours]), np.mean([trust(points) for points in maps]) - 0.01),
    ]
    for name, found, least in checks:
        print(f"{name}: {found:.4f}, at least {least:.4f} is needed")
    sys.exit(0 if all(found >= least for _, found, least in checks) else 1)


if __name__ == "__main__":
    main()
