#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a machine can check: one line per break, exit 1 if there is any.

Usage: tests/house.py [ROOT]      --self-test: only prove that each rule can fail
"""
import ast
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# Each folder may include itself and what stands here: mail net storage filters smtp web app.
ARROWS = {
    "mail": set(),
    "net": set(),
    "storage": {"mail", "net"},
    "filters": {"mail", "net", "storage"},
    "smtp": {"mail", "net", "storage", "filters"},
    "web": {"mail", "net", "storage", "filters", "smtp"},
    "front": {"mail", "net"},
    "app": {"mail", "net", "storage", "filters", "smtp", "web", "front"},
}
CODE = {".cpp", ".hpp", ".in"}
LINED = CODE | {".py", ".sh"}
SKIPPED = ("build/", ".git/", "mailweir-data/", "tests/fuzz/corpus/", "tests/vectors/")
BINARY = {".png", ".gz", ".zst", ".der", ".p12"}
FORBIDDEN_NAMES = {"util", "utils", "common", "helper", "helpers", "manager", "managers", "handler",
                   "handlers", "lib", "core", "base"}
ASIO_HOMES = ("gateway/net/", "gateway/app.cpp", "web/front/", "tests/support/")
FORBIDDEN_CALLS = [
    (re.compile(r"(?<![\w.>:])(?:::|std::)?"
                r"(system|popen|posix_spawnp?|exec[lv]p?e?|execvpe|fexecve)\s*\("),
     "{} starts a program; nothing here may"),
    (re.compile(r"std::(w?regex)\b"), "std::{} can take exponential time; use PCRE2 with limits"),
    (re.compile(r"\b(detached)\b"), "{}: every co_spawn has a completion that logs"),
    (re.compile(r"\b(sleep_for|usleep|nanosleep)\s*\("), "{}: nothing sleeps"),
]
# Written in pieces, so that this file does not break its own rule.
DATABASE_NAME = re.compile(r'"[^"]*\w\.db"')
DATABASE_HOME = "storage/sqlite/formats.cpp"
MACHINE_PATHS = re.compile(r"(?<![\w.$}{-])/(" + "|".join([
    "wo" + "rk/", "fa" + "rm/", "tmp/" + "wt", "tmp/" + "build", "home/" + r"\w",
    "ro" + "ot/"]) + ")")
UNFINISHED = re.compile(r"\b(TO" + "DO|FIX" + r"ME|X" + r"XX)\b")


def lines_without_comments(source):
    return [re.sub(r"(?<!:)//.*", "", line) for line in source.split("\n")]


def product(path):
    return path.startswith(("gateway/", "filters/", "storage/", "web/"))


def folder_of(path):
    """The library that a file belongs to, as in CMakeLists.txt; None outside of them."""
    if path.startswith(("gateway/mail/", "gateway/net/", "gateway/smtp/")):
        return path.split("/")[1]
    if path.startswith("gateway/"):
        return "app"
    if path.startswith("web/front/"):
        return "front"
    first = path.split("/")[0]
    return first if first in ("storage", "filters", "web") else None


def without_text(source):
    """C++ with comments removed and literals emptied; line numbers stay."""
    pattern = re.compile(r'R"([^(\s]*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"'
                         r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|//[^\n]*|/\*(?:.|\n)*?\*/")

    def blank(match):
        text = match.group(0)
        lines = "\n" * text.count("\n")
        return lines if text.startswith("/") else '"' + lines + '"'

    return pattern.sub(blank, source)


def functions_of(source):
    """(first line, lines) of every function body of C++ text; types are looked through."""
    text = without_text(source)
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.M)
    stack, header, found, depth_in_function, line = [], "", [], 0, 1
    for c in text:
        if c == "\n":
            line += 1
        if c == "{":
            if depth_in_function:
                depth_in_function += 1
            elif is_function_header(header):
                depth_in_function = 1
                start = line
            else:
                stack.append(c)
            header = ""
        elif c == "}":
            if depth_in_function:
                depth_in_function -= 1
                if depth_in_function == 0:
                    found.append((start, line - start + 1))
            elif stack:
                stack.pop()
            header = ""
        elif c == ";" and not depth_in_function:
            header = ""
        else:
            header += c
    return found


def is_function_header(header):
    header = header.strip()
    if re.match(r"(template\b.*)?(inline\s+)?(namespace|class|struct|union|enum|extern\s*\"\")\b",
                header, re.S) and not re.search(r"\)\s*(const|noexcept|->.*)?$", header):
        return False
    return "(" in header and not header.endswith("=") or header in ("", "try") or header[0] == ","


class House:
    def __init__(self, root):
        self.root = Path(root)
        self.breaks = []
        self.files = sorted(self.list_files())

    def list_files(self):
        try:
            out = subprocess.run(["git", "-C", str(self.root), "ls-files", "-z", "--cached",
                                  "--others", "--exclude-standard"],
                                 capture_output=True, check=True).stdout
            names = [n for n in out.decode().split("\0") if n]
        except (OSError, subprocess.CalledProcessError):
            names = [str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file()]
        return [n for n in names if not n.startswith(SKIPPED) and (self.root / n).is_file()]

    def say(self, path, line, text):
        self.breaks.append(f"{path}:{line}: {text}")

    def check(self):
        for path in self.files:
            self.check_name(path)
            if Path(path).suffix in BINARY:
                continue
            raw = (self.root / path).read_bytes()
            source = raw.decode("utf-8", "replace")
            lines = source.split("\n")
            self.check_lines(path, lines)
            if Path(path).suffix in CODE:
                self.check_cpp(path, source)
            elif path.endswith(".py"):
                self.check_python(path, source)
        self.check_layers()
        return self.breaks

    def check_name(self, path):
        for part in Path(path).parts:
            words = set(re.split(r"[_.\-]", part.lower()))
            for word in sorted(words & FORBIDDEN_NAMES):
                self.say(path, 1, f'the name "{part}" holds "{word}", which says nothing')

    def check_lines(self, path, lines):
        suffix = Path(path).suffix
        is_script = lines[0].startswith("#!")
        if suffix in LINED or is_script or Path(path).name == "CMakeLists.txt":
            first = lines[1] if is_script and len(lines) > 1 else lines[0]
            if "SPDX-License-Identifier: Apache-2.0" not in first:
                self.say(path, 1, "no SPDX line at the head")
        if suffix in LINED or is_script:
            count = len(lines) - (lines[-1] == "")
            if count > 400:
                self.say(path, 401, f"{count} lines; a file has at most 400")
            for number, line in enumerate(lines, 1):
                if len(line) > 100:
                    self.say(path, number, f"{len(line)} columns; a line has at most 100")
        for number, line in enumerate(lines, 1):
            if MACHINE_PATHS.search(line):
                self.say(path, number, "a path of one machine")
            if product(path) and "../sha" + "red" in line:
                self.say(path, number, "product code reads nothing from the shared folder")
            if suffix in LINED and UNFINISHED.search(line):
                self.say(path, number, "an unfinished mark")

    def check_cpp(self, path, source):
        self.check_arrows(path, source)
        code = without_text(source)
        for number, line in enumerate(code.split("\n"), 1):
            if not path.startswith(ASIO_HOMES) and re.search(
                    r"\bboost::asio\b|\basio::|<boost/asio", line):
                self.say(path, number, "Asio's names stay in gateway/net, gateway/app.cpp, "
                                       "web/front and tests/support")
            if product(path):
                for pattern, text in FORBIDDEN_CALLS:
                    for match in pattern.finditer(line):
                        self.say(path, number, text.format(match.group(1)))
        for match in re.finditer(r"\bsqlite3_exec\s*\(\s*[^,]+,\s*(\S)", code):
            if match.group(1) != '"' and not self.is_fixed_text(code, match):
                line = code.count("\n", 0, match.start()) + 1
                self.say(path, line, "sqlite3_exec with text made at run time")
        self.check_databases(path, lines_without_comments(source))
        for start, length in functions_of(source):
            if length > 60:
                self.say(path, start, f"a function of {length} lines; at most 60")

    def check_databases(self, path, lines):
        """One that backup and upgrade do not know makes every backup useless."""
        if not product(path) or path == DATABASE_HOME:
            return
        for number, line in enumerate(lines, 1):
            if DATABASE_NAME.search(line):
                self.say(path, number, "a database has its name from storage/database_file.hpp")

    @staticmethod
    def is_fixed_text(code, match):
        """The statement is a constant of this file."""
        word = re.match(r"\w+", code[match.start(1):])
        return word and re.search(r"constexpr\s[^;=]*\b" + word.group(0) + r"\b", code)

    def check_arrows(self, path, source):
        me = folder_of(path)
        unit = re.match(r"tests/unit/(\w+)/", path)
        if unit and unit.group(1) in ARROWS:
            me = unit.group(1)
        for number, line in enumerate(source.split("\n"), 1):
            match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if not match:
                continue
            target = folder_of(match.group(1))
            if target is None:
                if product(path) and not (self.root / match.group(1)).exists():
                    self.say(path, number, f'"{match.group(1)}" does not start at the root')
                continue
            if me and target != me and target not in ARROWS[me]:
                self.say(path, number, f"{me} may not include {target}: the arrow points right")

    def check_python(self, path, source):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > 60:
                    self.say(path, node.lineno, f"a function of {length} lines; at most 60")

    def check_layers(self):
        for path in self.files:
            match = re.fullmatch(r"filters/layers/(\w+)\.cpp", path)
            if match and f"tests/unit/filters/layers/{match.group(1)}_test.cpp" not in self.files:
                self.say(path, 1, f"no tests/unit/filters/layers/{match.group(1)}_test.cpp")


SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
# name of the rule → a file that breaks it, its text, and words of the complaint.
BROKEN = {
    "arrow": ("gateway/net/a.cpp", SPDX + '#include "storage/store.hpp"\n', "arrow points right"),
    "siblings": ("gateway/mail/a.cpp", SPDX + '#include "gateway/net/x.hpp"\n', "points right"),
    "root": ("storage/a.cpp", SPDX + '#include "row.hpp"\n', "start at the root"),
    "test arrow": ("tests/unit/mail/a_test.cpp", SPDX + '#include "web/x.hpp"\n', "points right"),
    "file": ("filters/a.cpp", SPDX + "\n" * 400, "at most 400"),
    "function": ("filters/a.cpp", SPDX + "namespace x {\nstruct A {\n  void f()\n  {\n" + "\n" * 59
                 + "  }\n};\n}\n", "a function of 61"),
    "member list": ("filters/a.cpp",
                    SPDX + "A::A(int b) : b_{b}, c_{1}\n{\n" + "  ;\n" * 60 + "}\n",
                    "a function of 62"),
    "python function": ("tests/a.py", "# SPDX-License-Identifier: Apache-2.0\ndef f():\n"
                        + "    pass\n" * 60, "a function of 61"),
    "columns": ("web/a.cpp", SPDX + "// " + "x" * 98 + "\n", "101 columns"),
    "layer": ("filters/layers/a.cpp", SPDX, "layers/a_test.cpp"),
    "spdx": ("web/a.hpp", "#pragma once\n", "no SPDX"),
    "script": ("packaging/x", "#!/bin/sh\necho\n", "no SPDX"),
    "system": ("web/a.cpp", SPDX + 'int x = system("ls");\n', "starts a program"),
    "exec": ("web/a.cpp", SPDX + "int f() { return ::execvp(a, b); }\n", "starts a program"),
    "popen": ("web/a.cpp", SPDX + 'auto f = popen("ls", "r");\n', "starts a program"),
    "regex": ("web/a.cpp", SPDX + "std::regex r;\n", "exponential"),
    "detached": ("gateway/net/a.cpp", SPDX + "co_spawn(a, b, detached);\n", "completion"),
    "sqlite": ("storage/a.cpp", SPDX + "void f() { sqlite3_exec(db, text.c_str(), 0, 0, 0); }\n",
               "made at run time"),
    "database": ("web/a.cpp", SPDX + 'auto p = directory + "/dreams.db";\n',
                 "storage/database_file.hpp"),
    "asio": ("gateway/smtp/a.cpp", SPDX + "boost::asio::io_context c;\n", "Asio's names"),
    "shared": ("web/a.cpp", SPDX + 'auto p = "../sha' + 'red/x";\n', "the shared folder"),
    "name": ("web/string_util.cpp", SPDX, "says nothing"),
    "folder name": ("gateway/common/a.cpp", SPDX, "says nothing"),
    "machine path": ("docs.md", "see /wo" + "rk/x\n", "path of one machine"),
    "unfinished": ("web/a.cpp", SPDX + "// TO" + "DO later\n", "unfinished"),
}
FINE = {
    "filters/fine.cpp": SPDX + '#include "filters/fine.hpp"\n#include <vector>\n'
        'namespace filters {\nconst char* text = "system(\\"x\\")";\n// no popen( here\n'
        "constexpr char schema[] = R\"(CREATE)\";\nA::A(int b) : b_{b}, c_{1}\n{\n    run();\n}\n"
        "const std::map<int, int> table{\n" + "    {1, 2},\n" * 70 + "};\n"
        "void g() { sqlite3_exec(db, \"PRAGMA x\", 0, 0, 0); sqlite3_exec(db, schema, 0, 0, 0);\n"
        "    loop.exec(); file_system(1); }\n}\n",
    "filters/fine.hpp": SPDX + "#pragma once\nnamespace filters {\nclass A {\npublic:\n"
        + "    int a() const { return 1; }\n" * 70 + "};\n}\n",
}


def self_test():
    """Every rule complains about its own broken file, and none about a tree that keeps them all."""
    wrong = []
    for rule, (path, text, words) in BROKEN.items():
        with tempfile.TemporaryDirectory() as root:
            write(root, {**FINE, path: text})
            breaks = House(root).check()
            if len(breaks) != 1 or not breaks[0].startswith(path) or words not in breaks[0]:
                wrong.append(f'rule "{rule}" said {breaks}, not "{words}"')
    with tempfile.TemporaryDirectory() as root:
        write(root, FINE)
        wrong += [f"a good tree: {b}" for b in House(root).check()]
    return wrong


def write(root, files):
    for path, text in files.items():
        target = Path(root) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def main():
    arguments = [a for a in sys.argv[1:] if a != "--self-test"]
    wrong = self_test()
    if "--self-test" not in sys.argv:
        root = arguments[0] if arguments else Path(__file__).resolve().parent.parent
        wrong += House(root).check()
    print("\n".join(wrong) if wrong else "the house stands")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
