"""A client that pings an address every few milliseconds and knows which answers never came."""

import os
import select
import socket
import struct
import threading
import time

from .netns import wait


class Pinger:
    """ICMP echo of either family, answered by the kernel of whoever owns the address."""

    def __init__(self, host, address, interval=0.005):
        self.address, self.interval = address, interval
        self._ipv6 = ":" in address
        family, protocol = ((socket.AF_INET6, socket.IPPROTO_ICMPV6) if self._ipv6
                            else (socket.AF_INET, socket.IPPROTO_ICMP))
        with host.inside():
            self._socket = socket.socket(family, socket.SOCK_RAW, protocol)
        self._socket.setblocking(False)
        self._identifier = (os.getpid() ^ id(self) >> 4) & 0xFFFF
        self._sent, self._answered = {}, {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        host.lab.at_cleanup(self.stop)

    def start(self):
        self._thread.start()
        return self

    def stop(self, linger=1.0):
        """Ends the stream and waits for late answers; returns self."""
        if not self._stop.is_set():
            self._stop.set()
            self._thread.join()
            self._receive(linger)
            self._socket.close()
        return self

    @property
    def sent(self):
        return len(self._sent)

    def wait_answers(self, count):
        """Until so many more requests were answered."""
        wanted = len(self._answered) + count
        wait(lambda: len(self._answered) >= wanted, 10, f"{count} answers of {self.address}")
        return self

    def lost(self, begin=0.0, end=float("inf")):
        """When (monotonic s) the requests of that window went out that nobody answered."""
        return [at for number, at in list(self._sent.items())
                if begin <= at <= end and number not in self._answered]

    def _run(self):
        number, due = 0, time.monotonic()
        while not self._stop.is_set():
            number += 1
            try:
                self._socket.sendto(self._echo(number), (self.address, 0))
            except OSError:  # no neighbour yet: counts as sent and never answered
                pass
            self._sent[number] = time.monotonic()
            due = max(due + self.interval, time.monotonic())
            self._receive(due - time.monotonic())

    def _receive(self, seconds):
        end = time.monotonic() + seconds
        while select.select([self._socket], [], [], max(0, end - time.monotonic()))[0]:
            packet = self._socket.recv(2048)
            header = 0 if self._ipv6 else (packet[0] & 15) * 4
            if len(packet) >= header + 12:  # others' neighbour discovery may be shorter
                kind, _, _, identifier, _, number = struct.unpack_from("!BBHHHI", packet, header)
                if kind == (129 if self._ipv6 else 0) and identifier == self._identifier:
                    self._answered.setdefault(number, time.monotonic())
            if time.monotonic() >= end:
                break

    def _echo(self, number):
        def message(checksum):
            return struct.pack("!BBHHHI", 128 if self._ipv6 else 8, 0, checksum, self._identifier,
                               number & 0xFFFF, number)
        if self._ipv6:
            return message(0)  # the kernel fills it in
        words = struct.unpack("!6H", message(0))
        total = sum(words)
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        return message(~total & 0xFFFF)
