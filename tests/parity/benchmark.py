"""Computes the measures of a benchmark by definition, and reads castui's files as the official steps do.

The official benchmark is not in cellarium-cas 1.8.0; its column names and files are those of the client's newer
command line.
"""

import json

import numpy as np
import pandas as pd
import scipy.sparse as sp
from cellarium.cas.postprocessing import ontology_aware as oa
from cellarium.cas.postprocessing.cell_ontology.cell_ontology_cache import CellOntologyCache

MEANS = [f"{name}_{kind}" for kind in ("macro", "weighted") for name in ("precision", "recall", "f1")]
FLAT = [
    *("tp", "fp", "fn", "precision_micro", "recall_micro", "f1_micro", "f1_macro", "precision_macro", "recall_macro"),
    *("precision_weighted", "recall_weighted", "f1_weighted"),
]
HIERARCHICAL = [f"h_{name}" for name in FLAT]


def divide(part, whole):
    return part / whole if whole else 0.0


def harmonic(a, b):
    return divide(2 * a * b, a + b)


def means(classes):
    """Returns macro and weighted means over (right, called, true) counts of classes."""
    rows = []
    for right, called, true in classes:
        precision, recall = divide(right, called), divide(right, true)
        rows.append((precision, recall, harmonic(precision, recall), true))
    cells = sum(row[3] for row in rows)
    macro = [sum(row[place] for row in rows) / len(rows) for place in range(3)]
    weighted = [sum(row[place] * row[3] for row in rows) / cells for place in range(3)]
    return dict(zip(MEANS, macro + weighted))


def pairs_by_k(adata, truth):
    """Returns the true and the called term of each cell for each k."""
    for k in (1, 2, 3):
        calls = adata.obs[[f"cas_cell_type_name_{rank}" for rank in range(1, k + 1)]].values.tolist()
        yield [(true, true if true in named else named[0]) for true, named in zip(truth, calls)]


def flat(pairs):
    right = sum(true == called for true, called in pairs)
    truth, calls = zip(*pairs)
    counts = lambda name: (sum(a == b == name for a, b in pairs), calls.count(name), truth.count(name))
    yield from zip(("tp", "fp", "fn"), (right, len(pairs) - right, len(pairs) - right))
    yield from ((f"{name}_micro", right / len(pairs)) for name in ("precision", "recall", "f1"))
    yield from means([counts(name) for name in sorted(set(truth) | set(calls))]).items()


def hierarchical(pairs, ancestors):
    sets = [(ancestors(true), ancestors(called)) for true, called in pairs]
    tp = sum(len(true & called) for true, called in sets)
    fp = sum(len(called - true) for true, called in sets)
    fn = sum(len(true - called) for true, called in sets)
    precision, recall = divide(tp, tp + fp), divide(tp, tp + fn)
    micro = {"precision_micro": precision, "recall_micro": recall, "f1_micro": harmonic(precision, recall)}
    nodes = sorted(set().union(*(true for true, _ in sets)))
    counts = lambda node: (
        sum(node in true and node in called for true, called in sets),
        sum(node in called for _, called in sets),
        sum(node in true for true, _ in sets),
    )
    return {"h_tp": tp, "h_fp": fp, "h_fn": fn} | {
        f"h_{name}": value for name, value in {**micro, **means(map(counts, nodes))}.items()
    }


def ancestors_in(resource):
    """Returns a function from a term to itself and its ancestors without the root."""
    parents = {}
    for parent, children in resource["children_dictionary"].items():
        for child in children:
            parents.setdefault(child, []).append(parent)

    def ancestors(term):
        found, open_terms = set(), [term]
        while open_terms:
            term = open_terms.pop()
            if term not in found:
                found.add(term)
                open_terms += parents.get(term, [])
        return found - {"CL:0000000"}

    return ancestors


def table_differences(path, keys, names, expected):
    """Yields differences of a table: other columns, or values off by more than 1e-12 relative (sums have no fixed order)."""
    table = pd.read_csv(path, float_precision="round_trip")
    if list(table.columns) != keys + names:
        yield f"{path.name}: columns {list(table.columns)}"
        return
    for name, value in zip(names, expected):
        found = table[name].tolist()
        if len(found) != 1 or abs(found[0] - value) > 1e-12 * abs(value):
            yield f"{path.name}/{name}: castui {found!r}, by definition {value!r}"


def matrix_differences(folder, pairs, names):
    """Yields differences between a stored confusion matrix and that of the pairs."""
    matrix = sp.load_npz(folder / "confusion_matrix.npz")
    meta = json.loads((folder / "confusion_matrix_meta.json").read_text())
    place = {name: index for index, name in enumerate(names)}
    rows, columns = ([place[pair[side]] for pair in pairs] for side in (0, 1))
    expected = sp.coo_matrix((np.ones(len(pairs), dtype=np.int64), (rows, columns)), (len(names),) * 2).tocsr()
    same = matrix.format == "csr" and matrix.dtype == np.int64 and matrix.shape == expected.shape
    if not same or (matrix != expected).nnz or not matrix.has_sorted_indices:
        yield f"{folder}: another matrix"
    if meta["label_order"] != names or meta["matrix_shape"] != list(matrix.shape):
        yield f"{folder}: another order of labels"


def compare(folder, adata, resource, truth):
    """Returns the number of compared values in the benchmark's folder, and the differences."""
    oa.compute_most_granular_top_k_calls_single(adata, CellOntologyCache(resource), 0.2, 3)
    ancestors, by_k = ancestors_in(resource), list(pairs_by_k(adata, truth))
    flat_values = {f"{name}_k{k}": dict(flat(pairs))[name] for k, pairs in enumerate(by_k, 1) for name in FLAT}
    suffix = lambda k: "" if k == 1 else f"_k{k}"
    of_nodes = [hierarchical(pairs, ancestors) for pairs in by_k]
    hierarchical_values = {f"{n}{suffix(k)}": values[n] for k, values in enumerate(of_nodes, 1) for n in HIERARCHICAL}
    found = []
    for rows, keys in (("sample", ["model_name", "test_sample"]), ("group", ["group_name"])):
        for start, values in (("", flat_values), ("hierarchical_", hierarchical_values)):
            path = folder / f"{start}f_measure_per_{rows}.csv"
            found += table_differences(path, keys, list(values), values.values())
    for k, pairs in enumerate(by_k, 1):
        for matrix in (*folder.glob(f"cm_raw_k{k}/*"), *folder.glob(f"cm_aggregate_k{k}/*")):
            found += matrix_differences(matrix, pairs, resource["cl_names"])
    matrices = len(list(folder.glob("cm_*/*/confusion_matrix.npz")))
    if matrices != 2 * len(by_k):
        found.append(f"{matrices} matrices")
    return 2 * (len(flat_values) + len(hierarchical_values)) + matrices * len(truth), found
