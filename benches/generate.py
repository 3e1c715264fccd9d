"""Writes an .h5ad with synthetic counts of a realistic distribution, one block at a time, so memory use is constant.

    python benches/generate.py --cells 20000 --layout csr --out cells.h5ad

Counts are Poisson variables whose mean is the cell's depth times the gene's share, both log-normal. About 2,600 of
36,601 genes are detected per cell. The same options give the same file. The layouts csr, csc and dense have counts in X;
raw has counts in raw.X and log-normalized values in X; 10x is an .h5 file like those of Cell Ranger 3. Row-wise and
column-wise layouts have the same distribution but different values. Needs h5py and numpy.
"""

import argparse

import h5py
import numpy as np

# Number of matrix entries per block.
BLOCK = 32_000_000
# Cell types of the Cell Ontology, one per cluster.
TERMS = """
0000057 0000066 0000084 0000097 0000115 0000127 0000128 0000129 0000192 0000232 0000233 0000235 0000236
0000451 0000540 0000542 0000576 0000623 0000624 0000625 0000738 0000767 0000771 0000775 0000786
""".split()
CLUSTERS = len(TERMS)


class Model:
    """The depth of each cell and the share of each gene."""

    def __init__(self, options):
        random = np.random.default_rng(options.seed)
        self.depths = random.lognormal(0, 0.4, options.cells).astype(np.float32)
        shares = random.lognormal(0, 2.2, options.genes)
        low, high = 0.0, 1e6
        while high - low > 1e-9 * high:
            scale = (low + high) / 2
            low, high = (scale, high) if -np.expm1(-scale * shares).sum() < options.per_cell else (low, scale)
        self.shares = (shares * low).astype(np.float32)
        self.clusters = random.integers(0, CLUSTERS, options.cells)
        centers = random.normal(0, 8, (CLUSTERS, 50))
        self.pca = (centers[self.clusters] + random.normal(0, 1, (options.cells, 50))).astype(np.float32)


def blocks(rows, columns, seed):
    """Yields blocks of sparse rows: the lengths of the rows, their column indices and counts."""
    step = max(1, BLOCK // len(columns))
    for first in range(0, len(rows), step):
        random = np.random.default_rng([seed, first])
        means = rows[first : first + step, None] * columns
        places, found = np.nonzero(random.random(means.shape, dtype=np.float32) < -np.expm1(-means))
        counts = 1 + random.poisson(means[places, found] / 2)
        yield np.bincount(places, minlength=len(means)), found, counts


class Growing:
    """A one-dimensional dataset that is extended by appending."""

    def __init__(self, group, name, kind, compression):
        self.data = group.create_dataset(
            name, (0,), maxshape=(None,), chunks=(1 << 15,), dtype=kind, compression=compression
        )

    def append(self, values):
        start = len(self.data)
        self.data.resize((start + len(values),))
        self.data[start:] = values


def encode(item, kind, version, **attributes):
    item.attrs.update({"encoding-type": kind, "encoding-version": version, **attributes})
    return item


def sparse(file, path, model, options, normalize=False):
    """Writes compressed sparse rows or columns; returns the total count of each cell."""
    csc = options.layout == "csc"
    group = file.create_group(path)
    if options.layout != "10x":
        encode(group, "csc_matrix" if csc else "csr_matrix", "0.1.0", shape=(options.cells, options.genes))
    data = Growing(group, "data", np.int32 if options.layout == "10x" else np.float32, options.compression)
    indices = Growing(group, "indices", np.int32, options.compression)
    rows, columns = (model.shares, model.depths) if csc else (model.depths, model.shares)
    totals, lengths = np.zeros(options.cells), []
    for found, places, counts in blocks(rows, columns, options.seed):
        first = sum(map(len, lengths))
        cells = places if csc else np.repeat(np.arange(first, first + len(found)), found)
        totals += np.bincount(cells, weights=counts, minlength=options.cells)
        lengths.append(found)
        indices.append(places)
        data.append(np.log1p(counts * 1e4 / totals[cells]) if normalize else counts)
    ends = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    kind = np.int32 if ends[-1] < 1 << 31 else np.int64
    group.create_dataset("indptr", data=ends.astype(kind), compression=options.compression)
    return totals


def dense(file, path, model, options):
    """Writes a dense matrix; returns the total count of each cell."""
    step = max(1, BLOCK // options.genes)
    shape = (options.cells, options.genes)
    chunk = (min(64, options.cells), min(2048, options.genes))
    matrix = file.create_dataset(path, shape, options.dtype, chunks=chunk, compression=options.compression)
    encode(matrix, "array", "0.2.0")
    totals = np.zeros(options.cells)
    for block, (lengths, genes, counts) in enumerate(blocks(model.depths, model.shares, options.seed)):
        rows = np.zeros((len(lengths), options.genes), np.float32)
        rows[np.repeat(np.arange(len(lengths)), lengths), genes] = counts
        matrix[block * step : block * step + len(rows)] = rows
        totals[block * step : block * step + len(rows)] = rows.sum(axis=1)
    return totals


def texts(group, name, values):
    data = group.create_dataset(name, data=np.array(values, dtype=object), dtype=h5py.string_dtype(), compression="gzip")
    return encode(data, "string-array", "0.2.0")


def frame(file, path, index, columns):
    """Writes a data frame; a column is an array of numbers, or codes and categories."""
    group = encode(file.create_group(path), "dataframe", "0.2.0", _index="_index")
    group.attrs.create("column-order", list(columns), dtype=h5py.string_dtype())
    texts(group, "_index", index)
    for name, values in columns.items():
        if isinstance(values, tuple):
            column = encode(group.create_group(name), "categorical", "0.2.0", ordered=False)
            encode(column.create_dataset("codes", data=values[0].astype(np.int8)), "array", "0.2.0")
            texts(column, "categories", values[1])
        elif isinstance(values, list):
            texts(group, name, values)
        else:
            encode(group.create_dataset(name, data=values, compression="gzip"), "array", "0.2.0")


def barcodes(cells):
    """Returns cell names like droplet barcodes: 16 letters and a number."""
    letters = np.array(list("ACGT"))
    codes = (np.arange(cells)[:, None] * 2654435761 % (1 << 32)) >> np.arange(0, 32, 2) & 3
    return ["".join(row) + "-1" for row in letters[codes]]


def write_10x(file, model, options):
    """Writes the format of Cell Ranger 3: columns are cells, which equals CSR with cells as rows."""
    sparse(file, "matrix", model, options)
    matrix = file["matrix"]
    matrix["shape"] = np.array([options.genes, options.cells], np.int32)
    matrix["barcodes"] = np.array(barcodes(options.cells), "S")
    features = matrix.create_group("features")
    features["id"] = np.array([f"ENSG{gene:011d}" for gene in range(options.genes)], "S")
    features["name"] = np.array([f"GENE{gene}" for gene in range(options.genes)], "S")
    features["feature_type"] = np.array(["Gene Expression"] * options.genes, "S")
    features["genome"] = np.array(["GRCh38"] * options.genes, "S")
    features["_all_tag_keys"] = np.array(["genome"], "S")


def write(options):
    model = Model(options)
    with h5py.File(options.out, "w") as file:
        if options.layout == "10x":
            return write_10x(file, model, options)
        encode(file, "anndata", "0.1.0")
        if options.layout == "dense":
            totals = dense(file, "X", model, options)
        else:
            totals = sparse(file, "X", model, options, normalize=options.layout == "raw")
        genes = [f"ENSG{gene:011d}" for gene in range(options.genes)]
        symbols = {"gene_symbols": [f"GENE{gene}" for gene in range(options.genes)]}
        frame(file, "var", genes, symbols)
        if options.layout == "raw":
            encode(file.create_group("raw"), "raw", "0.1.0")
            sparse(file, "raw/X", model, options)
            frame(file, "raw/var", genes, symbols)
            encode(file.create_group("raw/varm"), "dict", "0.1.0")
        clusters = (model.clusters, sorted(map(str, range(CLUSTERS)), key=int))
        types = {"cell_type_ontology_term_id": (model.clusters, [f"CL:{term}" for term in TERMS])} if options.labelled else {}
        frame(file, "obs", barcodes(options.cells), {"leiden": clusters, "n_counts": totals, **types})
        for name in ("layers", "obsm", "obsp", "uns", "varm", "varp"):
            encode(file.create_group(name), "dict", "0.1.0")
        for name, values in (("X_pca", model.pca), ("X_umap", model.pca[:, :2])):
            data = file["obsm"].create_dataset(name, data=values, compression=options.compression)
            encode(data, "array", "0.2.0")


def repeat(options):
    """Repeats the rows of a CSR file, for files that would take long to generate. Compressed storage chunks are copied
    unchanged, so the last row of each copy may be truncated."""
    with h5py.File(options.repeated, "r") as source, h5py.File(options.out, "w") as file:
        for name in ("var", "layers", "obsp", "uns", "varm", "varp", "obsm"):
            file.create_group(name) if name == "obsm" else source.copy(name, file)
        encode(file["obsm"], "dict", "0.1.0")
        encode(file, "anndata", "0.1.0")
        vectors = [source["X"][name] for name in ("data", "indices")]
        step = vectors[0].chunks[0]
        chunks = len(vectors[0]) // step
        ends = source["X/indptr"][1:]
        ends = np.minimum(ends[: np.searchsorted(ends, chunks * step) + 1], chunks * step).astype(np.int64)
        cells = len(ends) * options.times
        group = encode(file.create_group("X"), "csr_matrix", "0.1.0", shape=(cells, options.genes))
        for name, vector in zip(("data", "indices"), vectors):
            into = group.create_dataset(
                name, (chunks * step * options.times,), vector.dtype, chunks=vector.chunks, compression=vector.compression
            )
            for chunk in range(chunks):
                mask, stored = vector.id.read_direct_chunk((chunk * step,))
                for copy in range(options.times):
                    into.id.write_direct_chunk(((copy * chunks + chunk) * step,), stored, mask)
        offsets = [[0], *(ends + copy * chunks * step for copy in range(options.times))]
        group.create_dataset("indptr", data=np.concatenate(offsets), compression="gzip")
        frame(file, "obs", barcodes(cells), {"n_counts": np.zeros(cells)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int)
    parser.add_argument("--repeated", help="a CSR file to repeat instead")
    parser.add_argument("--times", type=int, default=5, help="how often")
    parser.add_argument("--genes", type=int, default=36_601)
    parser.add_argument("--per-cell", type=int, default=2_600, help="genes found in a cell")
    parser.add_argument("--layout", choices=["csr", "csc", "dense", "raw", "10x"], default="csr")
    parser.add_argument("--compression", choices=["gzip", "lzf", "none"], default="gzip")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32", help="of a dense matrix")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--labelled", action="store_true", help="with cell types, as a reference has them")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    options.compression = None if options.compression == "none" else options.compression
    repeat(options) if options.repeated else write(options)


if __name__ == "__main__":
    main()
