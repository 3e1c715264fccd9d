#!/usr/bin/env python3
"""Takes the pictures of this folder from the real program: `make screenshots`.

Runs castui in a terminal of its own, presses keys, waits for what they show, and draws the screen as a PNG. Needs
Python 3 with pyte and Pillow, and the font DejaVu Sans Mono. No network: every picture is of the bundled demo.
"""

import argparse
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pyte
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).resolve().parent
STUCK = 60  # seconds
FOREGROUND, BACKGROUND = "d4d4d4", "1e1e1e"
NAMED = {
    "black": "000000", "red": "cd3131", "green": "0dbc79", "brown": "e5e510", "blue": "2472c8", "magenta": "bc3fbc",
    "cyan": "11a8cd", "white": "e5e5e5", "brightblack": "666666", "brightred": "f14c4c", "brightgreen": "23d18b",
    "brightbrown": "f5f543", "brightblue": "3b8eea", "brightmagenta": "d670d6", "brightcyan": "29b8db",
    "brightwhite": "ffffff",
}  # fmt: skip
KEYS = {"clear": "\x15", "enter": "\r", "esc": "\x1b", "tab": "\t", "space": " ", "down": "\x1b[B", "up": "\x1b[A", "right": "\x1b[C"}

# Keys to press; texts to wait for (">", with "|" between alternatives); the field of a form to select by its label
# ("field"); the new text of that field ("fill"); a text to type ("type"); and the picture to take ("!").
LARGE = [
    "> count matrix", "enter", "> what leaves this machine", "enter", "> the run is complete", "3 2 6 1", "> CD14", "j j", "> why this call", "! results",
]  # fmt: skip
USUAL = [
    "> count matrix", "! new-run-options", "esc", "> overlap with the file", "! new-run-model", "enter", "> count matrix", "enter", "> what leaves this machine", "> enter starts", "! new-run-preflight",
    "enter", "> the run is complete", "! run",
    "O +", "> doubtful calls", "! overview",
    "1 j j", "> CD8+", "! cells",
    "2", "> the selected term", "! ontology",
    "3", "> why|≥", "! matches",
    "5", "> most cells are|agree", "! clusters",
    "6", "> X_umap", "! embedding",
    "8", "> Look up", "enter", "type 12,13,14,200,201,340", "enter", "> disease|tissue", "! look-up",
    "1 b", "> known labels are in", "enter", "> cells compared", "! benchmark", "esc",
    "A", "> consensus of", "enter", "> have a consensus", "! consensus", "esc",
    "D", "> compare with", "enter", "> called differently|call every cell the same", "! diff", "esc",
    "e", "> if it exists", "! export", "esc",
    "?", "> Cells", "! help", "esc",
    ":", "> commands", "! palette", "esc",
    "!", "> shown:", "! log", "esc",
    "esc esc", "> account", "! home",
    "n", "> preview|query.h5ad", "! new-run-file",
]  # fmt: skip

# Of a run, from its options on.
START = ["enter", "> what leaves this machine", "> enter starts", "enter", "> the run is complete"]
# The genes behind a call.
GENES = ["> count matrix", *START, "1 j j E", "> markers only of its call", "! genes", "P", "> color: mean", "! dot-plot"]
# A run to compare the next with, in which neighbors have other weights.
EARLIER = [
    "> count matrix", "field weighting prefactor", "fill 20", "field results folder", "fill {home}/earlier.castui", *START,
]  # fmt: skip
SUMMARY = ["> count matrix", "field strategy", "right", *START, "1 + 9", "> median", "! summary"]
SEARCH = [
    "> count matrix", "field strategy", "right right", *START,
    "1 + 4", "> distance", "! neighbors",
    "7", "f", "> cell_type|cell type", "! metadata",
]  # fmt: skip


class Terminal:
    """castui in a terminal."""

    def __init__(self, command, size, environment):
        self.columns, self.rows = size
        self.screen = pyte.Screen(self.columns, self.rows)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    def read(self, seconds):
        """Takes in what is written within a time; whether anything was."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        # Pyte does not know the sequences that keep a frame in one piece.
        self.stream.feed(os.read(self.fd, 1 << 16).replace(b"\x1b[?2026h", b"").replace(b"\x1b[?2026l", b""))
        return True

    def until(self, texts):
        """Waits for one of several texts."""
        end = time.monotonic() + STUCK
        while not any(text in line for text in texts for line in self.screen.display):
            if not self.read(max(0.0, end - time.monotonic())):
                sys.exit("stuck, without " + " or ".join(map(repr, texts)) + ":\n" + "\n".join(self.screen.display))

    def settle(self):
        """Waits until nothing more is written."""
        while self.read(0.3):
            pass

    def press(self, keys):
        for key in keys.split():
            os.write(self.fd, KEYS.get(key, key).encode())
            self.settle()

    def line(self, mark):
        """The first line of the screen with a mark."""
        return next((line for line in self.screen.display if mark in line), "")

    def select(self, label):
        """Selects the field of a form with a label, wherever it is in the form."""
        for _ in range(self.rows):
            if self.line("❯").split("❯")[-1].strip().startswith(label):
                return
            self.press("down")
        sys.exit(f"the form has no field {label!r}:\n" + "\n".join(self.screen.display))

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


class Painter:
    """Draws screens."""

    def __init__(self):
        self.plain, self.bold = font("DejaVuSansMono.ttf"), font("DejaVuSansMono-Bold.ttf")
        self.width, self.height = round(self.plain.getlength("M")), 20

    def paint(self, screen, path):
        image = Image.new("RGB", (screen.columns * self.width, screen.lines * self.height), color(BACKGROUND))
        draw = ImageDraw.Draw(image)
        for y in range(screen.lines):
            for x in range(screen.columns):
                self.paint_cell(draw, (x * self.width, y * self.height), screen.buffer[y][x])
        image.quantize(colors=128, dither=Image.Dither.NONE).save(path, optimize=True)

    def paint_cell(self, draw, place, cell):
        front, back = color(cell.fg, FOREGROUND), color(cell.bg, BACKGROUND)
        if cell.reverse:
            front, back = back, front
        if back != color(BACKGROUND):
            draw.rectangle(self.box(place, (0, 0, 1, 1)), fill=back)
        code = ord(cell.data[0]) if cell.data else 32
        if 0x2800 <= code <= 0x28FF:
            self.paint_dots(draw, place, code - 0x2800, front)
        elif 0x2581 <= code <= 0x2588:
            draw.rectangle(self.box(place, (0, 1 - (code - 0x2580) / 8, 1, 1)), fill=front)
        elif 0x2589 <= code <= 0x258F:
            draw.rectangle(self.box(place, (0, 0, 1 - (code - 0x2588) / 8, 1)), fill=front)
        elif code == 0x2580:
            draw.rectangle(self.box(place, (0, 0, 1, 0.5)), fill=front)
        elif code != 32:
            draw.text(place, cell.data, font=self.bold if cell.bold else self.plain, fill=front)
        if cell.underscore:
            draw.rectangle(self.box(place, (0, 0.94, 1, 1)), fill=front)

    def box(self, place, part):
        """A part of a character's place, in pixels."""
        (left, top), (x0, y0, x1, y1) = place, part
        return [left + x0 * self.width, top + y0 * self.height, left + x1 * self.width - 1, top + y1 * self.height - 1]

    def paint_dots(self, draw, place, bits, front):
        """A braille character, by hand: plots have to line up."""
        for bit, (x, y) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]):
            if bits >> bit & 1:
                left, top = place[0] + self.width * (0.28 + 0.44 * x), place[1] + self.height * (0.14 + 0.24 * y)
                draw.ellipse([left - 1.3, top - 1.3, left + 1.3, top + 1.3], fill=front)


def font(name):
    try:
        return ImageFont.truetype(name, 16)
    except OSError:
        sys.exit(f"the font {name} is missing; Debian and Ubuntu have it in fonts-dejavu-core")


def color(text, default=BACKGROUND):
    text = NAMED.get(text, text)
    text = default if text == "default" else text
    return tuple(int(text[start : start + 2], 16) for start in (0, 2, 4))


def play(steps, terminal, painter):
    """Presses, waits and takes pictures."""
    suffix = f"{terminal.columns}x{terminal.rows}"
    for step in steps:
        kind, _, rest = step.partition(" ")
        if kind == ">":
            terminal.until(rest.split("|"))
        elif kind == "!" and rest:
            terminal.settle()
            path = HERE / f"{rest}-{suffix}.png"
            painter.paint(terminal.screen, path)
            print(path.relative_to(HERE.parent))
        elif kind == "field":
            terminal.select(rest)
        elif kind == "fill":
            # A text field is edited from "space" to "enter".
            terminal.press("space clear")
            terminal.press(" ".join(rest.replace("{home}", os.environ["HOME"])))
            terminal.press("enter")
        elif kind == "type":
            terminal.press(" ".join(rest.replace("{home}", os.environ["HOME"])))
        else:
            terminal.press(step)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--castui", required=True, help="the program")
    arguments.add_argument("--home", required=True, help="a folder for its files; emptied first")
    arguments = arguments.parse_args()
    castui, home = str(Path(arguments.castui).resolve()), Path(arguments.home).resolve()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    os.environ["HOME"] = str(home)
    environment = {"HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    painter = Painter()
    for command, size, steps in [
        ([castui], (80, 24), ["> token", "! login"]),
        ([castui, "demo"], (120, 36), EARLIER),
        ([castui, "demo"], (120, 36), USUAL),
        ([castui, "demo"], (120, 36), SUMMARY),
        ([castui, "demo"], (120, 36), SEARCH),
        ([castui, "demo"], (80, 24), GENES),
        ([castui, "demo"], (200, 60), GENES),
        ([castui, "demo"], (200, 60), LARGE),
    ]:
        os.chdir(home)
        terminal = Terminal(command, size, environment)
        play(steps, terminal, painter)
        terminal.end()
    shutil.rmtree(home)


if __name__ == "__main__":
    main()
