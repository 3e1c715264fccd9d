"""The bundled Cell Ontology, read independently of castui. Needs zstandard."""

import functools
import json
import pathlib

import zstandard

PACKED = pathlib.Path(__file__).resolve().parents[1] / "assets" / "ontology" / "cell-ontology.json.zst"
LARGEST = 1 << 28


class Ontology:
    """The terms with their parents."""

    def __init__(self):
        text = zstandard.ZstdDecompressor().decompress(PACKED.read_bytes(), max_output_size=LARGEST)
        self.parents = {term["id"]: term["parents"] for term in json.loads(text)["terms"]}

    @functools.lru_cache(None)
    def above(self, term):
        """Returns a term and its ancestors."""
        return frozenset({term}).union(*(self.above(parent) for parent in self.parents.get(term, [])))

    def same_branch(self, one, other):
        return one in self.above(other) or other in self.above(one)
