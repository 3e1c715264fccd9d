"""Checks an annotated .h5ad: h5ad.py SOURCE ANNOTATED FOLDER

Every object of the source must be in the annotated file with the same values, type, attributes and compression (except
the column order of obs). If the official functions are installed, scores, metadata and calls must equal their results
for FOLDER/ontology_response.json. Otherwise anndata must at least read the file.
"""

import json
import pathlib
import sys
import warnings

import anndata
import flags
import h5py
import numpy as np

warnings.filterwarnings("ignore")


def same_storage(source, annotated):
    """Compares all objects of the source with those of the same name in the annotated file."""
    count = 0

    def attributes(name, item):
        """Returns the attributes, with references replaced by the name of their target."""
        read = lambda value: item.file[value].name if isinstance(value, h5py.Reference) else value
        return {key: read(value) for key, value in item.attrs.items() if (name, key) != ("obs", "column-order")}

    def compare(name, item):
        nonlocal count
        other = annotated[name]
        ours, theirs = attributes(name, other), attributes(name, item)
        assert ours.keys() == theirs.keys(), name
        assert all(np.array_equal(ours[key], theirs[key]) for key in ours), name
        if isinstance(item, h5py.Dataset):
            assert item.dtype == other.dtype and item.shape == other.shape, name
            assert item.compression == other.compression and item.chunks == other.chunks, name
            assert np.array_equal(item[()], other[()], equal_nan=item.dtype.kind == "f"), name
            count += 1

    source.visititems(compare)
    return count


def official(source, folder):
    """Returns the source annotated by the official functions, or None if they are not installed."""
    try:
        from cellarium.cas import models
        from cellarium.cas.postprocessing import ontology_aware as oa
        from cellarium.cas.postprocessing.cell_ontology.cell_ontology_cache import CellOntologyCache
    except ImportError:
        return None
    adata = anndata.read_h5ad(source)
    text = (folder / "ontology_response.json").read_text()
    response = models.CellTypeOntologyAwareResults.model_validate_json(text)
    cl = CellOntologyCache(json.loads((folder / "ontology_resource.json").read_text()))
    oa.insert_cas_ontology_aware_response_into_adata(response, adata, cl, "cell_ontology")
    oa.compute_most_granular_top_k_calls_single(adata, cl, 0.2, 3)
    return adata


def main():
    source, path, folder = map(pathlib.Path, sys.argv[1:])
    with h5py.File(source, "r") as before, h5py.File(path, "r") as after:
        count = same_storage(before, after)
    ours, theirs = anndata.read_h5ad(path), official(source, folder)
    scores = ours.obsm["cas_cl_scores"]
    assert scores.dtype == np.float64 and scores.shape[0] == ours.n_obs and scores.has_sorted_indices
    names = ours.uns["cas_metadata"]["cl_names"]
    assert len(names) == scores.shape[1] and ours.uns["cas_metadata"]["ontology_resource_name"] == "cell_ontology"
    if theirs is not None:
        assert (scores != theirs.obsm["cas_cl_scores"]).nnz == 0
        for key in ("cl_names", "cl_labels"):
            assert list(ours.uns["cas_metadata"][key]) == list(theirs.uns["cas_metadata"][key])
        assert list(ours.obs.columns) == [*theirs.obs.columns, "cas_cell_type_flags"]
        calls = zip(*(zip(theirs.obs[f"cas_cell_type_name_{k}"], theirs.obs[f"cas_cell_type_score_{k}"]) for k in (1, 2, 3)))
        calls, resource = list(calls), json.loads((folder / "ontology_resource.json").read_text())
        rules = flags.Flags(resource, calls, [None] * len(calls))
        column = ours.obs["cas_cell_type_flags"].astype(object)
        found = column.where(column.notna(), None).tolist()
        of_cells = [dict(zip((names[term] for term in row.indices), row.data)) for row in scores]
        expected = [rules.of(cell, of_cell, None) for cell, of_cell in zip(calls, of_cells)]
        assert found == expected, "cas_cell_type_flags"
        for column in theirs.obs.columns:
            assert ours.obs[column].tolist() == theirs.obs[column].tolist(), column
    assert str(ours.uns["castui"]["min_acceptable_score"]) == "0.2", ours.uns["castui"]
    told = "as the official functions" if theirs is not None else "readable"
    print(f"{source.name}, anndata {anndata.__version__}: {count} original arrays identical; scores and calls {told}")


if __name__ == "__main__":
    main()
