"""Checks the marker genes of an annotated .h5ad: ranked.py ANNOTATED TABLE

`uns["rank_genes_groups"]` of ANNOTATED must equal the rows of TABLE, which `castui markers` would write. Any version of
anndata reads it; if scanpy is installed, its `get.rank_genes_groups_df` must return the same.
"""

import sys
import warnings

import anndata
import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")


def main():
    data, table = anndata.read_h5ad(sys.argv[1]), pd.read_csv(sys.argv[2], keep_default_na=False, float_precision="round_trip")
    ranked = data.uns["rank_genes_groups"]
    assert dict(ranked["params"], use_raw=None) == {
        "groupby": "louvain",
        "reference": "rest",
        "method": "t-test",
        "corr_method": "benjamini-hochberg",
        "use_raw": None,
    }, ranked["params"]
    assert not ranked["params"]["use_raw"]
    groups = list(dict.fromkeys(table["group"].astype(str)))
    assert list(ranked["names"].dtype.names) == groups, ranked["names"].dtype
    for group, rows in table.groupby(table["group"].astype(str), sort=False):
        assert [str(name) for name in ranked["names"][group]] == list(rows["names"]), group
        for key, kind in (("scores", "f4"), ("logfoldchanges", "f4"), ("pvals", "f8"), ("pvals_adj", "f8")):
            assert ranked[key][group].dtype == kind, key
            assert np.array_equal(ranked[key][group], rows[key].to_numpy(kind)), (group, key)
    try:
        import scanpy as sc
    except ImportError:
        return
    frame = sc.get.rank_genes_groups_df(data, group=None)
    assert list(frame["names"]) == list(table["names"]) and list(frame["group"].astype(str)) == list(table["group"].astype(str))
    assert np.allclose(frame["pvals_adj"], table["pvals_adj"], rtol=1e-12, atol=0)


if __name__ == "__main__":
    main()
