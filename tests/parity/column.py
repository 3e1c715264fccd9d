"""Writes the measures of a column of labels, as the benchmark of the official client 1.8.1 computes them.

    git clone https://github.com/cellarium-ai/cellarium-cas && git -C cellarium-cas checkout 1.8.1
    PYTHONPATH=cellarium-cas venv/bin/python tests/parity/column.py

needs scikit-learn and what the client requires, and the zstd program. The result is compared with castui's benchmark of a column
by `cargo test --lib benchmark::tests`.
"""

import json
import pathlib
import random
import subprocess

from cellarium.cas.benchmarking.confusion_matrix import build_confusion_matrix
from cellarium.cas.benchmarking.f_measure import compute_f_measure_from_cm
from cellarium.cas.benchmarking.hierarchical_f_measure import compute_hierarchical_f_measure_from_cm
from cellarium.cas.postprocessing.cell_ontology.cell_ontology_cache import CellOntologyCache

ROOT = "CL:0000000"
CELLS = 600


def labels(terms, generator):
    """Returns known labels and those of a tool: right, one step too general, of another type, or missing."""
    types = generator.sample([term["id"] for term in terms if term["parents"]], 40)
    parents = {term["id"]: term["parents"] for term in terms}
    known = [generator.choice(types) for _ in range(CELLS)]
    other = lambda label: generator.choice([label, label, parents[label][0], generator.choice(types), ROOT])
    return known, [other(label) for label in known]


def main():
    here = pathlib.Path(__file__).parent
    asset = here.parents[1] / "assets" / "ontology" / "cell-ontology.json.zst"
    terms = json.loads(subprocess.run(["zstd", "-dc", asset], check=True, capture_output=True).stdout)["terms"]
    children = {term["id"]: [] for term in terms}
    for term in terms:
        for parent in term["parents"]:
            children[parent].append(term["id"])
    names = [term["id"] for term in terms]
    ontology = CellOntologyCache({
        "cl_names": names,
        "cell_ontology_term_id_to_cell_type": {term["id"]: term["label"] for term in terms},
        "children_dictionary": children,
        "shortest_path_lengths_from_cell_root": {name: 0 for name in names},
        "longest_path_lengths_from_cell_root": {name: 0 for name in names},
    })
    known, inferred = labels(terms, random.Random(20))
    matrix = build_confusion_matrix(known, inferred, names)
    found = {
        "known": known,
        "inferred": inferred,
        "flat": compute_f_measure_from_cm(matrix),
        "hierarchical": compute_hierarchical_f_measure_from_cm(matrix, names, ontology),
    }
    path = here / "golden" / "benchmark_of_a_column.json"
    path.write_text(json.dumps(found) + "\n")
    print(found["flat"], found["hierarchical"])


if __name__ == "__main__":
    main()
