"""Reads the tidy tables with pandas: tables.py FOLDER

The tables `cells` and `matches`, as CSV and as Parquet, must hold the calls of FOLDER/inferred_labels.csv, which
parity.py compares with the official ones, and the matches of FOLDER/ontology_response.json, to the last bit; and the
two formats the same values in all their columns. Needs pyarrow.
"""

import json
import pathlib
import sys

import pandas as pd

READERS = {"csv": lambda path: pd.read_csv(path, float_precision="round_trip"), "parquet": pd.read_parquet}


def values(frame):
    """The values row by row, with None for what is missing."""
    return frame.astype(object).where(frame.notna(), None).values.tolist()


def main():
    folder = pathlib.Path(sys.argv[1])
    labels = pd.read_csv(folder / "inferred_labels.csv", index_col=0, float_precision="round_trip")
    response = json.loads((folder / "ontology_response.json").read_text())["data"]
    matches = [
        [cell["query_cell_id"], match["cell_type_ontology_term_id"], match["cell_type"], match["score"]]
        for cell in response
        for match in cell["matches"]
    ]
    columns = ["cell", "cell_type_ontology_term_id", "cell_type", "score"]
    cells, pairs = ({kind: read(folder / f"{name}.{kind}") for kind, read in READERS.items()} for name in ("cells", "matches"))
    for kind in READERS:
        assert cells[kind]["cell"].tolist() == labels.index.tolist(), f"cells.{kind}: other cells"
        assert values(cells[kind][labels.columns]) == values(labels), f"cells.{kind}: other calls"
        assert values(pairs[kind][columns]) == matches, f"matches.{kind}: other values than the response"
    for name, frames in (("cells", cells), ("matches", pairs)):
        assert list(frames["csv"].columns) == list(frames["parquet"].columns), name
        assert values(frames["csv"]) == values(frames["parquet"]), f"{name}: CSV and Parquet differ"
    count = sum(frame.size for frames in (cells, pairs) for frame in frames.values())
    print(f"{folder.name}: pandas {pd.__version__} reads CSV and Parquet; {count} values compared, 0 differences")


if __name__ == "__main__":
    main()
