"""Eyes: what a client sees of a service, and what passes on the wire, each with its time."""

import http.client
import socket
import struct
import threading
import time
from dataclasses import dataclass

_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_CAPTURE_BYTES = 64 << 20  # what may wait while this process does
_ETH_P_ALL = 3
_PACKET_OUTGOING = 4


@dataclass(frozen=True)
class Answer:
    """One request: when it began (monotonic s), how long it took, and what came of it."""
    at: float
    took: float
    status: int = 0
    body: str = ""
    error: str = ""

    @property
    def ok(self):
        return self.status == 200


class Requester:
    """A client that asks for one page again and again, each time over a new connection."""

    def __init__(self, host, address, port=80, path="/", interval=0.05, timeout=1.0):
        self.host, self.address, self.port, self.path = host, address, port, path
        self.interval, self.timeout = interval, timeout
        self.answers = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        host.lab.at_cleanup(self.stop)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(self.timeout * 3)

    def since(self, begin, end=None):
        """The answers to requests that began within this window (monotonic s)."""
        end = time.monotonic() if end is None else end
        return [answer for answer in list(self.answers) if begin <= answer.at <= end]

    def ask(self):
        """One request, now, from the calling thread."""
        with self.host.inside():
            return self._ask()

    def _run(self):
        with self.host.inside():
            due = time.monotonic()
            while not self._stop.is_set():
                self.answers.append(self._ask())
                due = max(due + self.interval, time.monotonic())
                self._stop.wait(due - time.monotonic())

    def _ask(self):
        at = time.monotonic()
        connection = http.client.HTTPConnection(self.address, self.port, timeout=self.timeout)
        try:
            connection.request("GET", self.path, headers={"Connection": "close"})
            response = connection.getresponse()
            body = response.read().decode(errors="replace").strip()
            return Answer(at, time.monotonic() - at, response.status, body)
        except (OSError, http.client.HTTPException) as error:
            text = str(error) or type(error).__name__
            return Answer(at, time.monotonic() - at, error=text)
        finally:
            connection.close()


@dataclass(frozen=True)
class Frame:
    """One frame, once: as it entered the bridge, with the kernel's time (s, wall clock)."""
    at: float
    port: str
    data: bytes


class Capture:
    """Every frame that a host sends into the bridge (or one host's only)."""

    def __init__(self, lab, host=None):
        self.lab, self.only = lab, host.port if host else None
        self.frames = []
        self._stop = threading.Event()
        self._socket = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        lab.at_cleanup(self.stop)

    def start(self):
        with self.lab.bridge.inside():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                         socket.htons(_ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _CAPTURE_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.settimeout(0.1)
        self._thread.start()
        return self

    def stop(self):
        """Ends the capture (frames that are already in the socket are still read)."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)
        return self.frames

    def packets(self, layer=None):
        """The frames as scapy packets (with .time and .port); those with a layer, if given."""
        from scapy.layers.l2 import Ether
        import scapy.layers.inet  # noqa: F401 (Ether knows IP only then)
        import scapy.layers.inet6  # noqa: F401
        import scapy.layers.vrrp  # noqa: F401
        found = []
        for frame in list(self.frames):
            packet = Ether(frame.data)
            packet.time, packet.port = frame.at, frame.port
            if layer is None or layer in packet:
                found.append(packet)
        return found

    def write_pcap(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for frame in list(self.frames):
                seconds = int(frame.at)
                file.write(struct.pack("<IIII", seconds, int((frame.at - seconds) * 1e6),
                                       len(frame.data), len(frame.data)))
                file.write(frame.data)

    def _run(self):
        while True:
            try:
                data, control, _, sender = self._socket.recvmsg(65535, 64)
            except socket.timeout:
                if self._stop.is_set():
                    break
                continue
            port, kind = sender[0], sender[2]
            if kind == _PACKET_OUTGOING or port == "br0" or self.only not in (None, port):
                continue
            self.frames.append(Frame(_timestamp(control), port, data))
        self._socket.close()


def _timestamp(control):
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("ll", data)
            return seconds + nanoseconds / 1e9
    return time.time()

