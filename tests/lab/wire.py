"""For measuring: machines joined by a cable instead of the bridge, and a tap that costs nothing.

On the bridge each frame is copied to every port, and the kernel charges the sender for that.  A
cable has one receiver.  A tap leaves frames in its socket, with the kernel's times, until they are
read: nothing of Python runs while something is measured.
"""

import contextlib
import ctypes
import os
import socket
import struct
import time
from dataclasses import dataclass

from .netns import Namespace
from .observe import Frame, _timestamp

ETH_P_ALL, ETH_P_IP = 0x0003, 0x0800
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_SO_ATTACH_FILTER = 26
_BPF_RETURN = 0x06
_PACKET_OUTGOING = 4
_TAP_BYTES = 256 << 20
_RTMGRP_IPV4_IFADDR = 0x10
_RTM_NEWADDR = 20


def machine(lab, name):
    """A namespace with only lo, to be wired up."""
    return Namespace(lab, name)


def wire(one, two, interface, *addresses):
    """A veth pair with the same name at both ends; the addresses are for `one`, `two`."""
    lab = one.lab
    lab.ip(None, f"link add {interface} netns {one.netns} type veth "
                 f"peer name {interface} netns {two.netns}")
    for end, address in zip((one, two), addresses):
        lab.ip(end.netns, f"addr add {address} dev {interface}")
    for end in (one, two):
        lab.ip(end.netns, f"link set {interface} up")


def packets_sent(host, interface):
    """The interface's counter."""
    with host.inside(), open("/proc/thread-self/net/dev", encoding="ascii") as file:
        for line in file:
            name, _, numbers = line.partition(":")
            if name.strip() == interface:
                return int(numbers.split()[9])
    raise AssertionError(f"{host} has no {interface}")


class Tap:
    """The frames that arrive at a host's interfaces from now on; read() once, at the end."""

    def __init__(self, host, protocol=ETH_P_ALL):
        with host.inside():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _TAP_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        host.lab.at_cleanup(self._socket.close)

    def read(self, bytes_kept=64):
        """All frames until now, in order; the tap is closed."""
        frames = []
        self._accept_no_more()
        while True:
            try:
                data, control, _, sender = self._socket.recvmsg(bytes_kept, 64)
            except BlockingIOError:
                break
            if sender[2] != _PACKET_OUTGOING:
                frames.append(Frame(_timestamp(control), sender[0], data))
        self._socket.close()
        return frames

    def _accept_no_more(self):
        """A filter that refuses everything; what is in the socket stays."""
        program = ctypes.create_string_buffer(struct.pack("HBBI", _BPF_RETURN, 0, 0, 0))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER,
                                struct.pack("HL", 1, ctypes.addressof(program)))


@dataclass(frozen=True)
class Advert:
    """What a VRRP advert over IPv4 says, and when (wall clock s) and where it was seen."""
    at: float
    port: str
    mac: bytes
    vrid: int
    priority: int


def adverts(frames):
    """The VRRP adverts among frames."""
    found = []
    for frame in frames:
        data = frame.data
        if data[12:14] != b"\x08\x00" or data[23] != 112:
            continue
        start = 14 + (data[14] & 15) * 4
        found.append(Advert(frame.at, frame.port, data[6:12], data[start + 1], data[start + 2]))
    return found


def announcements(frames):
    """The gratuitous ARPs among frames: (wall clock s, source MAC, address)."""
    return [(frame.at, frame.data[6:12], socket.inet_ntoa(frame.data[28:32])) for frame in frames
            if frame.data[12:14] == b"\x08\x06" and frame.data[28:32] == frame.data[38:42]]


class AddressWatch:
    """Counts the addresses that the kernel of a host says it adds, as it says so."""

    def __init__(self, host):
        with host.inside():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _TAP_BYTES)
        self._socket.bind((0, _RTMGRP_IPV4_IFADDR))
        self._socket.setblocking(False)
        self.count = 0
        host.lab.at_cleanup(self._socket.close)

    def until(self, wanted, timeout=20.0):
        """Waits until so many were added; the time (wall clock s, to a millisecond)."""
        deadline = time.monotonic() + timeout
        while self.count < wanted:
            self._drain()
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.count} of {wanted} addresses after {timeout:g} s")
            if self.count < wanted:
                time.sleep(0.001)
        return time.time()

    def _drain(self):
        while True:
            try:
                data = self._socket.recv(65536)
            except BlockingIOError:
                return
            self.count += struct.unpack_from("=IH", data)[1] == _RTM_NEWADDR


def cpu_seconds(pids):
    """The CPU time that these processes have had so far, to a nanosecond; 0 for one that ended."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0])
    return total / 1e9
