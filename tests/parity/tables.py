"""Reads the tidy tables with pandas: tables.py FOLDER

The tables `cells` and `matches`, as CSV and as Parquet, must equal to the last bit the calls of
FOLDER/inferred_labels.csv, which parity.py compares with the official ones, and the matches of
FOLDER/ontology_response.json. Both formats must have the same values in all columns. Where the official client pads with
the root, our tables have "no call". The flags must equal those of flags.py. Needs pyarrow.
"""

import json
import pathlib
import sys

import flags
import pandas as pd
import pyarrow.parquet

READERS = {"csv": lambda path: pd.read_csv(path, float_precision="round_trip"), "parquet": pd.read_parquet}


def values(frame):
    """Returns the values row by row, with None for missing ones."""
    return frame.astype(object).where(frame.notna(), None).values.tolist()


def without_padding(labels):
    """Returns the official calls as in our tables: "no call" for a padded first call, missing values for others."""
    labels = labels.astype(object)
    for rank in (1, 2, 3):
        padded = labels[f"cas_cell_type_name_{rank}"] == flags.ROOT
        for kind in ("label", "name", "score"):
            labels.loc[padded, f"cas_cell_type_{kind}_{rank}"] = "no call" if (kind, rank) == ("label", 1) else None
    return labels


def main():
    folder = pathlib.Path(sys.argv[1])
    labels = pd.read_csv(folder / "inferred_labels.csv", index_col=0, float_precision="round_trip")
    response = json.loads((folder / "ontology_response.json").read_text())["data"]
    matches = [
        [cell["query_cell_id"], match["cell_type_ontology_term_id"], match["cell_type"], match["score"]]
        for cell in response
        for match in cell["matches"]
    ]
    resource, inputs = (json.loads((folder / name).read_text()) for name in ("ontology_resource.json", "inputs.json"))
    calls = [
        [(row[f"cas_cell_type_name_{rank}"], row[f"cas_cell_type_score_{rank}"]) for rank in (1, 2, 3)]
        for _, row in labels.iterrows()
    ]
    scores = {
        cell["query_cell_id"]: {match["cell_type_ontology_term_id"]: match["score"] for match in cell["matches"]}
        for cell in response
    }
    rules = flags.Flags(resource, calls, inputs["clusters"])
    flagged = dict(zip(labels.index, map(rules.of, calls, (scores[cell] for cell in labels.index), inputs["clusters"])))
    labels = without_padding(labels)
    columns = ["cell", "cell_type_ontology_term_id", "cell_type", "score"]
    cells, pairs = ({kind: read(folder / f"{name}.{kind}") for kind, read in READERS.items()} for name in ("cells", "matches"))
    for kind in READERS:
        assert cells[kind]["cell"].tolist() == labels.index.tolist(), f"cells.{kind}: other cells"
        assert values(cells[kind][labels.columns]) == values(labels), f"cells.{kind}: other calls"
        assert values(pairs[kind][columns]) == matches, f"matches.{kind}: other values than the response"
        for name, frame in (("cells", cells[kind]), ("matches", pairs[kind])):
            found = values(frame[["cell", "cas_cell_type_flags"]])
            assert found == [[cell, flagged[cell]] for cell, _ in found], f"{name}.{kind}: other flags"
    for name, frames in (("cells", cells), ("matches", pairs)):
        assert list(frames["csv"].columns) == list(frames["parquet"].columns), name
        assert values(frames["csv"]) == values(frames["parquet"]), f"{name}: CSV and Parquet differ"
    said = pyarrow.parquet.read_metadata(folder / "cells.parquet").metadata
    assert said[b"castui.min_acceptable_score"] == b"0.2" and said[b"castui.clusters"] == b"clusters", said
    count = sum(frame.size for frames in (cells, pairs) for frame in frames.values())
    names = sorted({name for names in flagged.values() if names for name in names.split("; ")})
    no_call = (labels["cas_cell_type_label_1"] == "no call").sum()
    print(
        f"{folder.name}: pandas {pd.__version__} reads CSV and Parquet; {count} values compared, 0 differences; "
        f"{no_call} cells without a call, {sum(map(bool, flagged.values()))} flagged ({', '.join(names)})"
    )


if __name__ == "__main__":
    main()
