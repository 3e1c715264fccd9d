"""Compares the marker genes and the dot plots of castui with those of scanpy.

    python tests/parity/markers.py make FOLDER
    python tests/parity/markers.py compare FOLDER --castui target/debug/castui

`make` writes two files with raw counts: `small.h5ad` has the 700 cells of scanpy's pbmc68k_reduced, whose counts are
restored from its logarithms, and `large.h5ad` has 20,000 generated cells, some of them without a group. `compare` runs
`castui markers` on both and compares every group and gene with `sc.tl.rank_genes_groups`, and `dots-NAME.json` with
`sc.pl.dotplot`. scanpy gets the counts as float64, because its results with float32 differ by more than 1e-6 from exact
arithmetic. Its logarithms are rounded to 12 digits: equal values may differ in the last digit, which depends on the processor,
and would get different ranks.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import anndata
import numpy as np
import pandas as pd
import scanpy as sc
from scipy import sparse

TOLERANCE = 1e-6
COLUMN = "group"


def small():
    reduced = sc.datasets.pbmc68k_reduced()
    values = np.expm1(reduced.raw.X.toarray().astype(np.float64))
    least = np.where(values > 0, values, np.inf).min(axis=1, keepdims=True)
    counts = sparse.csr_matrix(np.rint(values / least).astype(np.float32))
    obs = pd.DataFrame({COLUMN: reduced.obs["bulk_labels"].astype("category")}, index=reduced.obs_names)
    return anndata.AnnData(counts, obs, pd.DataFrame(index=reduced.raw.var_names))


def large(cells=20_000, genes=300, groups=8):
    random = np.random.default_rng(5)
    of_cell = random.integers(0, groups, cells)
    shares = random.lognormal(-1.5, 1.6, genes)
    factors = np.where(random.random((groups, genes)) < 0.1, random.lognormal(0, 1, (groups, genes)), 1)
    depths = random.lognormal(0, 0.5, cells)
    counts = random.poisson(depths[:, None] * (shares * factors)[of_cell]).astype(np.float32)
    # A gene without counts, one in a single cell, and one that all cells have.
    counts[:, 0], counts[:, 1], counts[:, 2] = 0, 0, 1
    counts[7, 1] = 3
    labels = np.array([f"g{group}" for group in range(groups)], dtype=object)[of_cell]
    labels[:2], labels[random.random(cells) < 0.02] = "two cells", np.nan
    labels[2:] = np.where(labels[2:] == "two cells", "g0", labels[2:])
    labels[:2] = "two cells"
    obs = pd.DataFrame({COLUMN: pd.Categorical(labels)}, index=[f"cell{cell}" for cell in range(cells)])
    return anndata.AnnData(sparse.csr_matrix(counts), obs, pd.DataFrame(index=[f"gene{gene}" for gene in range(genes)]))


def make(options):
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, data in (("small", small()), ("large", large())):
        data.write_h5ad(options.folder / f"{name}.h5ad", compression="gzip")


def normalized(folder, name):
    data = anndata.read_h5ad(folder / f"{name}.h5ad")
    data.X = data.X.astype(np.float64)
    sc.pp.normalize_total(data, target_sum=1e4)
    sc.pp.log1p(data)
    data.X.data = np.round(data.X.data, 12)
    return data


def check(what, found, expected, floor=0.0):
    """Ends unless all numbers are equal within the tolerance. Differences below `floor` do not count."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    same = (found == expected) | (np.abs(found - expected) <= np.maximum(TOLERANCE * np.abs(expected), floor))
    if not same.all():
        place = np.argmin(same)
        sys.exit(f"{what}: {(~same).sum()} of {same.size} differ, first {found[place]!r} instead of {expected[place]!r}")


def compare_markers(data, file, method, reference, castui):
    sc.tl.rank_genes_groups(data, COLUMN, method=method, reference=reference, tie_correct=method == "wilcoxon", pts=True)
    expected = sc.get.rank_genes_groups_df(data, group=None)
    command = [castui, "markers", file, "--by", COLUMN, "--method", method, "--reference", reference, "--top", "all"]
    table = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout
    (file.parent / "markers.csv").write_text(table)
    found = pd.read_csv(file.parent / "markers.csv", keep_default_na=False)
    what = f"{file.name}, {method} against {reference}"
    if list(found.columns[:6]) != ["group", "names", "scores", "logfoldchanges", "pvals", "pvals_adj"]:
        sys.exit(f"{what}: the columns are {list(found.columns)}")
    merged = found.merge(expected.astype({"group": str}), on=["group", "names"], suffixes=("", "_scanpy"))
    if not len(merged) == len(found) == len(expected):
        sys.exit(f"{what}: {len(found)} rows instead of {len(expected)}")
    check(f"{what}: scores", merged["scores"], merged["scores_scanpy"], floor=1e-9)
    check(f"{what}: logfoldchanges", merged["logfoldchanges"], merged["logfoldchanges_scanpy"], floor=1e-9)
    # Numbers near the smallest possible one have few digits.
    check(f"{what}: pvals", merged["pvals"], merged["pvals_scanpy"], floor=1e-300)
    check(f"{what}: pvals_adj", merged["pvals_adj"], merged["pvals_adj_scanpy"], floor=1e-300)
    check(f"{what}: fractions", merged["pct_nz_group"], merged["pct_nz_group_scanpy"])
    if reference == "rest":
        check(f"{what}: other fractions", merged["pct_nz_reference"], merged["pct_nz_reference_scanpy"])
    for group, rows in merged.groupby("group", sort=False):
        scores = rows["scores_scanpy"].to_numpy()
        if (np.diff(scores) > TOLERANCE * np.abs(scores[1:])).any():
            sys.exit(f"{what}: the genes of {group} have another order")
    print(f"{what}: {len(found)} rows of {found['group'].nunique()} groups equal")


def compare_dots(data, folder, name):
    dots = json.loads((folder / f"dots-{name}.json").read_text())
    plot = sc.pl.dotplot(data, dots["genes"], COLUMN, return_fig=True)
    frames = {"fraction": plot.dot_size_df, "mean": plot.dot_color_df}
    for what, frame in frames.items():
        expected = frame.loc[dots["groups"], dots["genes"]].to_numpy().ravel()
        check(f"{name}: {what} of dots", np.ravel(dots[what]), expected)
    print(f"{name}: {len(dots['groups'])} × {len(dots['genes'])} dots equal")


def compare(options):
    for name, references in (("small", ["rest", "CD56+ NK"]), ("large", ["rest", "g3"])):
        data = normalized(options.folder, name)
        for method in ("t-test", "wilcoxon"):
            for reference in references:
                file = options.folder / f"{name}.h5ad"
                compare_markers(data, file, method, reference, options.castui)
        compare_dots(data, options.folder, name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["make", "compare"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--castui")
    options = parser.parse_args()
    sc.settings.verbosity = 0
    make(options) if options.step == "make" else compare(options)


if __name__ == "__main__":
    main()
