"""A CAS server for benchmarks of clients. It answers immediately or after a delay, accepts any token, and has one model.
Answers are synthetic and of a realistic size.

    python benches/stub_server.py --schema FILE.h5ad [--ontology FILE] [--delay SECONDS] [--log FILE]

The model's schema is the file's sorted var index. Each cell gets the same answer of 20 terms. With `--ontology
assets/ontology/cell-ontology.json.zst` it gets one of 499 answers with real terms, selected by its position in the chunk.
Prints its address. `--log` gets a line for each chunk: seconds since the epoch, bytes, cells. Needs h5py, and
backports.zstd for the ontology.
"""

import argparse
import http.server
import io
import json
import random
import re
import sys
import time

import h5py

MATCHES = [
    {"score": round(1 - place / 22, 6), "cell_type_ontology_term_id": f"CL:{place:07}", "cell_type": f"cell type number {place}"}
    for place in range(20)
]
ONTOLOGY = {
    "cl_names": [match["cell_type_ontology_term_id"] for match in MATCHES],
    "cell_ontology_term_id_to_cell_type": {match["cell_type_ontology_term_id"]: match["cell_type"] for match in MATCHES},
    "children_dictionary": {
        match["cell_type_ontology_term_id"]: [after["cell_type_ontology_term_id"]]
        for match, after in zip(MATCHES, MATCHES[1:])
    }
    | {MATCHES[-1]["cell_type_ontology_term_id"]: []},
    "shortest_path_lengths_from_cell_root": {match["cell_type_ontology_term_id"]: place for place, match in enumerate(MATCHES)},
    "longest_path_lengths_from_cell_root": {match["cell_type_ontology_term_id"]: place for place, match in enumerate(MATCHES)},
}


def rest(matches):
    """Returns an answer without its beginning, which names the cell."""
    totals = {"total_weight": 41.25, "total_neighbors": 100, "total_neighbors_unrecognized": 0}
    return json.dumps({"matches": matches, **totals})[1:]


MODEL = {
    "model_name": "stub",
    "description": "answers immediately",
    "schema_name": "stub-genes",
    "is_default_model": True,
    "embedding_dimension": 512,
    "ontological_columns": [{"ontology_resource_name": "stub-cl", "column_name": "cell_type", "description": None}],
}
QUOTA = {
    "user_id": 1,
    "weekly_quota": 1 << 40,
    "remaining_weekly_quota": 1 << 40,
    "quota_reset_date": "2030-01-01T00:00:00",
    "lifetime_quota": None,
    "remaining_lifetime_quota": None,
    "quota_increased": False,
}


def real_ontology(path):
    """Returns the ontology as CAS serves it, and answers: votes for a few terms that also count for their ancestors."""
    from backports import zstd

    with zstd.open(path) as file:
        terms = sorted(json.load(file)["terms"], key=lambda term: term["id"])
    labels = {term["id"]: term["label"] for term in terms}
    parents = {term["id"]: term["parents"] for term in terms}
    children = {name: [] for name in parents}
    for name, above in parents.items():
        for parent in above:
            children[parent].append(name)
    lengths = {"shortest": {}, "longest": {}}
    for kind, better in (("shortest", int.__lt__), ("longest", int.__gt__)):
        known, open_terms = lengths[kind], [("CL:0000000", 0)]
        while open_terms:
            name, length = open_terms.pop()
            if name not in known or better(length, known[name]):
                known[name] = length
                open_terms += [(child, length + 1) for child in children[name]]
    resource = {
        "cl_names": list(parents),
        "cell_ontology_term_id_to_cell_type": labels,
        "children_dictionary": children,
        **{f"{kind}_path_lengths_from_cell_root": known for kind, known in lengths.items()},
    }
    choose = random.Random(7)
    leaves = [name for name in lengths["longest"] if not children[name]]
    return resource, [rest(made_up(choose, leaves, parents, labels)) for _ in range(499)]


def made_up(choose, leaves, parents, labels):
    """Returns the matches of a cell."""
    scores, weights = {}, [choose.random() for _ in range(3)]
    for weight, term in zip(weights, choose.sample(leaves, 3)):
        found, open_terms = set(), [term]
        while open_terms:
            term = open_terms.pop()
            if term not in found:
                found.add(term)
                open_terms += parents[term]
        for term in found:
            scores[term] = scores.get(term, 0) + weight / sum(weights)
    names = choose.sample(sorted(scores), len(scores))
    return [
        {"score": min(scores[name], 1.0), "cell_type_ontology_term_id": name, "cell_type": labels[name]} for name in names
    ]


def cell_names(body):
    """Returns the obs index of the chunk in a multipart body, and the bytes of the chunk."""
    start = body.index(b"\x89HDF\r\n\x1a\n")
    with h5py.File(io.BytesIO(memoryview(body)[start:]), "r") as chunk:
        obs = chunk["obs"]
        return obs[obs.attrs["_index"]].asstr()[()], len(body) - start


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, value):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        answers = {
            "validate-token": {"username": "bench", "email": "", "should_ask_for_feedback": False},
            "application-info": {"application_version": "stub", "default_feature_schema": "stub-genes"},
            "list-models": [MODEL],
            "feature-schemas": [{"schema_name": "stub-genes"}],
            "stub-genes": self.server.schema,
            "quota": QUOTA,
            "stub-cl": self.server.ontology,
        }
        self.reply(answers[self.path.rsplit("/", 1)[1]])

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        arrived = time.time()
        if self.path.endswith("validate-client-version"):
            return self.reply({"is_valid": True, "min_version": "1.8.0"})
        names, size = cell_names(body)
        if self.server.log:
            print(arrived, size, len(names), file=self.server.log, flush=True)
        rests = self.server.rests
        cells = (f'{{"query_cell_id":{json.dumps(name)},{rests[place % len(rests)]}' for place, name in enumerate(names))
        answer = ("[" + ",".join(cells) + "]").encode()
        time.sleep(max(0, arrived + self.server.delay - time.time()))
        self.reply(answer)

    def log_message(self, *arguments):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schema", required=True)
    parser.add_argument("--ontology")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--log")
    options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with h5py.File(options.schema, "r") as file:
        var = file["var"]
        server.schema = sorted(set(re.sub(r"\.\d+$", "", name) for name in var[var.attrs["_index"]].asstr()[()]))
    server.ontology, server.rests = real_ontology(options.ontology) if options.ontology else (ONTOLOGY, [rest(MATCHES)])
    server.delay = options.delay
    server.log = open(options.log, "a") if options.log else None
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
