"""The same file read by both programs: the differences between the values they have of it."""

import canonical
import dump
import values


def differences(canonical_text, verdict):
    """Texts such as "vrrp_instance VI_1: priority: 100, keepalived: 101", the first one first, and
    the number of values that were compared."""
    ours = values.ours(canonical.parse(canonical_text))
    theirs = values.theirs(dump.parse(verdict.vrrp), dump.parse(verdict.checker))
    found, compared = [], 0
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
