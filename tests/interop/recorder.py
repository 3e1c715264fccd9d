"""An HTTP proxy between a client and a CAS service that forwards requests and records uploads.

`break_chunk` makes the proxy respond to one chunk with a given status, a given number of times.
"""

import http.client
import http.server
import re
import threading
import urllib.parse

CHUNK_PATHS = ("strategy", "nearest-neighbor-search")


class Recorder:
    """Forwards requests to `target` and records uploads as (path, fields, file) in `uploads`."""

    def __init__(self, target):
        self.target = urllib.parse.urlparse(target)
        self.uploads = []
        self.breaks = {}
        self.lock = threading.Lock()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                status, headers, answer = recorder.answer(self.command, self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = pass_on

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def break_chunk(self, number, status, times=1 << 30):
        """Responds with `status` to the `number`th upload from now (counted from 0) and to its repetitions."""
        self.breaks[number] = [status, times]

    def answer(self, method, path, headers, body):
        if method == "POST" and path.endswith(CHUNK_PATHS):
            fields, file = split(headers, body)
            with self.lock:
                place = len(self.uploads)
                self.uploads.append((path, fields, file))
                broken = self.breaks.get(place)
            if broken and broken[1] > 0:
                broken[1] -= 1
                return broken[0], [("content-type", "application/json")], b'{"detail": "broken by the recorder"}'
        connection = http.client.HTTPConnection(self.target.hostname, self.target.port)
        headers = {name: value for name, value in headers.items() if name.lower() not in ("host", "connection")}
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        answer = response.read()
        kept = [(n, v) for n, v in response.getheaders() if n.lower() not in ("content-length", "connection", "transfer-encoding", "date")]
        connection.close()
        return response.status, kept, answer

    def close(self):
        self.server.shutdown()


def split(headers, body):
    """Returns the fields and the file of a multipart body."""
    content_type = next(value for name, value in headers.items() if name.lower() == "content-type")
    boundary = re.search(r'boundary="?([^";]+)"?', content_type).group(1).encode()
    fields, file = {}, None
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        content = content[:-2]
        name = re.search(rb'name="([^"]*)"', head).group(1).decode()
        if b"filename=" in head:
            file = content
        else:
            fields[name] = content.decode()
    return fields, file
