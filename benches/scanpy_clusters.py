"""Clusters and maps a file with scanpy, to be measured: `python benches/scanpy_clusters.py FILE`.

First runs all steps on a few cells, which compiles them. Prints the seconds of the steps on the whole file, and the peak
memory of the process in megabytes.
"""

import resource
import sys
import time
import warnings

import scanpy as sc

warnings.filterwarnings("ignore")


def analyze(adata):
    sc.pp.normalize_total(adata, target_sum=1e4)
    sc.pp.log1p(adata)
    sc.pp.highly_variable_genes(adata, n_top_genes=2000)
    sc.pp.pca(adata, n_comps=50)
    sc.pp.neighbors(adata, n_neighbors=15)
    sc.tl.leiden(adata, flavor="igraph", n_iterations=2, directed=False)
    sc.tl.umap(adata)


# More cells than scanpy compares exactly, so that the approximate search is compiled, too.
analyze(sc.read_h5ad(sys.argv[1])[:5000].copy())
began = time.time()
analyze(sc.read_h5ad(sys.argv[1]))
print(time.time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
