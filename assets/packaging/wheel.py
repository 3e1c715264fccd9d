"""Builds the wheels for old Linux systems with maturin and zig, and checks what was built.

The same commit gives the same bytes: paths are remapped, and dates come from SOURCE_DATE_EPOCH.
"""

import argparse
import hashlib
import io
import os
import pathlib
import re
import subprocess
import sys
import zipfile

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from components import ROOT, components
from dist import licenses

PROJECT = ROOT / "assets/packaging/python"
TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")
# The C library of CentOS 7, which the tag manylinux_2_17 promises.
OLDEST_GLIBC = (2, 17)
LARGEST_PROGRAM = 30_000_000
HARDENING = "-D_FORTIFY_SOURCE=2 -fstack-protector-strong"


def environment():
    """Returns the environment of a build that depends on nothing but the sources."""
    cargo = os.environ.get("CARGO_HOME", str(pathlib.Path.home() / ".cargo"))
    places = {str(ROOT): "/castui", cargo: "/cargo"}
    rust = " ".join(f"--remap-path-prefix={place}={name}" for place, name in places.items())
    c = " ".join(f"-ffile-prefix-map={place}={name}" for place, name in places.items())
    tools = pathlib.Path(sys.executable).parent
    return os.environ | {"RUSTFLAGS": rust, "CFLAGS": f"{HARDENING} {c}", "CARGO_INCREMENTAL": "0",
                         "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


def build(target, out):
    """Builds the wheel for a target; returns its path."""
    (PROJECT / "LICENSE").write_bytes((ROOT / "LICENSE").read_bytes())
    (PROJECT / "THIRD-PARTY.txt").write_bytes(licenses(components(target)))
    command = ["maturin", "build", "--release", "--locked", "--zig", "--target", target, "--compatibility",
               "manylinux_2_17", "--out", str(out)]
    subprocess.run(command, cwd=PROJECT, env=environment(), check=True)
    [wheel] = out.glob(f"castui-*manylinux_2_17_{target.split('-')[0]}*.whl")
    return wheel


def program(wheel):
    """Returns the program inside a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if re.search(r"\.data/scripts/castui$", name)]
        return archive.read(name)


def newest_glibc(elf):
    """Returns the newest version of glibc that the program asks for."""
    versions = [tuple(map(int, found[1].split(".")))
                for section in elf.iter_sections() if isinstance(section, GNUVerNeedSection)
                for _, entries in section.iter_versions() for entry in entries
                if (found := re.fullmatch(r"GLIBC_([0-9.]+)", entry.name))]
    return max(versions)


def hardening(elf):
    """Returns the protections that the program lacks."""
    dynamic = elf.get_section_by_name(".dynamic")
    tags = {tag.entry.d_tag: tag.entry.d_val for tag in dynamic.iter_tags()}
    now = "DT_BIND_NOW" in tags or tags.get("DT_FLAGS", 0) & 0x8 or tags.get("DT_FLAGS_1", 0) & 0x1
    segments = {segment.header.p_type: segment.header.p_flags for segment in elf.iter_segments()}
    has = {"position independence": elf.header.e_type == "ET_DYN", "immediate binding": bool(now),
           "read-only relocations": "PT_GNU_RELRO" in segments, "a stack without code": segments.get("PT_GNU_STACK") == 6}
    return [name for name, present in has.items() if not present]


def check(wheel):
    """Returns the faults of a wheel."""
    content = program(wheel)
    elf = ELFFile(io.BytesIO(content))
    newest = newest_glibc(elf)
    faults = [f"lacks {name}" for name in hardening(elf)]
    if newest > OLDEST_GLIBC:
        faults.append(f"needs glibc {newest[0]}.{newest[1]}")
    if len(content) > LARGEST_PROGRAM:
        faults.append(f"has {len(content):,} bytes")
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, program {len(content) / 1e6:.1f} MB, newest symbol "
          f"GLIBC_{'.'.join(map(str, newest))}, sha256 {hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    return [f"{wheel.name} {fault}" for fault in faults]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "target" / "wheels")
    options = parser.parse_args()
    options.out = options.out.absolute()
    faults = []
    for target in options.targets:
        wheel = build(target, options.out)
        subprocess.run([sys.executable, "-m", "auditwheel", "show", wheel], check=True)
        faults += check(wheel)
    sys.exit("\n".join(faults) or 0)


if __name__ == "__main__":
    main()
