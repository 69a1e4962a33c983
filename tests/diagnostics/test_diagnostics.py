"""What is said about a wrong configuration: NAME.conf makes NAME.expected, to the letter.

A .conf file may say how vdirectord is called: "# vdirectord: --lenient" in a line of its own;
--offline is added unless it is called with --online, which is taken away. What
files include is in the folder "included". The expected text is what a terminal shows, without the
path of this folder, and the exit status.

After a wanted change `UPDATE=1 pytest tests/diagnostics` writes all .expected files; read the
difference before you commit it.

The codes of diagnostics (conf/text/diagnostic.h) stand as literals in conf/, preflight.c and start.c. Every one of them must
be triggered by one of the files.
"""

import functools
import json
import os
import pathlib
import re
import shlex
import subprocess

import jsonschema
import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = (ROOT / os.environ.get("BUILD", "build")).resolve()
SCHEMA = json.loads((ROOT / "doc/diagnostics.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FILES = sorted(HERE.glob("*.conf"))
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "EMPTY": "", "LB_NUMBER": "7"}

# Not from a file here: what needs ten thousand mistakes or very much memory, or is impossible in
# canonical text only (tests/unit/conf_diagnostic.c has these); scripts that others can write to are made by
# tests/netns/test_preflight.py, a file that keeps changing by tests/netns/test_half_written.py; the last one
# has a test below.
ELSEWHERE = {"too-many-mistakes", "too-much-memory", "include-impossible", "insecure-script",
             "restless", "unreadable"}
CANONICAL = "cannot be read from here"  # a key's file; tests/unit/conf_diagnostic.c

# Some mistakes are about who may read a file, and a checkout follows the umask.
for included in (HERE / "included").iterdir():
    included.chmod(0o755 if included.name == "program.conf" else 0o644)


@functools.cache
def run(path, *more):
    """Reads a file as its comment says; gives what was printed and the exit status."""
    text = path.read_bytes().decode("utf-8", "replace")
    found = re.search(r"^\s*[#!] vdirectord: (.*?)\r?$", text, re.MULTILINE)
    arguments = shlex.split(found[1]) if found else []
    if "--online" in arguments:
        arguments.remove("--online")
        path.chmod(0o644)
    else:
        arguments.append("--offline")
    return subprocess.run([BUILD / "vdirectord", "-t", "-i", "lb1", "-f", path, *arguments, *more],
                          capture_output=True, timeout=20, cwd=HERE, env=ENVIRONMENT)


def as_expected(done):
    text = (done.stderr + done.stdout).decode("utf-8")  # never anything but UTF-8
    return text.replace(f"{HERE}/", "") + f"exit {done.returncode}\n"


def as_json(path):
    return json.loads(run(path, "--format", "json").stdout.decode("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_exact_text(path):
    said = as_expected(run(path))
    expected = path.with_suffix(".expected")
    if os.environ.get("UPDATE"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_json_says_the_same(path):
    plain = run(path)
    document = as_json(path)
    VALIDATOR.validate(document)
    heads = re.findall(r"^(\S+?)(?::(\d+):(\d+))?: (error|warning): (.*)$",
                       plain.stderr.decode("utf-8"), re.MULTILINE)
    assert heads == [(one["file"], str(one["line"] or ""), str(one["column"] or ""),
                      one["severity"], one["message"]) for one in document["diagnostics"]]
    assert document["errors"] == sum(head[3] == "error" for head in heads)
    assert document["warnings"] == sum(head[3] == "warning" for head in heads)
    assert document["valid"] == (document["errors"] == 0)
    assert run(path, "--format", "json").returncode == plain.returncode


def test_the_marks_stand_under_the_word():
    """end_column ends what the '^~~~' of the text marks, where the line is plain ASCII."""
    seen = 0
    for path in FILES:
        text = as_expected(run(path))
        for one in as_json(path)["diagnostics"]:
            name = one["file"].replace(f"{HERE}/", "")
            head = f"{name}:{one['line']}:{one['column']}: {one['severity']}: {one['message']}\n"
            lines = text.partition(head)[2].splitlines()
            if len(lines) < 2 or not re.match(r" *\d+ \| [ -~\t]*$", lines[0]):
                continue
            if "..." in lines[0] or "?" in lines[0]:
                continue
            marks = re.fullmatch(r"      \| (\s*)(\^~*)", lines[1])
            assert len(marks[1]) + 1 == one["column"], head
            assert len(marks[2]) == max(1, one["end_column"] - one["column"]), head
            seen += 1
    assert seen > 50


LITERAL = r'"(?:[^"\\]|\\.)*"'


def kinds_in_the_source():
    """(file, code, pattern of the text) of each diagnostic; the pattern of a text that is put
    together elsewhere matches anything."""
    kinds = []
    for path in sorted((ROOT / "conf").rglob("*.c")) + [ROOT / "core/director" / name for name in ("preflight.c", "start.c")]:
        if path.name.startswith("keywords_"):
            continue
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        # Half of a text follows here: keep the code.
        text = re.sub(r'parser_unknown\(parser, ("[a-z-]+"),[^;]*;', r"\1, 0;", text)
        for code, formats in re.findall(rf'"([a-z0-9]+(?:-[a-z0-9]+)+|unreadable)",\s*'
                                        rf"((?:{LITERAL}\s*)*)", text):
            pieces = [json.loads(piece) for piece in re.findall(LITERAL, formats)]
            # $f and the like are what conf/table/habit.c puts into its messages.
            words = re.split(r"%[-+ #0-9.*]*(?:hh|h|ll|l|z)?[a-zA-Z]|\$[a-z]",
                             "".join(pieces))
            kinds.append((path.name, code, ".*".join(map(re.escape, words)) + "$"
                          if pieces else ".*"))
    return kinds


def test_every_diagnostic_is_triggered_by_a_file():
    kinds = kinds_in_the_source()
    seen = {(one["code"], one["message"]) for path in FILES for one in as_json(path)["diagnostics"]}
    assert len(kinds) > 100
    missing = [kind for kind in kinds
               if kind[1] not in ELSEWHERE and re.escape(CANONICAL) not in kind[2]
               and not any(code == kind[1] and re.match(kind[2], message)
                           for code, message in seen)]
    assert not missing
    assert {code for code, _ in seen} <= {kind[1] for kind in kinds}


def test_every_file_has_what_it_expects_and_nothing_is_left_over():
    assert {path.stem for path in HERE.glob("*.expected")} == {path.stem for path in FILES}


def test_a_file_that_cannot_be_read():
    missing = HERE / "none.conf"
    done = subprocess.run([BUILD / "vdirectord", "-t", "-f", missing], capture_output=True,
                          text=True, timeout=20)
    assert done.stderr == f"{missing}: error: cannot be read: No such file or directory\n"
    assert (done.stdout, done.returncode) == ("", 3)
    done = subprocess.run([BUILD / "vdirectord", "-t", "--format", "json", "-f", missing],
                          capture_output=True, text=True, timeout=20)
    document = json.loads(done.stdout)
    VALIDATOR.validate(document)
    assert [one["code"] for one in document["diagnostics"]] == ["unreadable"]
    assert (done.stderr, done.returncode) == ("", 3)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
