"""Writes what scanpy computes for the demo's reference and for generated counts, as the values that castui must equal.

    python tests/parity/analysis.py tests/parity/golden/analysis.json

The matrices are read or made here and in tests/analysis.rs by the same rules. Requires the packages of
tests/python/scanpy.in.
"""

import json
import pathlib
import sys
import warnings

import anndata
import numpy as np
import scanpy as sc
import scipy.sparse as sp
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.neighbors import NearestNeighbors

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
NEIGHBORS = 14
COMPONENTS = 20
SHOWN = 40


def generated(cells, genes):
    """Returns counts of five kinds of cells, made by integer arithmetic only. The last two genes are copies of others."""
    i, j = np.meshgrid(np.arange(cells, dtype=np.uint64), np.arange(genes, dtype=np.uint64), indexing="ij")
    j = np.where(j >= genes - 2, j - np.uint64(genes - 12), j)
    noise = (i * np.uint64(2654435761) + j * np.uint64(40503) + (i * j) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    noise = ((noise ^ (noise >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    noise = (noise ^ (noise >> np.uint64(13))) % np.uint64(1000)
    level = 1 + (j * j) % np.uint64(7) + np.where((i % np.uint64(5)) == (j % np.uint64(5)), j % np.uint64(23), 0)
    return np.where(noise < level * np.uint64(40), 1 + noise % level, 0).astype(np.float32)


def values(counts, n_top_genes):
    data = anndata.AnnData(sp.csr_matrix(counts))
    sc.pp.normalize_total(data, target_sum=1e4)
    sc.pp.log1p(data)
    sc.pp.highly_variable_genes(data, n_top_genes=n_top_genes, flavor="seurat")
    sc.pp.pca(data, n_comps=COMPONENTS, random_state=0)
    norm = data.var["dispersions_norm"].to_numpy()
    order = np.argsort(-np.nan_to_num(norm, nan=-np.inf), kind="stable")
    selected = np.flatnonzero(data.var["highly_variable"])
    _, nearest = NearestNeighbors(n_neighbors=NEIGHBORS + 1, algorithm="brute").fit(data.obsm["X_pca"]).kneighbors()
    scaled = data[:, selected].copy()
    sc.pp.scale(scaled, max_value=10)
    clipped = int((scaled.X >= 10).sum())
    sc.pp.pca(scaled, n_comps=COMPONENTS, mask_var=None)
    rounded = lambda values: [float(f"{value:.9g}") for value in np.asarray(values, dtype=float).ravel()]
    return {
        "selected": selected.tolist(),
        "order": order[: np.isfinite(norm).sum()].tolist(),
        "means": rounded(data.var["means"][:SHOWN]),
        "dispersions_norm": rounded(np.nan_to_num(norm[:SHOWN])),
        "clipped": clipped,
        "variances_scaled": rounded(scaled.uns["pca"]["variance"]),
        "variances": rounded(data.uns["pca"]["variance"]),
        "loadings": rounded(data.varm["PCs"][selected]),
        "neighbors": [row[row != cell][:NEIGHBORS].tolist() for cell, row in enumerate(nearest)][:SHOWN],
    }


def main():
    demo = anndata.read_h5ad(ROOT / "assets" / "demo" / "reference.h5ad")
    found = {
        "scanpy": sc.__version__,
        "demo": values(demo.X.toarray() if sp.issparse(demo.X) else demo.X, 150),
        "generated": values(generated(400, 500), 120),
    }
    residuals = generated(60, 20)[:, :8].astype(float)
    residuals -= residuals.mean(axis=0)
    found["ledoit_wolf"] = float(ledoit_wolf_shrinkage(residuals, assume_centered=True))
    pathlib.Path(sys.argv[1]).write_text(json.dumps(found) + "\n")


main()
