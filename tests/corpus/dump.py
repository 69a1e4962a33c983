"""keepalived's dump of what it has read, as a tree of lines."""

import re
from dataclasses import dataclass, field

SECTION = re.compile(r"^ *------< (.*) >------$")


@dataclass
class Line:
    """A line of the dump with those that belong to it, which stand further right."""
    text: str
    indent: int
    body: list = field(default_factory=list)

    def find(self, pattern):
        """What the group of the pattern matches, in the first line of the body that does."""
        for line in self.body:
            match = re.fullmatch(pattern, line.text)
            if match:
                return match[1] if match.re.groups else match[0]
        return None

    def below(self, pattern):
        """The lines that belong to the first one that matches."""
        for line in self.body:
            if re.fullmatch(pattern, line.text):
                return line.body
        return []


def parse(lines):
    """The sections of a dump: [(name, [Line])], in its order. What a service and its servers say
    follows their headings at the same depth, so each heading begins a section here."""
    sections, stack = [], []
    for text in lines:
        heading = SECTION.match(text)
        if heading:
            sections.append((heading[1], []))
            stack = []
            continue
        indent = len(text) - len(text.lstrip(" "))
        if not sections or indent == 0:
            continue  # a message, which may stand anywhere
        line = Line(text.strip(), indent)
        while stack and stack[-1].indent >= indent:
            stack.pop()
        (stack[-1].body if stack else sections[-1][1]).append(line)
        stack.append(line)
    return sections


def flat(lines):
    """The lines and all that belong to them, in their order."""
    return [inner for line in lines for inner in (line, *flat(line.body))]
