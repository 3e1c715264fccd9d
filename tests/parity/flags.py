"""Flags of calls by definition, computed from the official calls, the scores and the ontology only."""

import collections

COARSE, ROOT = 100, "CL:0000000"


class Flags:
    """The rules of flags for an ontology resource and cells with clusters (None: no cluster)."""

    def __init__(self, resource, calls, clusters):
        self.children = resource["children_dictionary"]
        self.below_cache = {}
        self.clusters = clusters
        first = [cell[0][0] if cell else None for cell in map(self.real, calls)]
        counts = collections.defaultdict(collections.Counter)
        for cluster, term in zip(clusters, first):
            if cluster is not None and term is not None:
                counts[cluster][term] += 1
        self.usual = {
            c: [term for term, count in terms.items() if count == max(terms.values())] for c, terms in counts.items()
        }

    @staticmethod
    def real(calls):
        """Returns the calls without padding by the root, as (term, score)."""
        return [(term, score) for term, score in calls if term is not None and term != ROOT]

    def below(self, term):
        """Returns the descendants of a term, including itself."""
        if term not in self.below_cache:
            found, open_terms = set(), [term]
            while open_terms:
                term_below = open_terms.pop()
                if term_below not in found:
                    found.add(term_below)
                    open_terms += self.children.get(term_below, [])
            self.below_cache[term] = found
        return self.below_cache[term]

    def apart(self, a, b):
        return a not in self.below(b) and b not in self.below(a)

    def of(self, calls, scores, cluster):
        """Returns the names of a cell's flags as in the files, or None without flags.

        scores: the score of each term in the cell's answer.
        """
        calls = self.real(calls)
        if not calls:
            return None
        (term, score), names = calls[0], []
        rivals = (name for name, other in scores.items() if other >= score and name in self.below(ROOT))
        if any(self.apart(name, term) for name in rivals):
            names.append("ambiguous")
        if len(self.below(term)) - 1 > COARSE:
            names.append("coarse")
        if cluster in self.usual and all(self.apart(usual, term) for usual in self.usual[cluster]):
            names.append("unlike cluster")
        return "; ".join(names) or None
