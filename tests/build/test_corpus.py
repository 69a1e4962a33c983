"""The comparison with keepalived: what one file does to it is that file's."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys

import pytest

RUN = pathlib.Path(__file__).resolve().parents[1] / "corpus/run"


@pytest.fixture
def corpus(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    loader = importlib.machinery.SourceFileLoader("corpus_run", str(RUN))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("corpus_run", loader))
    monkeypatch.setitem(sys.modules, "corpus_run", module)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("error", [subprocess.TimeoutExpired("keepalived", 20), KeyError("protocol"),
                                   ValueError("no such line")], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["read_both", "problems_of"])
def test_a_file_that_cannot_be_compared_fails_alone_issue_8_29(corpus, monkeypatch, tmp_path, where, error):
    def fail(*arguments):
        raise error
    path = tmp_path / "a.conf"
    path.write_text("", encoding="ascii")
    verdict = corpus.keepalived.Verdict(0, [])
    monkeypatch.setattr(corpus, "read_both", lambda *arguments: (verdict, corpus.Ours(0, "", [])))
    monkeypatch.setattr(corpus, where, fail)
    result = corpus.look_at(path, tmp_path)
    assert result.name == "a.conf"
    assert result.problems == [f"not compared: {error!r}"]
