"""Lists the dependencies in Cargo.toml that no source file names. Fails if there are any."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Folders whose code may use a kind of dependencies.
PLACES = {"dependencies": ["src"], "dev-dependencies": ["src", "tests", "benches"]}


def declared(kind):
    """Returns the names in a table of Cargo.toml."""
    table = (ROOT / "Cargo.toml").read_text().split(f"\n[{kind}]\n")[1].split("\n[")[0]
    return re.findall(r"^([A-Za-z0-9_-]+) *=", table, re.MULTILINE)


def unused(names, folders):
    """Returns the crates that no file in the folders names as the start of a path."""
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.rs")]
    code = "\n".join(re.sub(r"//.*", "", path.read_text()) for path in files)
    return [name for name in names if not re.search(rf"\b{name.replace('-', '_')}(::|\s*;|\s+as\b|\s*\{{|!)", code)]


def main():
    found = [name for kind, folders in PLACES.items() for name in unused(declared(kind), folders)]
    print("no source file names these dependencies: " + ", ".join(found) if found else "all dependencies are used")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
