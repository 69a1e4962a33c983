"""The manual pages say what is there: every option, command, keyword and exit status."""

import json
import re
import subprocess

import pytest

from lab import BUILD, ROOT

PAGES = {name: (ROOT / "doc" / name).read_text(encoding="utf-8")
         for name in ("vdirectord.8", "vdctl.8", "vdirector.conf.5")}


def formatted(name):
    """The page's text, without overstrikes."""
    text = subprocess.run(["mandoc", "-T", "utf8", ROOT / "doc" / name], capture_output=True,
                          text=True, check=True).stdout
    return re.sub(r".\x08", "", text)


def help_of(program):
    return subprocess.run([BUILD / program, "--help"], capture_output=True, text=True,
                          check=True).stdout


@pytest.mark.parametrize("option", sorted(set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*",
                                                         help_of("vdirectord")))))
def test_page_names_each_option_of_vdirectord(option):
    assert re.search(rf"^ +.*(?<![\w-]){option}(?![\w-])", formatted("vdirectord.8"), re.MULTILINE)


@pytest.mark.parametrize("command", re.findall(r"^  ([a-z]+)", help_of("vdctl"), re.MULTILINE))
def test_page_names_each_command_of_vdctl(command):
    assert re.search(rf"^\.It Ic {command}\b", PAGES["vdctl.8"], re.MULTILINE)


@pytest.mark.parametrize("counter", re.findall(
    r'"(\w+_suppressed)"', (ROOT / "vrrp/wire/counter.c").read_text(encoding="utf-8")))
def test_page_names_each_counter_of_what_a_bound_suppresses(counter):
    assert f".Ql {counter} ." in PAGES["vdirector.conf.5"]


# The chapters of vdirector.conf.5 that are written by hand, without the reference made from the table.
CHAPTERS = re.sub(r'^\.\\" made by .* on$.*^\.\\" made by .* here$', "", PAGES["vdirector.conf.5"],
                  flags=re.MULTILINE | re.DOTALL)


def supported_keywords():
    """Names of the rows of the keyword tables that are supported."""
    table = subprocess.run([BUILD / "vdirectord", "--keywords", "--format", "json"],
                           capture_output=True, text=True, check=True).stdout
    rows = [row for block in json.loads(table)["blocks"] for row in block["keywords"]]
    assert len(rows) > 800
    return sorted({row["name"] for row in rows if row["support"] == "supported"})


def test_the_reference_is_not_among_the_chapters():
    assert len(CHAPTERS) < len(PAGES["vdirector.conf.5"]) / 2


@pytest.mark.parametrize("keyword", supported_keywords())
def test_page_describes_each_supported_keyword(keyword):
    assert re.search(rf"^\.(It )?Ic (.*\bIc )?{re.escape(keyword)}\b", CHAPTERS, re.MULTILINE)


def test_examples_of_the_page_are_valid(tmp_path):
    examples = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", PAGES["vdirector.conf.5"],
                          re.MULTILINE | re.DOTALL)
    assert len(examples) >= 2
    for number, text in enumerate(examples):
        path = tmp_path / f"{number}.conf"
        path.write_text(text.replace(r"\e", "\\"))  # roff's way to write a backslash
        done = subprocess.run([BUILD / "vdirectord", "-t", "-W", "--offline", "-f", path], capture_output=True,
                              text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "doc/examples").glob("*.conf")),
                         ids=lambda path: path.name)
def test_example_files_are_valid(path):
    done = subprocess.run([BUILD / "vdirectord", "-t", "-W", "--offline", "-f", path], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
