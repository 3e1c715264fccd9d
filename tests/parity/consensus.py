"""Writes the lowest common ancestors of pairs of terms, as cellxgene-ontology-guide finds them.

    python -m venv venv && venv/bin/pip install cellxgene-ontology-guide==1.11.1
    venv/bin/python tests/parity/consensus.py

The pairs are those of the curated subclasses and of the demo's cell types. The result is compared with castui's consensus by
`cargo test --test results consensus`. The guide's newest Cell Ontology is the release that castui embeds.
"""

import itertools
import json
import pathlib

from cellxgene_ontology_guide.curated_ontology_term_lists import get_curated_ontology_term_list
from cellxgene_ontology_guide.entities import CuratedOntologyTermList
from cellxgene_ontology_guide.ontology_parser import OntologyParser

DEMO = [
    "CL:0001054", "CL:0000236", "CL:0008001", "CL:0000792", "CL:0000895",
    "CL:0000897", "CL:0000623", "CL:0000794", "CL:0000900", "CL:0000451",
]  # fmt: skip


def main():
    parser = OntologyParser()
    listed = get_curated_ontology_term_list(CuratedOntologyTermList.CELL_SUBCLASS)[:36]
    terms = sorted({term for term in listed + DEMO if not parser.is_term_deprecated(term)})
    found = {
        f"{a} {b}": sorted(parser.get_lowest_common_ancestors(a, b)) for a, b in itertools.combinations(terms, 2)
    }
    path = pathlib.Path(__file__).parent / "golden" / "lowest_common_ancestors.json"
    lines = ",\n".join(f"{json.dumps(pair)}: {json.dumps(ancestors)}" for pair, ancestors in found.items())
    path.write_text("{\n" + lines + "\n}\n")
    print(f"{len(found)} pairs")


if __name__ == "__main__":
    main()
