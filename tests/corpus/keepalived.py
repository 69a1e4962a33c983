"""What keepalived says about a configuration, and what it makes of it.

The verdict is that of `keepalived -t`, in a sandbox where all exists that the file names:
interfaces are made as keepalived asks for them, and programs, users and hosts beforehand. What it
makes of the file is the dump that `keepalived -n -d -l` prints at its start, taken from the VRRP
and the checker process in turn. harmless.c keeps all of them from doing anything else.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass, field

PROGRAM = "keepalived"
SECONDS = 20  # for one run, on a machine under load
ROUNDS = 5    # of finding out which interfaces are missing
CRASHED = -1

STAMP = re.compile(r"^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}: ?")
PLACE = re.compile(r"^\((?:[^()]*: )?Line (\d+)\) ")
MISSING = re.compile(
    r"interface (\S+) (?:for|specified for) .*doesn't exist"
    r"|racked interface (\S+) doesn't exist"
    r"|VRF interface (\S+) doesn't exist"
    r"|specifies interface (\S+) which doesn't currently exist")
# Said about the machine, or as a summary of what was said.
NOT_THE_FILE = re.compile(
    r"Non-existent interface specified"
    r"|Script user 'keepalived_script' does not exist"
    r"|NOTICE: setting config option max_auto_priority"
    r"|(Starting|Stopped|Running on|Command line|Configuration file|Opening file|Stopping)"
    r"|Remove a zombie pid file|daemon is already running"
    r"|libkmod|modprobe"
    r"|\s+Please use global lvs_sync_daemon|\s*'")


@dataclass
class Complaint:
    """A message of keepalived's about the file."""
    line: int  # 0: it does not say
    text: str

    def __str__(self):
        return f"line {self.line}: {self.text}" if self.line else self.text


@dataclass
class Verdict:
    """What keepalived makes of a file."""
    status: int                                     # exit status of -t; negative: it was killed
    complaints: list = field(default_factory=list)
    vrrp: list = field(default_factory=list)        # lines of the VRRP process's dump
    checker: list = field(default_factory=list)     # of the checker process's

    @property
    def lost(self):
        """Whether it lost its place in the file at a word that it does not know, or has left out
        an instance that we keep: then there is nothing to compare."""
        return any(re.match("Unknown keyword|Extra|Unexpected|There are|Missing '{'"
                            "|.*(must have a name|Unknown interface!|at least one is required)",
                            one.text) for one in self.complaints)

    @property
    def left_out(self):
        """Whether it has left out something that it complained about."""
        return any(re.search("skipping|removing|ignoring|doesn't exist|not (found|configured)",
                             one.text) for one in self.complaints)


def available():
    return shutil.which(PROGRAM) is not None


def _lines(harmless, arguments):
    done = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, timeout=SECONDS,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/tmp", check=False,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                               "LD_PRELOAD": str(harmless)})
    text = done.stdout.decode(errors="surrogateescape")
    return done.returncode, [STAMP.sub("", line) for line in text.splitlines()]


# What a file names, as far as one sees it without understanding the language.

INCLUDE = re.compile(r"include[rmwba]?\Z")
FIFO = re.compile(r"\w*notify_fifo\Z")
PATH = re.compile(r"/[\w./@%+:=-]*\w\Z")
INTERFACE_BEFORE = ("interface", "dev", "bind_if", "default_interface", "lvs_sync_daemon", "oif",
                    "iif")
WITH_USER = re.compile(r"user\Z|script_user\Z|misc_path\Z|notify(_\w+)?\Z|quorum_(up|down)\Z"
                       r"|(startup|shutdown)_script\Z|(\w+_)?notify_fifo(_script)?\Z")


def _words(path, seen):
    """The lines of a file as words, with those of the files beside it that it includes."""
    if path in seen or not path.is_file():
        return
    seen.add(path)
    for line in path.read_bytes().decode(errors="surrogateescape").splitlines():
        words = re.findall(r"""[^\s"'{}]+""", re.split(r"(?<!\\)[#!]", line)[0])
        if words and INCLUDE.match(words[0]):
            if len(words) > 1 and not words[-1].startswith("/"):
                for included in sorted(path.parent.glob(words[-1])):
                    yield from _words(included, seen)
        elif words:
            yield words


def furnish(sandbox, path):
    """Makes the programs, files, users, interfaces and hosts that a configuration names."""
    sandbox.add_user("keepalived_script")
    lines = list(_words(path, set()))
    for words in lines:
        if words[0] == "net_namespace" and len(words) > 1:
            sandbox.add_namespace(words[1])
    for words in lines:
        keyword = words[0]
        for before, word in zip(words, words[1:]):
            if before in INTERFACE_BEFORE:
                sandbox.add_interface(word)
        if keyword == "smtp_server" and len(words) > 1 and re.search("[g-zG-Z]", words[1]):
            sandbox.add_host(words[1])
        if WITH_USER.match(keyword):
            for name in (name for word in words[1:] for name in word.split(":")):
                sandbox.add_user(name)
        if (keyword == "script" or WITH_USER.match(keyword)) and len(words) > 1 and \
                re.match(r"[\w.-]+\Z", words[1]) and not shutil.which(words[1]):
            sandbox.add_program(f"/usr/bin/{words[1]}")
        if keyword in ("ca", "certificate", "key") and PATH.match(words[-1]):
            sandbox.add_certificate(words[-1])
        if not FIFO.match(keyword) and keyword != "path":
            for word in filter(PATH.match, words):
                sandbox.add_program(word)


def _test(harmless, sandbox, path):
    """keepalived -t, with the interfaces it asks for: exit status and complaints."""
    for _ in range(ROUNDS):
        status, lines = _lines(harmless, ["-t", "-G", "-l", "-f", path])
        missing = {name for line in lines for match in MISSING.finditer(line)
                   for name in match.groups() if name} - sandbox.interfaces
        if not missing:
            break
        for name in sorted(missing):
            sandbox.add_interface(name)
    complaints = []
    for line in lines:
        place = PLACE.match(line)
        complaint = Complaint(int(place[1]) if place else 0, PLACE.sub("", line).strip())
        if complaint.text and not NOT_THE_FILE.match(PLACE.sub("", line)) and \
                complaint not in complaints:
            complaints.append(complaint)
    return status, complaints


def _dump(harmless, process, path):
    """What one process ("vrrp" or "check") has read of a file, as lines."""
    files = [f"--{kind}=/tmp/{process}-{kind}.pid" for kind in ("pid", "vrrp_pid", "checkers_pid")]
    _, lines = _lines(harmless, ["-n", "-d", "-l", "-G", "-R", f"--{process}", *files, "-f", path])
    return lines


def judge(harmless, sandbox, path):
    """The Verdict about a file, from within a sandbox that has been furnished for it."""
    status, complaints = _test(harmless, sandbox, path)
    verdict = Verdict(status, complaints)
    if status in (0, 4, 5, 6):
        verdict.vrrp = _dump(harmless, "vrrp", path)
        verdict.checker = _dump(harmless, "check", path)
    return verdict
