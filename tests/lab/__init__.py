"""The lab: namespaces as machines, programs in them, and eyes on the wire.

    from lab import Lab, Director

    with Lab() as lab:
        one = lab.host("one", "192.168.56.101/24")
        two = lab.host("two", "192.168.56.102/24")
        director = Director(one, CONFIG).start()
        director.wait_state("VI_1", "active")

Everything that a lab made goes when the block ends: processes, namespaces, files.
"""

from .classic import Classic
from .frr import Frr
from .ipvs import connections, table, weights
from .monitor import AddressMonitor
from .netns import BUILD, ROOT, SLOW, Deadline, Host, Lab, wait
from .observe import Answer, Capture, Frame, Requester
from .pinger import Pinger
from .programs import Director, Keepalived, Program, WebServer

__all__ = ["AddressMonitor", "Answer", "BUILD", "Capture", "Classic", "Deadline", "Director", "Frame",
           "Frr", "Host", "Keepalived", "Lab", "Pinger", "Program", "ROOT", "Requester", "SLOW",
           "WebServer", "connections", "table", "wait", "weights"]
