"""What vdctl prints is for a terminal: nothing that a daemon, or whom it has heard, says controls
it. The daemon is a stand-in, which answers what it is told to."""

import json
import socket
import subprocess
import threading

import pytest

from lab import BUILD

# ESC and BEL, DEL, the sequence introducer of ISO 6429 as UTF-8, the end of a line, a carriage
# return, and text that is to stay as it is.
NASTY = "a\x1b]0;x\x07b\x7fc\u009b31md\ne\rf gr\u00fc\u00df \u65e5\u672c"
SHOWN = "a\\x1b]0;x\\x07b\\x7fc\\xc2\\x9b31md\\x0ae\\x0df gr\u00fc\u00df \u65e5\u672c"
LINES = SHOWN.replace("\\x0a", "\n")

STATUS = {"ok": True, "status": {
    "version": NASTY, "node": NASTY, "pid": 1, "config": {"path": NASTY, "generation": 1},
    "reload": {"ok": False, "errors": [NASTY]},
    "instances": [{"name": NASTY, "state": NASTY, "interface": NASTY,
                   "reasons": [{"reason": NASTY, "text": NASTY}],
                   "addresses": [{"address": NASTY, "present": True}],
                   "peers": [{"address": NASTY}]}],
    "services": [{"name": NASTY, "scheduler": NASTY, "servers": [
        {"address": NASTY, "last_check": {"kind": "http", "verdict": NASTY, "text": NASTY}}]}],
    "ipvs": {"available": True, "text": NASTY},
    "roles": [{"name": NASTY, "state": NASTY}]}}
CHANGES = {"count": 1, "list": [{"text": NASTY, "disturbs": True}]}
ANSWERS = [
    (["status"], STATUS, SHOWN),
    (["explain"], {"ok": True, "instances": [{"sentences": [{"text": NASTY}]}]}, SHOWN),
    (["config"], {"ok": True, "config": NASTY}, LINES),
    (["plan"], {"ok": True, "changes": CHANGES, "diagnostics": NASTY}, SHOWN),
    (["reload"], {"ok": True, "changes": CHANGES, "diagnostics": NASTY}, SHOWN),
    (["reload"], {"ok": False, "error": NASTY, "diagnostics": NASTY}, SHOWN),
    (["standby"], {"ok": True, "text": NASTY}, SHOWN),
    (["version"], {"ok": True, "version": NASTY, "pid": 1}, SHOWN),
    (["status"], {"ok": False, "error": NASTY}, SHOWN)]


def ask(folder, answer, *arguments):
    """What vdctl prints to both streams where the daemon gives that answer, as bytes."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "control.sock"))
        listener.listen()

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer + b"\n")

        thread = threading.Thread(target=serve)
        thread.start()
        done = subprocess.run([BUILD / "vdctl", "--runtime-dir", folder, *arguments],
                              capture_output=True, timeout=20)
        thread.join()
    return done.stdout + done.stderr


def controls(text):
    """Control characters but for ends of lines."""
    return [c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)]


@pytest.mark.parametrize("arguments, answer, shown", ANSWERS,
                         ids=[f"{i}-{row[0][0]}" for i, row in enumerate(ANSWERS)])
def test_issue_8_8_no_text_of_an_answer_controls_the_terminal(tmp_path, arguments, answer, shown):
    raw = json.dumps(answer, ensure_ascii=False).encode()
    printed = ask(tmp_path, raw, *arguments).decode()
    assert not controls(printed), printed
    assert shown in printed


@pytest.mark.parametrize("arguments, answer", [(row[0], row[1]) for row in ANSWERS
                                               if row[0][0] in ("status", "explain", "plan")])
def test_issue_8_8_json_is_the_same_text_and_controls_nothing(tmp_path, arguments, answer):
    raw = json.dumps(answer, ensure_ascii=False).encode()
    printed = ask(tmp_path, raw, *arguments, "--json").decode()
    assert not controls(printed), printed
    if answer["ok"]:
        found, _ = json.JSONDecoder().raw_decode(printed)
        assert found in (answer, answer.get("status"), answer.get("instances"))


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_issue_8_8_bytes_that_are_no_text_are_not_printed(tmp_path, more):
    raw = json.dumps(STATUS).encode().replace(b'"http"', b'"a\x9b31mb\xffc"')
    printed = ask(tmp_path, raw, "status", *more)
    assert b"\x9b" not in printed and b"\xff" not in printed
    assert (b"a\\ufffd31mb\\ufffdc" if more else b"a\\x9b31mb\\xffc") in printed
