"""Compares castui's values with the official client's.

    python -m venv venv && venv/bin/pip install --require-hashes -r tests/python/interop.txt
    CASTUI_PARITY_PYTHON=venv/bin/python cargo test --test results parity

`make parity` does this and more. The test writes its values into a folder and starts this script on it. The official
functions are run on the same answers with every option. Any difference, even in the last bit, gives exit status 1; only
means over classes of a benchmark, whose sums have no fixed order, may differ by 1e-12 relative. With --golden FILE the
official values are written to the file if all are equal.
"""

import argparse
import json
import pathlib
import sys
import warnings

import anndata
import benchmark
import numpy as np
import pandas as pd
import scipy.sparse as sp
from cellarium.cas import models
from cellarium.cas.postprocessing import ontology_aware as oa
from cellarium.cas.postprocessing import cell_type_summary_statistics as stats
from cellarium.cas.postprocessing.cell_ontology.cell_ontology_cache import CellOntologyCache

warnings.filterwarnings("ignore")
stats.tqdm = lambda items: items


def frame(response, inputs):
    """Returns an AnnData with the answers' cells and the test's clusters."""
    adata = anndata.AnnData(
        X=sp.csr_matrix((len(response.data), 1), dtype=np.float32),
        obs=pd.DataFrame(index=[cell.query_cell_id for cell in response.data]),
    )
    adata.obs["clusters"] = pd.Categorical(inputs["clusters"], categories=inputs["categories"])
    return adata


def columns(adata, prefix, top_k):
    """Returns the calls of each cell as lists of (score, term, label); empty for cells without a call."""
    names = [[f"{prefix}_{kind}_{k}" for kind in ("score", "name", "label")] for k in range(1, top_k + 1)]
    cells = []
    for _, row in adata.obs.iterrows():
        calls = [[row[name] for name in triple] for triple in names]
        cells.append([] if calls[0][1] is None else [[float(call[0]), call[1], call[2]] for call in calls])
    return cells


def single_calls(adata, cl, wanted):
    values = {}
    for name in wanted:
        score, top_k, depth = name.split("/")
        oa.compute_most_granular_top_k_calls_single(
            adata, cl, float(score), int(top_k), use_shortest_path=depth == "shortest"
        )
        values[name] = columns(adata, "cas_cell_type", int(top_k))
    return values


def restricted_calls(adata, cl, wanted):
    """Returns the official calls of scores that are masked: 0 for every term that a restriction does not allow."""
    values = {}
    scores = adata.obsm["cas_cl_scores"].tocsc()
    for name in wanted:
        only, never = (set(part.split()) for part in name.split("/"))
        below = lambda terms: terms.union(*(descendants(cl, term) for term in terms))
        allowed = [(not only or term in below(only)) and term not in below(never) for term in cl.cl_names]
        masked = adata.copy()
        masked.obsm["cas_cl_scores"] = (scores @ sp.diags(np.array(allowed, dtype=float))).tocsr()
        masked.obsm["cas_cl_scores"].eliminate_zeros()
        oa.compute_most_granular_top_k_calls_single(masked, cl, 0.2, 3)
        values[name] = columns(masked, "cas_cell_type", 3)
    return values


def descendants(cl, term):
    found, todo = set(), list(cl.children_dict.get(term, ()))
    while todo:
        child = todo.pop()
        if child not in found:
            found.add(child)
            todo.extend(cl.children_dict.get(child, ()))
    return found


def cluster_calls(adata, cl, wanted):
    values = {}
    for name in wanted:
        op, domain, threshold, depth = name.split("/")
        oa.compute_most_granular_top_k_calls_cluster(
            adata,
            cl,
            0.2,
            "clusters",
            oa.CellOntologyScoresAggregationOp[op],
            oa.CellOntologyScoresAggregationDomain[domain],
            float(threshold),
            obs_prefix="cas_cluster_type",
            use_shortest_path=depth == "shortest",
        )
        values[name] = columns(adata, "cas_cluster_type", 3)
    return values


def aggregate(adata, group, op, domain, threshold):
    rows = None if group == "all" else (adata.obs["clusters"] == group.split()[1]).values.nonzero()[0]
    return oa.get_aggregated_cas_ontology_aware_scores(
        adata,
        rows,
        oa.CellOntologyScoresAggregationOp[op],
        oa.CellOntologyScoresAggregationDomain[domain],
        float(threshold),
    )


def aggregates(adata, wanted):
    values = {}
    for name in wanted:
        scores = aggregate(adata, *name.split("/"))
        rows = zip(scores.cl_names, scores.aggregated_scores_c, scores.fraction_over_threshold_c)
        values[name] = {term: [float(score), float(fraction)] for term, score, fraction in rows if score or fraction}
    return values


def nested(tree):
    """Returns a tree as lists of (term, score, fraction, children)."""
    (name, node), *rest = tree.items()
    assert not rest
    children = [nested({child: below}) for child, below in node.get("children", {}).items()]
    return [name, float(node["score"]), float(node["fraction"]), children]


def trees(adata, cl):
    scores = aggregate(adata, "all", "MEAN", "OVER_THRESHOLD", 0.05)
    values = {}
    for name, root, fraction, hidden in [
        ("plain", "CL:0000000", 0.0, set()),
        ("eukaryotic", "CL:0000255", 0.01, set()),
        ("hidden", "CL:0000000", 0.3, {"CL:0000738", "CL:0000084"}),
    ]:
        tree = oa.convert_aggregated_cell_ontology_scores_to_rooted_tree(scores, cl, root, fraction, hidden)
        values[name] = nested(tree)
        if name == "hidden":
            values["phyloxml"] = oa.generate_phyloxml_from_scored_cell_ontology_tree(tree, "made up", cl)
    return values


def labels(adata, label, value):
    rows = zip(adata.obs[label], adata.obs[value])
    return [None if name is None else [name, float(number)] for name, number in rows]


def reducers(response, inputs):
    adata = frame(response, inputs)
    answers = response.model_dump()["data"]
    cell_type, confidence = "cas_cell_type", "cas_cell_type_confidence_score"
    values = {}
    stats.reduce_cas_query_result_by_majority_vote(adata, answers)
    values["majority"] = labels(adata, cell_type, confidence)
    stats.reduce_cas_cell_type_summary_statistics_response_by_min_distance(adata, answers)
    values["min_distance"] = labels(adata, cell_type, "cas_cell_type_min_distance")
    for name, ignored in [("per_cluster", set()), ("per_cluster_ignoring", {"B cell", "naive B cell"})]:
        shares = stats.reduce_cas_cell_type_summary_statistics_response_by_majority_vote_per_cluster(
            adata, answers, "clusters", ignore_set=ignored
        )
        values[name] = {
            "cells": labels(adata, "cas_per_cluster_cell_type", "cas_per_cluster_cell_type_confidence_score"),
            "shares": {cluster: [list(share) for share in shares] for cluster, shares in shares.items()},
        }
    graph = inputs["graph"]
    weights = np.array(graph["data"], dtype=np.float32)
    adata.obsp["connectivities"] = sp.csr_matrix((weights, graph["indices"], graph["indptr"]), (len(adata),) * 2)
    adata.uns["neighbors"] = {"params": {"n_neighbors": 15}}
    stats.reduce_cas_cell_type_summary_statistics_response_by_wnn(adata, answers)
    values["weighted_neighbors"] = labels(adata, cell_type, confidence)
    return values


def inferred_labels(folder, adata, cl):
    """Compares `inferred_labels.csv` byte by byte with the official output: with calls of cells, of cells and clusters
    under other prefixes, and of clusters only. Returns the differences and the number of values."""
    size, differences = 0, []
    for name, cells, clusters in (
        ("inferred", "cas_cell_type", None),
        ("prefixed", "own", "grouped"),
        ("clusters", None, "cas_cluster_type"),
    ):
        if cells:
            oa.compute_most_granular_top_k_calls_single(adata, cl, 0.2, 3, obs_prefix=cells)
        if clusters:
            oa.compute_most_granular_top_k_calls_cluster(adata, cl, 0.2, "clusters", obs_prefix=clusters)
        prefixes = [prefix for prefix in (cells, clusters) if prefix]
        kinds = ("label", "name", "score")
        table = adata.obs[[f"{prefix}_{kind}_{k}" for prefix in prefixes for kind in kinds for k in (1, 2, 3)]]
        size += table.size
        if (folder / f"{name}_labels.csv").read_text() != table.to_csv():
            differences.append(f"{name}_labels.csv: other bytes than pandas writes")
    return size, differences


def responses(folder, whole, cl, inputs):
    """Yields differences of a search and of a run with missing chunks, as parsed by the official models."""
    search = models.MatrixQueryResults.model_validate_json((folder / "search_response.json").read_text())
    partial = models.CellTypeOntologyAwareResults.model_validate_json((folder / "partial_response.json").read_text())
    models.CellOntologyResource.model_validate_json((folder / "ontology_resource.json").read_text())
    names = [cell.query_cell_id for cell in whole.data]
    for name, response in (("search", search), ("partial", partial)):
        if [cell.query_cell_id for cell in response.data] != names:
            yield f"{name}_response.json: other cells"
    if not all(cell.neighbors for cell in search.data):
        yield "search_response.json: cells without neighbors"
    adata = frame(partial, inputs)
    oa.insert_cas_ontology_aware_response_into_adata(partial, adata, cl, "cell_ontology")
    scores, missing = adata.obsm["cas_cl_scores"], set(inputs["missing"])
    for row, (cell, full) in enumerate(zip(partial.data, whole.data)):
        if cell.model_dump() != full.model_dump() if row not in missing else scores[row].nnz or cell.total_neighbors:
            yield f"partial_response.json: cell {row}"


def differences(path, ours, theirs):
    """Yields the places where two values differ, as text. Numbers are equal only if they are the same double."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        if list(ours) != list(theirs) and set(ours) != set(theirs):
            yield f"{path}: keys {sorted(set(ours) ^ set(theirs))[:5]}"
        for key in theirs.keys() & ours.keys():
            yield from differences(f"{path}/{key}", ours[key], theirs[key])
    elif isinstance(theirs, list) and isinstance(ours, list):
        if len(ours) != len(theirs):
            yield f"{path}: {len(ours)} and {len(theirs)} entries"
        for place, (a, b) in enumerate(zip(ours, theirs)):
            yield from differences(f"{path}/{place}", a, b)
    elif ours != theirs:
        yield f"{path}: castui {ours!r}, official {theirs!r}"


def count(value):
    if isinstance(value, dict):
        return sum(map(count, value.values()))
    return sum(map(count, value)) if isinstance(value, list) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--golden", type=pathlib.Path)
    arguments = parser.parse_args()
    read = lambda name: (arguments.folder / name).read_text()
    inputs, ours = json.loads(read("inputs.json")), json.loads(read("ours.json"))

    response = models.CellTypeOntologyAwareResults.model_validate_json(read("ontology_response.json"))
    summary = models.CellTypeSummaryStatisticsResults.model_validate_json(read("summary_statistics_response.json"))
    cl = CellOntologyCache(json.loads(read("ontology_resource.json")))
    adata = frame(response, inputs)
    oa.insert_cas_ontology_aware_response_into_adata(response, adata, cl, "cell_ontology")
    theirs = {
        "calls": single_calls(adata, cl, ours["calls"]),
        "restricted_calls": restricted_calls(adata, cl, ours["restricted_calls"]),
        "cluster_calls": cluster_calls(adata, cl, ours["cluster_calls"]),
        "aggregates": aggregates(adata, ours["aggregates"]),
        "trees": trees(adata, cl),
        "summary": reducers(summary, inputs),
    }
    found = list(differences("", ours, theirs))
    counts = {name: count(values) for name, values in theirs.items()}
    resource = json.loads(read("ontology_resource.json"))
    counts["benchmark"], unlike = benchmark.compare(arguments.folder / "benchmark", adata, resource, inputs["truth"])
    found += unlike
    counts["inferred_labels.csv"], unlike = inferred_labels(arguments.folder, adata, cl)
    found += unlike
    counts["other responses"] = 2 * len(response.data)
    found += responses(arguments.folder, response, cl, inputs)
    for line in found[:20]:
        print(line)
    parts = ", ".join(f"{name} {values}" for name, values in counts.items())
    print(f"{arguments.folder.name}: {sum(counts.values())} values compared, {len(found)} differences ({parts})")
    if found:
        sys.exit(1)
    if arguments.golden:
        arguments.golden.parent.mkdir(exist_ok=True)
        arguments.golden.write_text(json.dumps(theirs) + "\n")


if __name__ == "__main__":
    main()
