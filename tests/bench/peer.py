"""Debian's keepalived as the benches run it: as a service does, without a line per packet."""

from lab import Keepalived


class Peer(Keepalived):
    def command(self):
        return [word for word in super().command() if word != "--log-detail"]
