"""The canonical form that vdirectord prints, as a tree of statements."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'\s*(?:(?P<brace>[{}])|"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<plain>[^\s{}"]+))')
ESCAPE = re.compile(r"\\([0-7]{3}|.)")


@dataclass
class Statement:
    """Words, and the statements of the block after them if there is one."""
    words: list
    body: list = field(default_factory=list)

    @property
    def keyword(self):
        return self.words[0]

    def all(self, keyword):
        """The statements of the block that begin with this word."""
        return [one for one in self.body if one.keyword == keyword]

    def values(self, keyword):
        """The words after the (last) keyword, or None where it is not there."""
        found = self.all(keyword)
        return found[-1].words[1:] if found else None


def _unescape(text):
    return ESCAPE.sub(lambda match: chr(int(match[1], 8)) if len(match[1]) == 3 else match[1],
                      text)


def parse(text):
    """The configuration as one statement without words, whose block is the file."""
    root = Statement([])
    open_blocks = [root]
    words = []

    def end_statement():
        nonlocal words
        if words:
            open_blocks[-1].body.append(Statement(words))
        words = []

    for line in text.split("\n"):
        for match in TOKEN.finditer(line):
            if match["brace"] == "{":
                end_statement()
                open_blocks.append(open_blocks[-1].body[-1])
            elif match["brace"] == "}":
                end_statement()
                open_blocks.pop()
            elif match["quoted"] is not None:
                words.append(_unescape(match["quoted"]))
            else:
                words.append(match["plain"])
        end_statement()
    return root


def split_command(text):
    """A command line as the words that a program gets: both kinds of quotes, and backslashes."""
    words, word, quote = [], None, None
    pairs = iter(text)
    for char in pairs:
        if char == "\\":
            word = (word or "") + next(pairs, "")
        elif char == quote:
            quote = None
        elif quote is None and char in "'\"":
            quote, word = char, word or ""
        elif quote is None and char.isspace():
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + char
    return words if word is None else [*words, word]
