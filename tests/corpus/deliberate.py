"""What differs from keepalived on purpose, each with the reason.

VALUES: differences between the values of a file, by a pattern for "object: keyword: value,
keepalived: value". COMPLAINTS: what keepalived says and we need not say.
"""

import re

VALUES = [
    (r"global_defs: vrrp_version: .*",
     "keepalived shows what it uses where an instance does not say; so do we, per instance"),
]

COMPLAINTS = [
    (r"SECURITY VIOLATION - (check )?scripts are being executed but script_security not enabled\.",
     "said for every file with a script; we say it where a script could be changed by others"),
    (r".*deprecated.*|.* Please use .*",
     "an old name that does the same here needs no change"),
]


def _reason(table, text):
    for pattern, reason in table:
        if re.fullmatch(pattern, text):
            return reason
    return None


def value(text):
    """Why this difference is right, or None."""
    return _reason(VALUES, text)


def complaint(text):
    """Why nothing needs to be said about this, or None."""
    return _reason(COMPLAINTS, text)
