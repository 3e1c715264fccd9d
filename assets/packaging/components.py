"""Lists what is linked into castui: crates and the C libraries inside them, their licenses, texts and digests.

Reads `cargo metadata` and the sources of the crates. Development dependencies, macros and build scripts are left out,
because they are not part of the program.
"""

import functools
import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TEXT_NAMES = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)
# C libraries whose sources are in a crate: name, SPDX expression, license text, and file and pattern of the version.
BUNDLED = {
    "hdf5-metno-src": ("hdf5", "BSD-3-Clause", "ext/hdf5/LICENSE", ("ext/hdf5/src/H5public.h",
                       r"#define H5_VERS_(?:MAJOR|MINOR|RELEASE) (\d+)")),
    "libz-sys": ("zlib", "Zlib", "src/zlib/LICENSE", ("src/zlib/zlib.h", r'#define ZLIB_VERSION "([^"]+)"')),
    "zstd-sys": ("zstd", "BSD-3-Clause", "zstd/LICENSE", ("Cargo.toml", r'\nversion = "[^"+]+\+zstd\.([^"]+)"')),
    "libdeflate-sys": ("libdeflate", "MIT", "libdeflate/COPYING",
                       ("libdeflate/libdeflate.h", r'#define LIBDEFLATE_VERSION_STRING\s+"([^"]+)"')),
}


def metadata(target):
    """Returns the resolved dependencies for a target."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def built(target):
    """Returns names and versions of the packages in the program. `cargo metadata` also lists those of unused features."""
    command = ["cargo", "tree", "--locked", "--edges", "normal,no-proc-macro", "--target", target, "--prefix", "none"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {tuple(line.split()[:2]) for line in lines if line}


def linked(graph, target):
    """Returns the ids of the packages that are linked into the program, and their links to each other."""
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    packages = {package["id"]: package for package in graph["packages"]}
    wanted = built(target)

    def is_linked(identity):
        return (packages[identity]["name"], f"v{packages[identity]['version']}") in wanted

    links, waiting = {}, [graph["resolve"]["root"]]
    while waiting:
        identity = waiting.pop()
        if identity in links:
            continue
        normal = [dep["pkg"] for dep in nodes[identity]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        links[identity] = sorted(pkg for pkg in normal if is_linked(pkg))
        waiting.extend(links[identity])
    return links, packages


@functools.cache
def checksums():
    """Returns the digests in Cargo.lock by name and version."""
    blocks = (ROOT / "Cargo.lock").read_text().split("[[package]]")[1:]
    fields = [dict(re.findall(r'^(name|version|checksum) = "([^"]+)"$', block, re.MULTILINE)) for block in blocks]
    return {(block["name"], block["version"]): block.get("checksum") for block in fields}


def texts(folder):
    """Returns the license texts in the folder of a package."""
    names = sorted(path for path in folder.iterdir() if path.is_file() and TEXT_NAMES.search(path.name))
    below = folder / "LICENSES"
    names += sorted(below.iterdir()) if below.is_dir() else []
    return [path.read_text(errors="replace").strip() for path in names if path.suffix not in (".rs", ".json")]


def bundled(package):
    """Returns the C library inside a package, or None."""
    if package["name"] not in BUNDLED:
        return None
    name, expression, text, (file, pattern) = BUNDLED[package["name"]]
    folder = pathlib.Path(package["manifest_path"]).parent
    version = ".".join(re.findall(pattern, (folder / file).read_text(errors="replace")))
    return {"name": name, "version": version, "license": expression, "texts": [(folder / text).read_text().strip()],
            "purl": f"pkg:generic/{name}@{version}", "sha256": None, "authors": [], "needs": []}


def components(target):
    """Returns castui and everything linked into it, sorted by name."""
    links, packages = linked(metadata(target), target)

    def purl(identity):
        return f"pkg:cargo/{packages[identity]['name']}@{packages[identity]['version']}"

    found = []
    for identity, needs in links.items():
        package = packages[identity]
        inside = bundled(package)
        needs = [purl(need) for need in needs] + ([inside["purl"]] if inside else [])
        found.append({
            "name": package["name"], "version": package["version"], "purl": purl(identity), "needs": sorted(needs),
            "license": license_of(package), "authors": package["authors"],
            "texts": texts(pathlib.Path(package["manifest_path"]).parent) or (inside["texts"] if inside else []),
            "sha256": checksums().get((package["name"], package["version"])),
        })
        found += [inside] if inside else []
    return sorted(found, key=lambda component: (component["name"], component["version"], component["purl"]))


def license_of(package):
    """Returns the SPDX expression of a package. Fails if there is none."""
    stated = package["license"]
    if not stated and package["name"] in BUNDLED:
        return BUNDLED[package["name"]][1]
    if not stated:
        raise SystemExit(f"{package['name']} {package['version']} states no license")
    return stated.replace("/", " OR ") if " OR " not in stated else stated
