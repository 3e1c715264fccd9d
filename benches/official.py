"""Runs one annotation with the official client, to be measured: `python benches/official.py FILE.h5ad URL`. Prints the
duration of the imports, so that they can be subtracted."""

import sys
import time

began = time.time()

import anndata  # noqa: E402
import scanpy  # noqa: E402, F401  (what a notebook imports too)
from cellarium.cas.client import CASClient  # noqa: E402

print(f"imported {time.time() - began:.2f}", flush=True)

file, url = sys.argv[1:]
if file.endswith(".h5"):
    adata = scanpy.read_10x_h5(file, gex_only=False)
    adata.var_names = adata.var["gene_ids"]
else:
    adata = anndata.read_h5ad(file)
client = CASClient(api_token="bench", api_url=url)
answers = client.annotate_matrix_cell_type_ontology_aware_strategy(matrix=adata, chunk_size=1000)
assert len(answers.data) == adata.shape[0]
