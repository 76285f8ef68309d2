#!/usr/bin/env python3
"""make_abi.py: makes the package's mirror of the library's public headers.

    make_abi.py HEADER... ABI.py CHECK.c

ABI.py declares for ctypes each struct, enum, word and function of the headers, so that a new member
of a struct reaches Python without a second declaration.  CHECK.c is compiled with the headers: it
fails where the compiler lays out a struct in another way than ctypes does.

The headers keep to a plain style, which is all that is understood here.  Anything else is an error.
"""

import re
import sys

SCALARS = {
    "char": "c_char", "int": "c_int", "unsigned": "c_uint", "float": "c_float",
    "double": "c_double", "size_t": "c_size_t", "ptrdiff_t": "c_ssize_t", "int32_t": "c_int32",
    "uint32_t": "c_uint32", "int64_t": "c_int64", "uint64_t": "c_uint64",
}


class Headers:
    def __init__(self):
        self.constants = {}  # of #define and enum: name to int or str
        self.words = {}      # of GF_LOSS_LIST: "loss" to [(word, help)]
        self.enums = {}      # "gf_loss" to its constants
        self.structs = {}    # "gf_config" to [(member, ctypes type)]
        self.member_words = {}  # ("gf_config", "loss") to "loss"
        self.functions = {}  # name to (ctypes result, [ctypes arguments])

    # ---- types ----

    def base_type(self, name):
        if name in SCALARS:
            return SCALARS[name]
        if name in self.enums:
            return "c_int"
        if name in self.structs:
            return name
        return None  # void, or a struct whose members the header does not tell

    def pointer_type(self, name, stars):
        if stars == 0:
            return self.base_type(name) or "None"
        base = self.base_type(name)
        text = "c_char_p" if name == "char" else f"POINTER({base})" if base else "c_void_p"
        return text if stars == 1 else f"POINTER({self.pointer_type(name, stars - 1)})"

    def split_type(self, text):
        """Splits "const char *const *names" into its base type, pointers, name and array length."""
        text = re.sub(r"\b(const|struct|restrict)\b", " ", text)
        match = re.fullmatch(r"\s*(\w+)\s*((?:\*\s*)*)(\w*)\s*(?:\[(\w+)\])?\s*", text)
        if not match:
            sys.exit(f"make_abi.py: not understood: {text}")
        base, stars, name, length = match.groups()
        return base, stars.count("*"), name, length

    def ctypes_of(self, text):
        base, stars, name, length = self.split_type(text)
        kind = self.pointer_type(base, stars)
        if length:
            kind += f" * {self.constants.get(length, length)}"
        return name, kind

    def callback(self, text):
        """A member such as "int (*stop)(void *user)"; None: text is no pointer to a function."""
        match = re.fullmatch(r"\s*(.+?)\(\*(\w+)\)\((.*)\)\s*", text, re.S)
        if not match:
            return None
        result, name, arguments = match.groups()
        return name, f"CFUNCTYPE({', '.join([self.ctypes_of(result)[1], *self.arguments(arguments)])})"

    def arguments(self, text):
        if text.strip() == "void":
            return []
        parts = re.split(r",(?![^()]*\))", text)
        return [(self.callback(part) or self.ctypes_of(part))[1] for part in parts]

    # ---- declarations ----

    def read(self, text):
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S).replace("\\\n", " ")
        for line in re.findall(r"^#define (.*)$", text, re.M):
            self.define(line)
        text = re.sub(r"^#.*$", "", text, flags=re.M)
        text = re.sub(r"\bGF_HEADER_(BEGIN|END)\b", " ", text)
        for declaration in re.split(r";(?![^{}]*\})", text):
            if declaration.strip():
                self.declare(" ".join(declaration.split()))

    def define(self, line):
        name, _, value = line.partition(" ")
        if match := re.fullmatch(r"GF_(\w+)_LIST\(X\)", name):
            pairs = re.findall(r"X\((\w+), ((?:\s*\"[^\"]*\")+)[^)]*?\)", value)
            self.words[match[1].lower()] = [
                (word, "".join(re.findall(r'"([^"]*)"', text))) for word, text in pairs]
        elif match := re.fullmatch(r"(\d+)u?", value.strip()):
            self.constants[name] = int(match[1])
        elif re.fullmatch(r'\s*("[^"]*"\s*)+', value):
            self.constants[name] = "".join(re.findall(r'"([^"]*)"', value))

    def declare(self, text):
        if match := re.fullmatch(r"(?:typedef )?enum (\w*) ?\{(.*)\} ?(\w*)", text):
            self.declare_enum(match[3] or match[1], match[2])
        elif match := re.fullmatch(r"(?:typedef )?struct (\w+) \{(.*)\} ?\w*", text):
            self.declare_struct(match[1], match[2])
        elif re.fullmatch(r"typedef struct \w+ \w+", text) or re.fullmatch(r"struct \w+", text):
            pass
        elif match := re.fullmatch(r"(.+?[ *])(\w+)\((.*)\)", text):
            result, name, arguments = match.groups()
            self.functions[name] = (self.ctypes_of(result)[1], self.arguments(arguments))
        else:
            sys.exit(f"make_abi.py: not understood: {text}")

    def declare_enum(self, name, body):
        value = 0
        constants = []
        body = re.sub(r"GF_(\w+)_LIST\(\w+\)", lambda match: "".join(
            f"GF_{match[1]}_{word}, " for word, _ in self.words[match[1].lower()]), body)
        for part in filter(str.strip, body.split(",")):
            constant, _, given = (piece.strip() for piece in part.partition("="))
            value = int(given) if given else value
            self.constants[constant] = value
            constants.append(constant)
            value += 1
        if name:
            self.enums[name] = constants

    def declare_struct(self, name, body):
        # Known before its members are read: a member may point to the same struct.
        members = self.structs[name] = []
        for declaration in filter(str.strip, body.split(";")):
            if callback := self.callback(declaration):
                members.append(callback)
                continue
            first, *others = declaration.split(",")
            base = self.split_type(first)[0]
            for text in (first, *(f"{base} {other}" for other in others)):
                members.append(self.ctypes_of(text))
                if base.removeprefix("gf_") in self.words:
                    self.member_words[name, members[-1][0]] = base.removeprefix("gf_")

    # ---- what is made ----

    def python(self):
        yield '"""_abi.py: made by make_abi.py from the headers of the library."""\n'
        yield "from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_void_p"
        yield f"from ctypes import {', '.join(sorted(set(SCALARS.values())))}\n"
        yield f"CONSTANTS = {self.constants!r}\n"
        yield "# The words of each list, with their help."
        yield "WORDS = {"
        for name, pairs in self.words.items():
            yield f"    {name!r}: {dict(pairs)!r},"
        yield "}\n"
        for name in self.structs:
            yield f"class {name}(Structure):\n    pass\n"
        for name, members in self.structs.items():
            yield f"{name}._fields_ = ["
            yield from (f"    ({member!r}, {kind})," for member, kind in members)
            yield "]\n"
        yield f"STRUCTS = [{', '.join(self.structs)}]\n"
        yield "# The list in WORDS that a member of a struct takes its value from."
        yield "MEMBER_WORDS = {"
        yield from (f"    {key!r}: {value!r}," for key, value in self.member_words.items())
        yield "}\n"
        yield "# Result and arguments of each function."
        yield "FUNCTIONS = {"
        for name, (result, arguments) in self.functions.items():
            yield f"    {name!r}: ({result}, [{', '.join(arguments)}]),"
        yield "}"


def check_lines(headers, abi):
    yield "/* Made by make_abi.py: ctypes and the compiler lay out structs alike. */"
    yield from (f'#include "{header}"' for header in headers)
    yield "#include <assert.h>\n#include <stddef.h>"
    for struct in abi["STRUCTS"]:
        name = struct.__name__
        for member, _ in struct._fields_:
            field = getattr(struct, member)
            yield (f"static_assert(offsetof(struct {name}, {member}) == {field.offset}, "
                   f"\"{name}.{member}\");")
            yield (f"static_assert(sizeof(((struct {name} *)0)->{member}) == {field.size}, "
                   f"\"{name}.{member}\");")
        yield f"static_assert(sizeof(struct {name}) == {abi['sizeof'](struct)}, \"{name}\");"


def main(*arguments):
    *paths, abi_path, check_path = arguments
    headers = Headers()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            headers.read(file.read())
    text = "\n".join(headers.python()) + "\n"
    abi = {}
    exec(text + "from ctypes import sizeof\n", abi)
    with open(abi_path, "w", encoding="utf-8") as file:
        file.write(text)
    with open(check_path, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in check_lines(
            [path.rpartition("/")[2] for path in paths], abi))


main(*sys.argv[1:])
