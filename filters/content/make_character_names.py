#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes character_names.cpp: HTML's named character references, from Python's copy of the table.

Usage: make_character_names.py > character_names.cpp
"""
from html.entities import html5


def escaped(value):
    def one(c):
        if c in '"\\' or not (0x20 < ord(c) < 0x7F):
            return {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n"}.get(
                c, f"\\u{ord(c):04X}" if ord(c) <= 0xFFFF else f"\\U{ord(c):08X}")
        return c
    return "".join(map(one, value))


def main():
    names = sorted(name[:-1] for name in html5 if name.endswith(";"))
    entries = [name + ("!" if name in html5 else "=") + escaped(html5[name + ";"]) + " "
               for name in names]
    print("// SPDX-License-Identifier: Apache-2.0\n"
          '#include "filters/content/character_names.hpp"\n\n'
          "// Made by make_character_names.py.\n"
          "namespace filters::content {\n"
          "namespace {\n// clang-format off\nconstexpr std::string_view table =")
    line = ""
    for entry in entries:
        if len(line) + len(entry) > 97:
            print(f'"{line}"')
            line = ""
        line += entry
    print(f'"{line}";\n// clang-format on\n}}\n\n'
          "std::string_view character_name_table() { return table; }\n}")


main()
