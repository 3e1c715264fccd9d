"""Compares columns joined by castui with pandas: obs.py CASTUI FOLDER

Writes tables of the demo's cells in several styles, joins them with `castui export --obs --format h5ad` to the run
FOLDER/query.castui, and compares every value of the copy with `obs.join(table)` of pandas. Needs anndata.
"""

import pathlib
import subprocess
import sys

import anndata
import numpy as np
import pandas as pd


def table(names, seed):
    """Returns a table of some of the cells in random order, with strangers and missing values."""
    random = np.random.default_rng(seed)
    chosen = random.permutation(names)[: len(names) * 3 // 4]
    index = pd.Index([*chosen, "stranger-1", "stranger-2"], name="barcode")
    frame = pd.DataFrame(index=index)
    frame["count"] = random.integers(-5, 100, len(index))
    frame["score"] = random.normal(size=len(index))
    frame.loc[frame.index[::7], "score"] = np.nan
    frame["kept"] = random.random(len(index)) < 0.5
    frame["type"] = random.choice(['T cell, "CD4"', "B cell", "細胞", "None", "10"], len(index))
    frame["UMAP_1"], frame["UMAP_2"] = random.normal(size=(2, len(index)))
    return frame


def equal(ours, expected):
    """Returns whether two values are equal, as text if the copy has categories."""
    if pd.isna(expected):
        return pd.isna(ours)
    return str(ours) == str(expected) if isinstance(ours, str) else float(ours) == float(expected)


def main():
    castui, folder = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    names = anndata.read_h5ad(folder / "query.h5ad").obs_names
    styles = {"csv": {}, "tsv": {"sep": "\t"}, "quoted.csv": {"quoting": 1, "lineterminator": "\r\n", "encoding": "utf-8-sig"}}
    values = 0
    for seed, (ending, style) in enumerate(styles.items()):
        path, copy = folder / f"obs.{ending}", folder / f"copy{seed}.h5ad"
        table(names, seed).to_csv(path, **style)
        command = [castui, "export", folder / "query.castui", "--obs", path, "--format", "h5ad", "-o", copy]
        subprocess.run(command, check=True, capture_output=True)
        read = pd.read_csv(path, index_col=0, sep=style.get("sep", ","), float_precision="round_trip")
        ours, expected = anndata.read_h5ad(copy), pd.DataFrame(index=names).join(read)
        for column in ["count", "score", "kept", "type"]:
            found = ours.obs[column]
            if column == "kept":
                found = found.map({"true": True, "false": False}).astype(object)
            assert all(map(equal, found, expected[column])), f"{ending}: {column} differs"
            values += len(names)
        key = "X_umap_2" if "X_umap_2" in ours.obsm else "X_umap"
        points = expected[["UMAP_1", "UMAP_2"]].to_numpy().astype(np.float32)
        assert np.array_equal(np.asarray(ours.obsm[key], dtype=np.float32), points, equal_nan=True), f"{ending}: other points"
    print(f"{values} values and {len(styles)} embeddings equal those of pandas")


main()
