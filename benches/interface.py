"""Measures the speed of the terminal interface: `python benches/interface.py --castui target/release/castui --run RUNDIR`.

Runs the program in a pseudo-terminal of 200 by 60 on a stored run (`results.py --scratch DIR` makes one of a million cells)
and measures, from outside, the times that a user waits. A frame ends when no output has arrived for a few milliseconds.
"""

import argparse
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import statistics
import struct
import tempfile
import termios
import time

# Seconds without output that end a frame.
FRAME_GAP = 0.004
# Seconds without output that end a frame drawn after background work.
WORK_GAP = 3.0


class Screen:
    """The program in a pseudo-terminal."""

    def __init__(self, program, *arguments):
        self.home = tempfile.TemporaryDirectory()
        self.began = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            environment = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": self.home.name}
            os.execve(program, [program, *arguments], environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))

    def frame(self, gap, patience=60.0):
        """Reads until no output arrives for `gap` seconds; returns the bytes and the time of the last one."""
        drawn, last = b"", None
        while select.select([self.terminal], [], [], gap if drawn else patience)[0]:
            try:
                drawn += os.read(self.terminal, 1 << 20)
            except OSError:  # The program has ended.
                break
            last = time.perf_counter()
        return drawn, last

    def until(self, pattern):
        """Waits until the output matches a pattern; returns the time."""
        drawn = b""
        while not re.search(pattern, drawn):
            more, last = self.frame(FRAME_GAP)
            if not more:
                raise SystemExit(f"the interface never shows {pattern!r}")
            drawn += more
        return last - self.began

    def press(self, keys, gap=FRAME_GAP):
        """Presses keys; returns the seconds until the change is drawn."""
        pressed = time.perf_counter()
        os.write(self.terminal, keys)
        drawn, last = self.frame(gap, 2.0)
        return last - pressed if drawn else float("nan")

    def status(self, field):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
        return float("nan")

    def cpu(self):
        words = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        while self.frame(0.2, 0.5)[0]:
            pass
        os.waitpid(self.pid, 0)
        self.home.cleanup()


def first_frames(program):
    """Returns the times of the first frames of the home screen, which needs no run."""
    times = []
    for _ in range(10):
        screen = Screen(program)
        _, last = screen.frame(FRAME_GAP)
        times.append(last - screen.began)
        screen.close()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--castui", required=True)
    parser.add_argument("--run", required=True)
    options = parser.parse_args()
    program = str(pathlib.Path(options.castui).resolve())
    print(f"first frame: {1000 * statistics.median(first_frames(program)):.0f} ms (aim 50)", flush=True)

    # Otherwise the last view of the run would be restored, with sorting and filter.
    (pathlib.Path(options.run) / "view.json").unlink(missing_ok=True)
    screen = Screen(program, str(pathlib.Path(options.run).resolve()))
    opened = screen.until(rb"[ACGT]{10}")
    print(f"a run's first screen of cells: {opened:.2f} s (aim 1)", flush=True)
    screen.frame(WORK_GAP, WORK_GAP)

    times = sorted(time for _ in range(100) for time in (screen.press(b"j"), screen.press(b"k")) if time == time)
    print(f"key to frame: median {1000 * statistics.median(times):.1f} ms, p99 {1000 * times[int(0.99 * len(times))]:.1f} ms (aim 16)")
    times = sorted(time for _ in range(30) for time in (screen.press(b"\x1b[6~"), screen.press(b"\x1b[5~")) if time == time)
    print(f"page to frame: median {1000 * statistics.median(times):.1f} ms, p99 {1000 * times[int(0.99 * len(times))]:.1f} ms (aim 16)")

    screen.press(b"s")
    screen.press(b"score_1", 0.3)
    print(f"sort by score: {screen.press(bytes([13]), WORK_GAP):.2f} s (aim 1)", flush=True)
    screen.press(b"&")
    typed, applied = screen.press(b"score_1>0.5", WORK_GAP), screen.press(bytes([13]), WORK_GAP)
    print(f"filter by score: {typed:.2f} s while typing, {applied:.2f} s after accepting (aim 1)", flush=True)

    before, drawn = screen.cpu(), screen.frame(5.0, 5.0)[0]
    print(f"idle for 5 s: {len(drawn)} bytes, {screen.cpu() - before:.2f} s of CPU (aim none)")
    print(f"memory: {screen.status('VmRSS'):.0f} MB, at most {screen.status('VmHWM'):.0f} MB (aim 400)")
    screen.close()


if __name__ == "__main__":
    main()
