"""Qdrant's own engine, in this process (package qdrant-edge-py), behind those of Qdrant's HTTP endpoints that Tidemark uses. For tests only.

    python main.py <folder> <port>

What the engine decides is Qdrant's: vectors, sparse vectors, filters, scores, payload indexes, conditional upserts, what is on disk. What the
server decides is not here, and LACKS says so to the tests. A request with a field that the shim does not pass on is refused, never half obeyed.
"""

import json
import re
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from collection import Store
from points import ON_COLLECTION
from values import Refused, only

LACKS = {
    "aliases": "aliases are a table of the shim",
    "wait": "the engine has applied every write before the shim answers",
    "ordering": "there is one process and one shard",
    "strict_mode": "the shim keeps and tells the strict mode and enforces nothing",
    "error_bodies": "the shim words the errors",
    "optimizers": "the shim runs no optimizer",
    "request_validation": "the engine takes some of what the server refuses",
    "authentication": "the shim asks for no key",
}
PLAIN = {"/healthz": "healthz check passed", "/livez": "healthz check passed", "/readyz": "all shards are ready"}


def answer(store, method, path, body):
    """The `result` of a reply."""
    if (method, path) == ("GET", "/collections"):
        return {"collections": [{"name": name} for name in sorted(store.collections)]}
    if (method, path) == ("GET", "/aliases"):
        return store.list_aliases()
    if (method, path) == ("POST", "/collections/aliases"):
        return store.change_aliases(body)
    found = re.fullmatch(r"/collections/([^/]+)(/.*)?", path)
    if found is None:
        raise Refused(404, "Not found")
    name, below = unquote(found[1]), found[2] or ""
    if below == "":
        if method == "PUT":
            return store.create(name, body)
        if method == "DELETE":
            return store.drop(name)
    if (method, below) == ("GET", "/exists"):
        return {"exists": store.aliases.get(name, name) in store.collections}
    if (method, below) == ("GET", "/aliases"):
        return store.list_aliases(name)
    work = ON_COLLECTION.get((method, below))
    if work is None:
        raise Refused(501, f"the test shim has no {method} {path}")
    return work(store.named(name), body)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def respond(self):
        started = time.perf_counter()
        address = urlsplit(self.path)
        # Read whatever comes of it, or the rest would be taken for the next request of this connection.
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if address.path in PLAIN:
            return self.send(200, "text/plain", PLAIN[address.path].encode())
        if address.path == "/":
            told = {"title": "Qdrant's engine behind a test shim", "version": version("qdrant-edge-py"), "shim_lacks": LACKS}
            return self.send_json(200, told)
        code, told = 200, {}
        try:
            only(parse_qs(address.query), {"wait", "ordering", "timeout", "consistency"}, "the query of the address")
            body = json.loads(raw) if raw else {}
            told = {"result": answer(self.store, self.command, address.path, body), "status": "ok"}
        except Refused as refused:
            code, told = refused.code, {"status": {"error": str(refused)}}
        except (KeyError, TypeError, AttributeError, OverflowError, json.JSONDecodeError) as wrong:
            code, told = 400, {"status": {"error": f"Format error in JSON body: {wrong!r}"}}
        except Exception as wrong:  # The engine's errors have no class of their own.
            code, told = 400, {"status": {"error": f"Wrong input: {wrong}"}}
        return self.send_json(code, {**told, "time": time.perf_counter() - started})

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = respond

    def send_json(self, code, told):
        self.send(code, "application/json", json.dumps(told).encode())

    def send(self, code, kind, raw):
        # In one piece: a reply in two waits for a delayed acknowledgement.
        head = f"HTTP/1.1 {code} {self.responses.get(code, ('',))[0]}\r\ncontent-type: {kind}\r\ncontent-length: {len(raw)}\r\n\r\n"
        self.wfile.write(head.encode() + raw)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True


def main():
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    Handler.store = Store(folder)
    server = Server(("127.0.0.1", port), Handler)
    print(f"qdrant shim: http://127.0.0.1:{port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
