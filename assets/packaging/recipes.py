"""Checks the recipes: their versions, the Dockerfile with hadolint, and the wrapper of Snakemake in a real workflow."""

import argparse
import contextlib
import csv
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOLS = pathlib.Path(sys.executable).parent
TOKEN = "recipes.token-of-nobody"
# Files that state the version of castui, and how.
VERSIONS = {
    "bioconda/meta.yaml": r'set version = "([^"]+)"',
    "apptainer/castui.def": r"castui-([0-9.]+)-x86_64",
    "galaxy/castui_annotate.xml": r'<token name="@TOOL_VERSION@">([^<]+)<',
    "snakemake/environment.yaml": r"castui =([0-9.]+)",
    "nextflow/castui/annotate/environment.yml": r"bioconda::castui=([0-9.]+)",
    "nextflow/castui/annotate/main.nf": r"castui:([0-9.]+)--",
}


def check_versions():
    """Fails if a recipe states another version than Cargo.toml."""
    version = re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
    for file, pattern in VERSIONS.items():
        found = set(re.findall(pattern, (HERE / file).read_text()))
        assert found == {version}, f"{file} is for castui {found}, not {version}"


def check_dockerfile():
    """Fails if hadolint finds anything."""
    subprocess.run([TOOLS / "hadolint", HERE / "docker/Dockerfile"], check=True)


def check_galaxy():
    """Fails if the tool is not XML with a test for each of its outputs."""
    tool = xml.etree.ElementTree.parse(HERE / "galaxy/castui_annotate.xml").getroot()
    outputs = {output.get("name") for output in tool.iter("data")}
    assert outputs == {output.get("name") for output in tool.iter("output")}, outputs


@contextlib.contextmanager
def served(castui, home):
    """Runs `castui serve` on the demo's reference; yields its address."""
    reference = shutil.copy(ROOT / "assets/demo/reference.h5ad", home)
    environment = os.environ | {"HOME": home, "CASTUI_SERVE_TOKEN": TOKEN}
    command = [castui, "serve", "--reference", reference, "--bind", "127.0.0.1:0"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield next(line.strip() for line in server.stdout if line.startswith("http://"))
    finally:
        server.terminate()
        server.wait()


def check_snakemake(castui):
    """Runs the workflow on the demo's cells. Fails if a cell has no label."""
    with tempfile.TemporaryDirectory() as home, served(castui, home) as address:
        work, programs = pathlib.Path(home, "work"), pathlib.Path(home, "bin")
        programs.mkdir()
        (programs / "castui").symlink_to(castui)
        shutil.copytree(HERE / "snakemake/test", work)
        shutil.copy(ROOT / "assets/demo/query.h5ad", work)
        environment = os.environ | {"HOME": home, "CAS_API_URL": address, "CAS_API_TOKEN": TOKEN,
                                    "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        command = [TOOLS / "snakemake", "--cores", "1", "--quiet", "all", "--config", f"wrapper=file://{HERE}/snakemake"]
        subprocess.run(command, cwd=work, env=environment, check=True)
        with open(work / "labels.csv", newline="") as labels:
            rows = list(csv.DictReader(labels))
        assert len(rows) == 221 and all(row["cas_cell_type_label_1"] for row in rows), len(rows)
        assert (work / "annotated.h5ad").stat().st_size > 0
        assert TOKEN not in (work / "annotate.log").read_text()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--castui", type=pathlib.Path, required=True)
    options = parser.parse_args()
    check_versions()
    check_dockerfile()
    check_galaxy()
    check_snakemake(options.castui.resolve())
    print("4 passed, 0 failed")


if __name__ == "__main__":
    main()
