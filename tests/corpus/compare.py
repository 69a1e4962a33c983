"""The same file read by both programs: the differences between the values they have of it."""

import re

import canonical
import dump
import values


def _leave_out(ours, theirs):
    """What only we have after keepalived has said that it leaves something out."""
    for key in list(ours):
        value, other = ours[key], theirs.get(key)
        if key not in theirs:
            del ours[key]
        elif isinstance(value, list) and isinstance(other, list):
            ours[key] = [entry for entry in value if entry in other]
        elif key.endswith("how many") and other < value:
            ours[key] = other


def differences(canonical_text, verdict):
    """Texts such as "vrrp_instance VI_1: priority: 100, keepalived: 101", the first one first, and
    the number of values that were compared."""
    ours = values.ours(canonical.parse(canonical_text))
    theirs = values.theirs(dump.parse(verdict.vrrp), dump.parse(verdict.checker))
    found, compared = [], 0
    lines = "\n".join([*verdict.vrrp, *verdict.checker])
    refused = re.findall(r"Permissions failure for script (\S+) in path", lines)
    for key, value in theirs.items():
        if value == () and ours.get(key, ())[:1] in [(name,) for name in refused]:
            ours[key] = ()  # the machine's fault, not the file's
    if verdict.left_out:
        _leave_out(ours, theirs)
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        if key in ours and key in theirs:
            compared += 1
            if ours[key] != theirs[key]:
                found.append(f"{key}: {ours[key]}, keepalived: {theirs[key]}")
        elif ours.get(key) == "is there":
            found.append(f"{key}: keepalived has none")
        elif theirs.get(key) == "is there":
            found.append(f"{key}: only keepalived has it")
    return found, compared
