"""What the kernel's IPVS table of a host says, read with ipvsadm."""


def table(host):
    """All services and servers as `ipvsadm -Sn` prints them, one line each, sorted."""
    return sorted(host.run("ipvsadm", "-Sn").stdout.splitlines())


def weights(host, address="192.168.56.200", port=80):
    """The servers of a TCP service: {"192.168.56.103:80": 1}; None where there is no service."""
    words = [line.split() for line in table(host)]
    service = ["-t", f"{address}:{port}"]
    if not any(word[:3] == ["-A", *service] for word in words):
        return None
    return {word[word.index("-r") + 1]: int(word[word.index("-w") + 1])
            for word in words if word[:3] == ["-a", *service]}


def connections(host):
    """How many connections each server got since it is in the table: {"192.168.56.103:80": 5}."""
    lines = host.run("ipvsadm", "-Ln", "--stats").stdout.splitlines()
    words = [line.split() for line in lines if line.startswith("  ->")][1:]
    return {word[1]: int(word[2]) for word in words}
