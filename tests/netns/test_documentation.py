"""What is made from the tables of keywords and options is current, and does what it is for."""

import json
import re
import subprocess

import pytest

from lab import BUILD, ROOT

DOC = ROOT / "doc"
PROGRAMS = ("vdirectord", "vdctl")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doc")
    run(DOC / "generate", BUILD, folder)
    return folder


@pytest.fixture(scope="module")
def table():
    return json.loads(run(BUILD / "vdirectord", "--keywords", "--format", "json"))


def test_what_is_made_from_the_tables_is_current(generated):
    names = [path.relative_to(generated) for path in generated.rglob("*") if path.is_file()]
    assert len(names) == 9
    old = [str(name) for name in names
           if (DOC / name).read_text(encoding="utf-8") != (generated / name).read_text(
               encoding="utf-8")]
    assert not old, "run `make doc`"


def test_table_of_keywords_as_text_and_json_agree(table):
    lines = run(BUILD / "vdirectord", "--keywords").splitlines()
    rows = [row for block in table["blocks"] for row in block["keywords"]]
    assert len(lines) == len(rows) + 1
    for line, row in zip(lines[1:], rows):
        assert row["name"] in line and row["support"] in line and row["doc"] in line


def test_each_keyword_has_a_type_and_a_syntax(table):
    rows = [row for block in table["blocks"] for row in block["keywords"]]
    assert [row["name"] for row in rows if not row["type"]] == []
    assert [row["name"] for row in rows
            if not row["syntax"] and row["type"] != "flag" and row["name"] != "preempt"] == []


@pytest.mark.parametrize("block, name, wanted", [
    ("vrrp_instance", "priority", {"range": "1-255", "default": "100; 255 with state MASTER",
                                   "support": "supported", "syntax": "NUMBER", "reload": True}),
    ("global_defs", "vrrp_priority", {"range": "-20..19", "default": "0", "reload": False,
                                      "support": "unsupported"}),
    ("bfd_instance", "min_rx", {"unit": "ms", "range": "1-4000000", "default": "10"}),
    ("bfd_instance", "hoplimit", {"alias_of": "ttl"}),
    ("virtual_server", "lvs_sched", {"alias_of": "lb_algo"}),
    ("virtual_server", "persistence_timeout", {"syntax": "[NUMBER]", "unit": "s"}),
    ("linkbeat_interfaces", "ETHTOOL", {"support": "ignored", "syntax": ""}),
    ("track_script", "weight", {"range": "-254..254", "syntax": "NUMBER [reverse|noreverse]"}),
])
def test_table_of_keywords_says(table, block, name, wanted):
    row = next(row for data in table["blocks"] if data["name"] == block
               for row in data["keywords"] if row["name"] == name)
    assert {key: row[key] for key in wanted} == wanted


def test_vim_knows_every_keyword_and_choice(table):
    syntax = (DOC / "vim/syntax/vdirector.vim").read_text(encoding="utf-8")
    known = set()
    for line in syntax.splitlines():
        if line.startswith("syntax keyword"):
            known.update(line.split()[3:])
    rows = [row for block in table["blocks"] for row in block["keywords"]]
    names = {row["name"] for row in rows}
    assert {name for name in names - known if f"{name}\\>" not in syntax} == set()
    words = {word for row in rows for word in row["choices"] if re.fullmatch(r"[A-Za-z][\w-]*", word)}
    assert words <= known and len(words) > 30


def complete(program, *words):
    """What bash offers after these words, of which the last one is being typed."""
    script = (f'source "{DOC}/completion/{program}.bash"\n'
              'compopt() { :; }\n'  # needs a terminal
              f'COMP_WORDS=({program} "$@")\nCOMP_CWORD=$#\n'
              f'_{program}\nprintf "%s\\n" "${{COMPREPLY[@]}}"')
    return set(run("bash", "-c", script, "bash", *words).split())


@pytest.mark.parametrize("program, words, wanted", [
    ("vdirectord", ["--pr"], {"--print-config"}),
    ("vdirectord", ["--key"], {"--keywords"}),
    ("vdirectord", ["--format", ""], {"text", "json"}),
    ("vdirectord", ["-t", "--format", "j"], {"json"}),
    ("vdctl", ["sta"], {"status", "standby"}),
    ("vdctl", ["status", "--"], {"--json"}),
    ("vdctl", ["--run"], {"--runtime-dir"}),
])
def test_bash_completes(program, words, wanted):
    found = complete(program, *words)
    if program == "vdctl" and words == ["sta"]:
        assert wanted == found
    assert wanted <= found and (not words[-1] or all(word.startswith(words[-1]) for word in found))


def test_bash_completes_files(tmp_path):
    (tmp_path / "one.conf").touch()
    (tmp_path / "folder").mkdir()
    assert complete("vdirectord", "-f", f"{tmp_path}/") == {f"{tmp_path}/one.conf",
                                                            f"{tmp_path}/folder"}
    assert complete("vdirectord", "--runtime-dir", f"{tmp_path}/") == {f"{tmp_path}/folder"}
    assert f"{tmp_path}/one.conf" in complete("vdctl", "plan", f"{tmp_path}/")


@pytest.mark.parametrize("program", PROGRAMS)
def test_bash_completion_knows_every_option_and_command(program):
    text = run(BUILD / program, "--help")
    words = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text))
    if program == "vdctl":
        words |= set(re.findall(r"^  ([a-z]+)", text, re.MULTILINE))
        words -= {"--json", "--secrets", "--force"}  # of some commands
    assert words <= complete(program, "")


def test_everything_is_installed(tmp_path):
    run("make", "-s", "-C", ROOT, "install", f"DESTDIR={tmp_path}", "PREFIX=/usr",
        f"BUILD={BUILD}", stdin=subprocess.DEVNULL)
    share = tmp_path / "usr/share"
    for name in ("vim/vimfiles/syntax/vdirector.vim", "vim/vimfiles/ftdetect/vdirector.vim",
                 "bash-completion/completions/vdirectord", "bash-completion/completions/vdctl",
                 "zsh/site-functions/_vdirectord", "fish/vendor_completions.d/vdctl.fish",
                 "man/man5/vdirector.conf.5", "doc/vdirector/compatibility.md"):
        assert (share / name).is_file(), name
