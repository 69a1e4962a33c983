"""The build: what a packager chooses takes nothing away that the project needs, and the same source
makes the same bytes wherever it lies."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OWN = ["-std=gnu11", "-I.", "-D_GNU_SOURCE", "-D_TIME_BITS=64", "-D_FILE_OFFSET_BITS=64", "-Wall",
       "-fstack-protector-strong", "-fstack-clash-protection"]
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "BUILD", "CC", "CFLAGS")}


def make(*arguments, cwd=ROOT, **environment):
    return subprocess.run(["make", *arguments], cwd=cwd, env={**ENVIRONMENT, **environment},
                          check=True, capture_output=True, text=True).stdout


def compile_line(*arguments, **environment):
    """How core/base/utf8.c would be compiled."""
    text = make("-n", "-B", "BUILD=nowhere", *arguments, "nowhere/core/base/utf8.o", **environment)
    return next(line for line in text.split("\n") if "utf8.c" in line).split()


@pytest.mark.parametrize("chosen", ["CFLAGS=-O3", "CPPFLAGS=-DMINE", "CFLAGS=-O0 -g3"])
def test_a_builders_flags_come_beside_our_own_issue_8_34(chosen):
    words = compile_line(chosen)
    assert set(OWN) <= set(words)
    assert set(chosen.split("=", 1)[1].split()) <= set(words)


def test_the_compiler_can_be_chosen_issue_8_34():
    assert compile_line()[0] == "gcc"
    assert compile_line("CC=clang")[0] == "clang"
    assert compile_line(CC="clang")[0] == "clang"


def test_pkg_config_can_be_chosen_issue_8_34(tmp_path):
    other = tmp_path / "other-pkg-config"
    other.write_text('#!/bin/sh\necho -DOTHER\n', encoding="ascii")
    other.chmod(0o755)
    assert "-DOTHER" in compile_line(f"PKG_CONFIG={other}")


def test_programs_are_hardened_issue_8_34():
    build = pathlib.Path(os.environ.get("BUILD", "build"))
    for program in ("vdirectord", "vdctl"):
        path = ROOT / build / program
        assert "BIND_NOW" in subprocess.run(["readelf", "-dW", path], check=True,
                                            capture_output=True, text=True).stdout
        symbols = subprocess.run(["readelf", "-W", "--dyn-syms", path], check=True,
                                 capture_output=True, text=True).stdout
        assert "__snprintf_chk" in symbols or "__vsnprintf_chk" in symbols


def compiled(tree, build):
    make("-s", "CFLAGS=-O2 -g", f"BUILD={build}", f"{build}/core/base/hash.o", cwd=tree, PWD=str(tree))
    return (tree / build / "core/base/hash.o").read_bytes()


def test_objects_do_not_tell_where_they_were_made_issue_8_34(tmp_path):
    made = set()
    for name, build in (("one", "build"), ("another/place", "other/build"), ("with a space", "build")):
        tree = tmp_path / name
        for part in ("core/base/hash.c", "core/base/hash.h", "core/base/log.h", "core/base/alloc.h"):
            (tree / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / part, tree / part)
        shutil.copy(ROOT / "Makefile", tree)
        link = tmp_path / f"link to {tree.name}"  # as a shell that went there by it has it
        link.symlink_to(tree)
        for way, more in ((tree, ""), (link, "-2")):
            made.add(compiled(way, build + more))
    assert len(made) == 1
