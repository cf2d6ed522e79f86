"""A C source as the rules see it: comments and strings blanked out, functions found by the house's formatting."""
import collections
import re

Function = collections.namedtuple("Function", "name line body length static")

TOKEN = re.compile(r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.VERBOSE | re.DOTALL)
# clang-format puts a function's name and its parameters at the left margin, and its braces alone on a line.
DEFINITION = re.compile(r"^(?P<head>[A-Za-z_][^;{}=#]*?\b(?P<name>\w+)\s*\([^;{}]*\))\s*\n\{\n(?P<body>.*?)^\}", re.M | re.S)
CALL = re.compile(r"(?<![\w.>])(\w+)\s*\(")
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "_Alignof", "defined"}


def blank(match):
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] + re.sub(r"[^\n]", " ", text[1:-1]) + text[0]
    return re.sub(r"[^\n]", " ", text)


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.code = TOKEN.sub(blank, text)
        self.includes = [(self.text.count("\n", 0, found.start()) + 1, found.group(1))
                         for found in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"]+[>"])', text, re.M)]
        self.functions = [Function(found.group("name"), self.line_of(found.start("name")), found.group("body"),
                                   found.group(0).count("\n") + 1, bool(re.match(r"(?:\w+\s+)*?static\b", found.group("head"))))
                          for found in DEFINITION.finditer(self.code)]

    def line_of(self, offset):
        return self.code.count("\n", 0, offset) + 1

    def calls(self, names):
        """Line and name of every call of one of the names (a regular expression); members are not meant."""
        for found in re.finditer(r"(?<![\w.>])(%s)\s*\(" % names, self.code):
            yield self.line_of(found.start()), found.group(1)

    def function_at(self, line):
        for function in self.functions:
            if function.line <= line < function.line + function.length:
                return function
        return None


def called(function):
    return set(CALL.findall(function.body)) - KEYWORDS
