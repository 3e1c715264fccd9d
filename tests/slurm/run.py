"""Runs the job script of `castui sbatch` under a real Slurm on this machine.

    python3 tests/slurm/run.py --castui target/debug/castui

For every way in which a job can end, the cells that the server charged are counted, and the answers compared with those
of an undisturbed run. Needs root and Debian's packages slurm-wlm and munge.
"""

import argparse
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
QUERY = HERE.parents[1] / "assets" / "demo" / "query.h5ad"
CELLS = 221
CELLS_A_CHUNK = 5
TOKEN = "slurm-token-7a31"
# Seconds that the server takes for a chunk, so that jobs can be disturbed in the middle.
PACE = 1.0
# Requests in parallel: those of a job without shards.
IN_FLIGHT = 2


def wait_until(holds, what, seconds=180):
    """Polls a condition; returns its value."""
    end = time.monotonic() + seconds
    while not (value := holds()):
        if time.monotonic() > end:
            sys.exit(f"FAILED: waited {seconds} s for {what}")
        time.sleep(0.2)
    return value


class Slow(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the service and holds the answers to uploads for a while."""

    protocol_version = "HTTP/1.1"
    upstream = None
    uploads = 0

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if "annotate" in self.path:
            type(self).uploads += 1
            time.sleep(PACE)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except BrokenPipeError:
            pass  # a killed process does not wait for its answer

    do_GET = do_POST = pass_on

    def log_message(self, *_):
        pass


class World:
    """A service that counts the charged cells, and folders for runs."""

    def __init__(self, castui, folder):
        self.castui, self.folder = str(pathlib.Path(castui).resolve()), folder
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "SLURM_CONF": os.environ["SLURM_CONF"]}
        self.log = folder / "requests.jsonl"
        token = folder / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        self.service = subprocess.Popen(
            [self.castui, "serve", "--bind", "127.0.0.1:0", "--request-log", self.log, "--token-file", token],
            stdout=subprocess.PIPE, text=True, env=self.env)
        Slow.upstream = int(self.service.stdout.readline().strip().rsplit(":", 1)[1])
        self.front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
        threading.Thread(target=self.front.serve_forever, daemon=True).start()
        self.connection = ["--server", f"http://127.0.0.1:{self.front.server_port}", "--token-file", str(token)]
        self.row = None

    def run(self, *words):
        ended = subprocess.run(words, cwd=self.row, env=self.env, capture_output=True, text=True)
        if ended.returncode:
            sys.exit(f"FAILED: {words}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def begin(self, name, *options):
        """Starts a row: a folder with the file and its job script."""
        self.row = self.folder / re.sub(r"\W+", "-", name)
        self.row.mkdir()
        shutil.copy(QUERY, self.row / "cells.h5ad")
        self.paid_before, self.uploads_before = self.paid(), Slow.uploads
        self.run(self.castui, "sbatch", "cells.h5ad", "-o", "job.sh", "--mem", "400M", "--cpus-per-task", "1", *options,
                 *self.connection, "--", "--chunk-size", str(CELLS_A_CHUNK))
        text = (self.row / "job.sh").read_text()
        (self.row / "job.sh").write_text(re.sub("^requests=.*$", f"requests={IN_FLIGHT}", text, flags=re.M))

    def submit(self):
        """Submits the script as one job; returns its number."""
        return self.run("sbatch", "--parsable", "job.sh").strip()

    def paid(self):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        records = [json.loads(line) for line in lines]
        return sum(record["cells"] for record in records if record["status"] == 200)

    def charged(self):
        return self.paid() - self.paid_before

    def until_uploads(self, number):
        wait_until(lambda: Slow.uploads - self.uploads_before >= number, f"{number} uploads")

    def until_done(self):
        """Waits until no job is left. Requeued jobs start after seconds instead of after two minutes."""
        seen = {}

        def is_done():
            jobs = self.run("squeue", "--noheader", "--format=%A %r").splitlines()
            for job in jobs:
                number, reason = job.split(maxsplit=1)
                # Slurm starts a job badly whose last script has not quite ended.
                if "BeginTime" in reason and time.monotonic() > seen.setdefault(number, time.monotonic()) + 5:
                    seen.pop(number)
                    subprocess.run(["scontrol", "update", f"JobId={number}", "StartTime=now"], env=self.env)
            return not jobs

        wait_until(is_done, "the end of the jobs")

    def answers(self):
        table = self.row / "calls.csv"
        self.run(self.castui, "export", "cells.castui", "--format", "csv", "-o", str(table), "--force")
        return table.read_text()

    def end(self, name, expected, excess=0):
        """Compares the answers and the charged cells."""
        charged = self.charged()
        same = self.answers() == expected if expected is not None else True
        logs = "".join(path.read_text() for path in self.row.glob("castui-*.log"))
        holds = CELLS <= charged <= CELLS + excess and same and "run folder" in logs and TOKEN not in logs
        print(f"{'ok' if holds else 'FAILED'}: {name}: {charged} cells charged for {CELLS}", flush=True)
        if not holds:
            sys.exit(logs)


def undisturbed(world):
    world.begin("undisturbed")
    world.submit()
    world.until_done()
    world.end("one job", None)
    return world.answers()


def array(world, expected):
    world.begin("array", "--shards", "4")
    world.run("bash", "job.sh")
    world.until_done()
    world.end("an array of 4 and the job after it", expected)


def canceled_array(world, expected):
    world.begin("canceled array", "--shards", "4")
    first = re.search(r"as job (\d+)", world.run("bash", "job.sh"))[1]
    world.until_uploads(6)
    world.run("scancel", first)
    world.until_done()
    world.end("an array that is canceled, completed by the job after it", expected)


def canceled(world, expected):
    for words in (["scancel"], ["scancel", "--batch", "--signal=USR1"], ["scancel", "--batch", "--signal=INT"],
                  ["scancel", "--full", "--signal=TERM"], ["scontrol", "requeue"]):
        name = " ".join(words)
        world.begin(name)
        job = world.submit()
        world.until_uploads(6)
        world.run(*words, job)
        world.until_done()
        if world.charged() < CELLS:
            world.submit()
            world.until_done()
        world.end(f"{name}, then continued", expected)


def time_limit(world, expected):
    world.begin("time limit", "--time", "1", "--signal-before", "45")
    world.submit()
    world.until_done()
    world.end("a job that reaches its time limit", expected)


def preempted(world, expected):
    world.begin("preempted")
    world.submit()
    world.until_uploads(6)
    world.run("srun", "--partition=urgent", "--cpus-per-task=8", "--mem=3900M", "true")
    world.until_done()
    if world.charged() < CELLS:
        world.submit()
        world.until_done()
    world.end("a job that is preempted", expected)


def killed(world, expected):
    world.begin("killed")
    job = world.submit()
    world.until_uploads(6)
    for process in world.run("scontrol", "listpids", job).splitlines()[1:]:
        process = int(process.split()[0])
        name = pathlib.Path(f"/proc/{process}/comm")
        if process > 0 and name.exists() and name.read_text().strip() == "castui":
            os.kill(process, signal.SIGKILL)
    world.until_done()
    world.submit()
    world.until_done()
    world.end("kill -9, then continued", expected, excess=IN_FLIGHT * CELLS_A_CHUNK)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--castui", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="castui-slurm-") as folder:
        folder = pathlib.Path(folder)
        os.chmod(folder, 0o755)
        slurm = folder / "slurm"
        subprocess.run(["bash", HERE / "up.sh", slurm], check=True)
        os.environ["SLURM_CONF"] = str(slurm / "etc" / "slurm.conf")
        world = None
        try:
            world = World(arguments.castui, folder)
            expected = undisturbed(world)
            for row in (array, canceled_array, canceled, time_limit, preempted, killed):
                row(world, expected)
        finally:
            if world:
                world.service.terminate()
            subprocess.run(["scancel", "--user=root"], env=os.environ)
            subprocess.run(["bash", HERE / "up.sh", "--down", slurm], check=True)


if __name__ == "__main__":
    main()
