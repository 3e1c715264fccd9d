"""Runs the program on damaged files, each in a separate process that is monitored from outside.

libhdf5 may fail on damaged files, but castui must not. Every file must be read or refused with a message (exit code 0 to
7), in bounded time and memory. Needs only Python.
"""

import argparse
import collections
import gzip
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
SIGNATURES = [b"OHDR", b"OCHK", b"TREE", b"SNOD", b"HEAP", b"GCOL", b"FRHP", b"FHDB", b"FHIB", b"BTHD", b"BTLF", b"BTIN",
              b"FADB", b"FAHD", b"EAHD", b"EAIB", b"\x89HDF"]
INTERESTING = [0, 1, 2, 0x7F, 0x80, 0xFF]


def seeds():
    """Returns valid files: those of real anndata versions and those in the corpus."""
    folders = [HERE.parent / "fixtures", HERE / "corpus" / "files"]
    return {path.name: gzip.decompress(path.read_bytes()) for folder in folders for path in sorted(folder.glob("*.gz"))}


def metadata(sound):
    """Returns the approximate places of metadata: the first bytes after each signature and object header."""
    places = []
    for signature in SIGNATURES:
        at = sound.find(signature)
        while at >= 0:
            places.append(at)
            at = sound.find(signature, at + 1)
    # Object headers of the first version have no signature: version 1, reserved 0, few messages, reference count 1.
    places += [at for at in range(0, len(sound) - 8, 8)
               if sound[at] == 1 and sound[at + 1] == 0 and sound[at + 3] == 0 and sound[at + 4:at + 8] == b"\1\0\0\0"]
    return places or [0]


def damage(random, sound, places):
    """Makes one to eight changes, mostly in metadata."""
    damaged = bytearray(sound)
    for _ in range(random.choice([1, 1, 1, 2, 3, 8])):
        near = random.choice(places) + random.randrange(512)
        at = min(near if random.random() < 0.85 else random.randrange(len(sound)), len(damaged) - 1)
        kind = random.randrange(6)
        if kind == 0:
            damaged[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            damaged[at] = random.choice(INTERESTING)
        elif kind == 2:
            width = random.choice([2, 4, 8])
            value = random.choice([0, 1, 1 << 16, 1 << 31, 1 << 40, -1, len(sound), at, random.randrange(len(sound))])
            damaged[at:at + width] = (value % (1 << 8 * width)).to_bytes(width, "little")
        elif kind == 3:
            length, source = random.randrange(1, 64), random.choice(places)
            damaged[at:at + length] = sound[source:source + length]
        elif kind == 4:
            damaged[at:at + random.randrange(1, 32)] = bytes(random.randrange(1, 32))
        elif random.random() < 0.2:
            del damaged[max(at, 64):]
    return bytes(damaged)


def run(command, patience):
    """Runs a command; returns the exit code (or minus the signal), seconds, peak memory in MB, and output."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))
    start = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
                                   preexec_fn=limit, env={"HOME": tempfile.gettempdir()})
        alarm = threading.Timer(patience, process.kill)
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return process.returncode, time.monotonic() - start, usage.ru_maxrss >> 10, said.read(4096).decode("utf-8", "replace")


def verdict(code, seconds, memory, said, options):
    """Returns the fault of a finished command, or nothing."""
    if seconds >= options.patience:
        return "hang"
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    if code > 7 or "panicked" in said:
        return f"exit {code}"
    if memory > options.memory:
        return "memory"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--castui", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--patience", type=float, default=20, help="time limit per file in seconds")
    parser.add_argument("--memory", type=int, default=1300, help="memory limit per file in MB")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("target/fuzz/files"), help="folder for files with faults")
    options = parser.parse_args()
    chance, sound = random.Random(options.seed), seeds()
    places = {name: metadata(content) for name, content in sound.items()}
    ends, hazards, slowest, largest, start = collections.Counter(), collections.Counter(), 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "damaged.h5ad"
        while time.monotonic() - start < options.seconds:
            name = chance.choice(list(sound))
            path.write_bytes(damage(chance, sound[name], places[name]))
            ended = run([options.castui.resolve(), "inspect", path], options.patience)
            wrong = verdict(*ended, options)
            ends[wrong or ("read" if ended[0] == 0 else "refused")] += 1
            slowest, largest = max(slowest, ended[1]), max(largest, ended[2])
            for hazard in ("HDF5 crashes", "HDF5 is not done", "HDF5 wants"):
                hazards[hazard] += hazard in ended[3]
            if wrong:
                options.keep.mkdir(parents=True, exist_ok=True)
                kept = options.keep / f"{wrong.replace(' ', '-')}-{options.seed}-{sum(ends.values())}-{name[:-3]}"
                kept.write_bytes(path.read_bytes())
                print(f"{wrong}: {kept}: {ended[3].strip()[:300]}", flush=True)
    failed = sum(count for end, count in ends.items() if end not in ("read", "refused"))
    print(f"seed {options.seed}: {sum(ends.values())} files in {time.monotonic() - start:.0f} s: {dict(ends)}; of these "
          f"kept from libhdf5: {dict(+hazards)}; slowest {slowest:.1f} s, largest {largest} MB")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
