"""Snakemake wrapper of `castui annotate`."""

__license__ = "MIT OR Apache-2.0"

import shlex
import shutil
from pathlib import Path

from snakemake.shell import shell

log = snakemake.log_fmt_shell(stdout=True, stderr=True)
extra = snakemake.params.get("extra", "")
labels, h5ad = snakemake.output.get("labels"), snakemake.output.get("h5ad")
# Snakemake removes the outputs of a failed rule. A folder in params survives, and the next attempt continues in it.
run = snakemake.params.get("run") or snakemake.output.get("run")
if not run:
    raise ValueError("name the run folder as output 'run' or as parameter 'run'")
if Path(run).is_dir() and not any(Path(run).iterdir()):
    Path(run).rmdir()
if labels:
    extra += " --infer-labels"
if h5ad:
    extra += f" --output-h5ad={shlex.quote(str(h5ad))}"
shell("castui annotate {snakemake.input[0]:q} --output-dir {run:q} --progress plain {extra} {log}")
if labels:
    shutil.copyfile(Path(run) / "inferred_labels.csv", labels)
