"""Packs a built castui into a tarball with manual pages, completions, a module file, licenses and an SBOM.

The result depends only on the sources: files are sorted and dated by SOURCE_DATE_EPOCH.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import tarfile
import tempfile
import time
import uuid

from components import ROOT, components

VERSION = re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
COMPLETIONS = {
    "bash": "share/bash-completion/completions/castui",
    "zsh": "share/zsh/site-functions/_castui",
    "fish": "share/fish/vendor_completions.d/castui.fish",
}


def generated(runnable):
    """Returns the manual pages and completions that the program prints."""
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([runnable, "man", "-o", folder], check=True, capture_output=True)
        for page in pathlib.Path(folder).iterdir():
            files[f"share/man/man1/{page.name}"] = page.read_bytes()
    for shell, place in COMPLETIONS.items():
        files[place] = subprocess.run([runnable, "completions", shell], check=True, capture_output=True).stdout
    return files


def licenses(parts):
    """Returns the notice file: each component with its license, and each text once."""
    lines, shown = ["Software that is linked into castui, and its licenses.", ""], {}
    for part in parts:
        numbers = [shown.setdefault(text, len(shown) + 1) for text in part["texts"]]
        where = f"text {', '.join(map(str, numbers))}" if numbers else f"by {', '.join(part['authors']) or 'its authors'}"
        lines.append(f"{part['name']} {part['version']}: {part['license']} ({where})")
    lines += ["", "A component without a text of its own is licensed under the texts of the same name below.", ""]
    for text, number in shown.items():
        lines += ["=" * 100, f"Text {number}", "=" * 100, "", text, ""]
    return "\n".join(lines).encode()


def sbom(parts):
    """Returns the bill of materials in the format CycloneDX 1.5."""
    root = next(part for part in parts if part["name"] == "castui")

    def component(part):
        kind = "application" if part is root else "library"
        described = {"type": kind, "bom-ref": part["purl"], "name": part["name"], "version": part["version"],
                     "purl": part["purl"], "licenses": [{"expression": part["license"]}]}
        if part["sha256"]:
            described["hashes"] = [{"alg": "SHA-256", "content": part["sha256"]}]
        return described

    bill = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH)), "component": component(root)},
        "components": [component(part) for part in parts if part is not root],
        "dependencies": [{"ref": part["purl"], "dependsOn": part["needs"]} for part in parts],
    }
    content = json.dumps(bill, sort_keys=True)
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}"
    return json.dumps(bill, indent=1, sort_keys=True).encode()


def pack(files, folder, archive):
    """Writes a tarball with the same bytes each time."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime, entry.mode = len(files[name]), EPOCH, 0o755 if name.startswith("bin/") else 0o644
            tar.addfile(entry, io.BytesIO(files[name]))
    archive.write_bytes(gzip.compress(packed.getvalue(), compresslevel=9, mtime=EPOCH))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--castui", type=pathlib.Path, required=True, help="the program to pack")
    parser.add_argument("--runnable", type=pathlib.Path, help="the same for this machine [default: --castui]")
    parser.add_argument("--target", required=True, help="such as x86_64-unknown-linux-gnu")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "target" / "dist")
    options = parser.parse_args()
    parts = components(options.target)
    name = f"castui-{VERSION}-{options.target.split('-')[0]}-linux"
    module = (ROOT / "assets/packaging/castui.lua").read_bytes()
    files = generated(options.runnable or options.castui) | {
        "bin/castui": options.castui.read_bytes(),
        f"share/modulefiles/castui/{VERSION}.lua": module,
        "share/doc/castui/THIRD-PARTY.txt": licenses(parts),
        "share/doc/castui/castui.cdx.json": sbom(parts),
        "share/doc/castui/assets.md": (ROOT / "assets/README.md").read_bytes(),
    }
    files |= {f"share/doc/castui/{file}": (ROOT / file).read_bytes() for file in
              ("README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE")}
    options.out.mkdir(parents=True, exist_ok=True)
    archive = options.out / f"{name}.tar.gz"
    pack(files, name, archive)
    archives = sorted(options.out.glob(f"castui-{VERSION}-*.tar.gz"))
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in archives]
    (options.out / "SHA256SUMS").write_text("".join(sums))
    without = sorted({part["license"] for part in parts if not part["texts"]})
    print(f"{archive.name}: {archive.stat().st_size / 1e6:.1f} MB, {len(files)} files, {len(parts)} components")
    print(f"licenses of components without a text: {', '.join(without) or 'none'}")


if __name__ == "__main__":
    main()
