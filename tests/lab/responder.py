"""Servers that answer as the test says, also badly, and that remember who asked when.

A server runs in a thread of the test; its sockets belong to a host.  What it does with a request
can be changed at any time:

    server = Responder(host, 8001, http(200, "ok")).start()
    server.answer = http(503)
"""

import socket
import threading
import time

CHUNKED = "Transfer-Encoding: chunked"


def http(status=200, body="", *headers, length=True):
    """An HTTP/1.1 answer as bytes. length=False: the body goes on until the connection ends."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Because", "Connection: close", *headers]
    if length and CHUNKED not in headers:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def chunked(*pieces):
    """An HTTP answer whose body comes in these chunks."""
    body = b"".join(f"{len(piece):x};note=1\r\n".encode() + piece.encode() + b"\r\n"
                    for piece in pieces)
    return http(200, body + b"0\r\nTrailer: yes\r\n\r\n", CHUNKED)


def by_path(**answers):
    """Answers by path: by_path(a=http(200), b=http(404)) serves /a and /b."""
    return lambda request: answers.get(request.split(b" ")[1].decode().strip("/"), http(404))


HANG = object()  # accept and never say anything
CLOSE = object()  # accept and close at once


class Responder:
    """`answer`: bytes, HANG, CLOSE, a list of these (0.1 s between them), or a function of the
    request's bytes that returns any of them."""

    def __init__(self, host, port, answer=CLOSE, address="0.0.0.0"):
        self.host, self.address, self.port, self.answer = host, address, port, answer
        self.requests = []  # (monotonic s, bytes); b"" where nothing was awaited
        self._listener = None
        self._kept = []
        host.lab.at_cleanup(self.stop)

    def start(self):
        with self.host.inside():
            self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((self.address, self.port))
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self

    def stop(self):
        """Connections are refused from now on."""
        if self._listener:
            listener, self._listener = self._listener, None
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in self._kept:
            connection.close()
        self._kept.clear()

    def times(self):
        return [at for at, _ in list(self.requests)]

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        at, request = time.monotonic(), b""
        try:
            if self.answer is not CLOSE and self.answer is not HANG:
                connection.settimeout(10)
                while b"\r\n\r\n" not in request:
                    data = connection.recv(4096)
                    if not data:
                        break
                    request += data
            self.requests.append((at, request))
            answer = self.answer(request) if callable(self.answer) else self.answer
            for piece in answer if isinstance(answer, list) else [answer]:
                if piece is HANG:
                    self._kept.append(connection)
                    return
                if piece is not CLOSE:
                    connection.sendall(piece)
                if isinstance(answer, list):
                    time.sleep(0.1)
            connection.close()
        except OSError:
            connection.close()
