"""read_csv.py: reads files with Python's csv module, pandas and gpufit, and lists where they differ.

	read_csv.py SHOW [--count N] [--seed S] [FILE...]

SHOW is the program of show_csv.c.  It compares:

- texts: random tables by csv.writer, in each way of quoting, and random tables of its own, with faults:
  a quote in a bare field, text after a closing quote, a quote left open, rows of another width.
  csv.reader (strict) has to read the same texts, or to refuse the file as gpufit does.
- numbers: random numbers in all spellings, in files large enough for several threads, with rows of
  another kind among them.  Each float is the one next to the decimal number, by exact fractions.
- each FILE of numbers with a header.

pandas, if it can be imported, reads all files that csv.reader has read.  Fields have no blanks around
them, as gpufit drops these and csv.reader does not.  Exit status 0: no difference.
"""
import argparse
import csv
import io
import os
import random
import struct
import subprocess
import sys
import tempfile
from fractions import Fraction

try:
    import pandas
except ImportError:
    pandas = None

ENDS = ["\n", "\r\n", "\r"]


# ---- random texts ----


def any_text(r, alphabet, most):
    return "".join(r.choice(alphabet) for _ in range(r.randint(0, most))).strip(" \t")


def written_table(r, width):
    """A table as csv.writer writes it."""
    quoting = r.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    # Before Python 3.13 the minimum was no quotes around a carriage return.
    alphabet = 'ab1 ,;"\n\tö' + ("" if quoting == csv.QUOTE_MINIMAL else "\r")
    rows = [[any_text(r, alphabet, 8) for _ in range(width)] for _ in range(r.randint(1, 12))]
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=r.choice(ENDS[:2]))
    writer.writerow(["t%d" % i for i in range(width)] + ["x", "y"])
    for row in rows:
        writer.writerow(row + [r.randint(0, 99), r.randint(0, 99)])
    return out.getvalue()


def any_field(r, faults):
    kind = r.random()
    if kind < 0.5:
        return any_text(r, 'ab1 \'"', 6).lstrip('"').strip()
    if faults and kind < 0.52:
        return r.choice(['"a"b', '"', '""a', '"a""b"c', ",", "\n", '"a\n'])
    return '"' + any_text(r, 'ab1,\n;\'', 6).replace("'", '""') + '"'


def drawn_table(r, width):
    """A table written here, with its faults."""
    faults, end = r.random() < 0.5, r.choice(ENDS)
    lines = [",".join(["t%d" % i for i in range(width)] + ["x", "y"])]
    for _ in range(r.randint(1, 10)):
        lines.append(",".join([any_field(r, faults) for _ in range(width)] + ["1", "2"]))
        if r.random() < 0.1:
            lines.append("")
    return end.join(lines) + (end if r.random() < 0.7 else "")


def by_csv(text):
    """The rows, or None where they are refused."""
    try:
        rows = raw_rows(text)
    except csv.Error:
        return None
    width = len(rows[0])
    for row in rows:
        # A delimiter at a row's end may leave one empty field.
        if len(row) != width and not (len(row) == width + 1 and row[-1] == ""):
            return None
    return [row[:width] for row in rows] if len(rows) > 1 else None


def ends_in_numbers(row):
    return is_number(row[-1]) and is_number(row[-2])


def raw_rows(text):
    return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def by_pandas(path):
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False, engine="c")
    return [list(frame.columns)] + frame.values.tolist()


# ---- random numbers ----


def any_number(r):
    kind = r.randrange(8)
    if kind == 0:
        return str(r.randint(-(10**r.randint(1, 18)), 10**r.randint(1, 18)))
    if kind == 1:
        return "%.*e" % (r.randint(0, 20), r.gauss(0, 1) * 10.0 ** r.randint(-44, 37))
    if kind == 2:
        return repr(r.random())
    if kind == 3:
        return "%s%d.%d" % (r.choice(["", "+", "-"]), r.randint(0, 10**9), r.randint(0, 10**9))
    if kind == 4:  # halfway between two floats, or next to it
        bits = r.randint(0x30000000, 0x50000000)
        half = (float_of(bits) + float_of(bits + 1)) / 2  # exact in a double
        return ("%.60f" % half) + r.choice(["", "1", "0001"])
    if kind == 5:
        return r.choice([".5", "5.", "0", "-0", "1e-50", "0." + "0" * 60 + "1", "1" + "0" * 30])
    return "%.6g" % r.gauss(0, 100)


def float_of(bits):
    return struct.unpack("f", struct.pack("I", bits))[0]


def nearest_float(text):
    """The float32 next to the decimal number, ties to even."""
    exact, bits = Fraction(text.rstrip(".") if text.endswith(".") else text), []
    guess = struct.unpack("I", struct.pack("f", abs(float(text))))[0]
    for near in range(max(guess - 1, 0), guess + 2):
        bits.append((abs(Fraction(float_of(near)) - abs(exact)), near % 2, near))
    value = float_of(min(bits)[2])
    return -value if text.startswith("-") else value


def number_table(r, rows, oddities):
    """Lines of numbers, of which some are odd: quoted, or with a text that is not read."""
    pool = [any_number(r) for _ in range(2000)]
    lines = ["a,b,note,c,y"]
    for _ in range(rows):
        odd = oddities and r.random() < oddities
        a, b, c, y = (r.choice(pool) for _ in range(4))
        note = r.choice(['"several\nlines, ""of"" text"', "word", '""', "7"]) if odd else "1"
        if odd and r.random() < 0.5:
            a, y = '"%s"' % a, '"%s"' % y
        lines.append(",".join([a, b, note, c, y]))
    end = r.choice(ENDS)
    return end.join(lines) + end


# ---- side by side ----


class Show:
    """What gpufit reads of many files."""

    def __init__(self, program):
        self.program, self.asked = os.path.abspath(program), []

    def ask(self, path, keep, features, target):
        self.asked.append("\t".join([path, keep, features, target]))

    def answers(self):
        run = subprocess.run([self.program], input="\n".join(self.asked) + "\n", capture_output=True, text=True, check=True)
        lines, answers = iter(run.stdout.split("\n")), []
        for line in lines:
            if line.startswith("error "):
                answers.append(line)
            elif line.startswith("rows "):
                answers.append([next(lines).split() for _ in range(int(line[5:]) + 1)])
        self.asked = []
        return answers


def text_of(word):
    return bytes.fromhex(word[1:]).decode()


class Report:
    def __init__(self):
        self.differences, self.counts = 0, {}

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def differ(self, path, what, wanted, found):
        self.differences += 1
        if self.differences <= 10:
            print("%s: %s\n\twanted: %r\n\tfound:  %r" % (path, what, wanted, found))


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path


def compare_texts(r, count, folder, show, report):
    asked = []
    for i in range(count):
        width = r.randint(1, 4)
        text = (written_table if i % 2 else drawn_table)(r, width)
        path = write(folder, "text%d.csv" % i, text)
        show.ask(path, "1" if width == 1 else "1-%d" % width, "x", "y")
        asked.append((path, text, width))
    for (path, text, width), found in zip(asked, show.answers(), strict=True):
        wanted = by_csv(text)
        if wanted and not all(map(ends_in_numbers, wanted[1:])):
            wanted = None
        if (wanted is None) != isinstance(found, str):
            report.differ(path, "read by one alone", wanted, found)
        elif wanted is None:
            report.count("tables that both refuse")
        else:
            report.count("tables of texts")
            texts = [[text_of(word) for word in row[:width]] for row in found]
            if texts != [row[:width] for row in wanted]:
                report.differ(path, "texts", wanted, texts)
            # pandas loses an empty field behind a carriage return that ends a line alone.
            if pandas and "\r," not in text and all(len(row) == width + 2 for row in raw_rows(text)):
                report.count("tables of texts that pandas has read")
                theirs = by_pandas(path)
                if theirs != wanted:
                    report.differ(path, "texts of pandas", wanted, theirs)


def compare_numbers(r, tables, folder, show, report):
    asked = []
    for i in range(tables):
        text = number_table(r, 40000, [0, 0.0001, 0.05][i % 3])
        path = write(folder, "numbers%d.csv" % i, text)
        show.ask(path, "", "a,b,c", "y")
        asked.append((path, text))
    floats = {}
    for (path, text), found in zip(asked, show.answers(), strict=True):
        wanted = by_csv(text)
        if isinstance(found, str) or wanted is None:
            report.differ(path, "read by one alone", wanted and len(wanted), found)
            continue
        report.count("tables of numbers")
        if len(wanted) != len(found):
            report.differ(path, "rows", len(wanted), len(found))
        for row, words in zip(wanted[1:], found[1:]):
            for text, word in zip((row[0], row[1], row[3], row[4]), words):
                if text not in floats:
                    floats[text] = nearest_float(text)
                if floats[text] != float.fromhex(word):
                    report.differ(path, "number %s" % text, floats[text], word)
        if pandas:
            compare_pandas_numbers(path, found, report)


def compare_pandas_numbers(path, found, report):
    frame = pandas.read_csv(path, usecols=["a", "b", "c", "y"])
    report.count("tables of numbers that pandas has read")
    for name, column in zip("abcy", range(4)):
        theirs = frame[name].astype("float64").tolist()
        for value, words in zip(theirs, found[1:]):
            ours = float.fromhex(words[column])
            # pandas' double, rounded once more: an ulp of float32, and its smallest number.
            if abs(ours - value) > 2.0**-23 * abs(value) + 2.0**-149:
                report.differ(path, "number of pandas in " + name, value, ours)


def compare_files(paths, show, report):
    tables = []
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            rows = by_csv(file.read())
        numbers = [i + 1 for i in range(len(rows[0])) if all(is_number(row[i]) for row in rows[1:])]
        features = ",".join(map(str, numbers[:-1]))
        show.ask(path, "1-%d" % len(rows[0]), features, str(numbers[-1]))
        tables.append((path, rows, numbers))
    for (path, rows, numbers), found in zip(tables, show.answers(), strict=True):
        report.count("files given")
        if isinstance(found, str):
            report.differ(path, "refused", len(rows), found)
            continue
        width = len(rows[0])
        texts = [[text_of(word) for word in row[:width]] for row in found]
        if texts != [[text.strip(" \t") for text in row] for row in rows]:
            report.differ(path, "texts", rows[:2], texts[:2])
        for row, words in zip(rows[1:], found[1:]):
            wanted = [nearest_float(row[i - 1]) for i in numbers]
            if wanted != [float.fromhex(word) for word in words[width:]]:
                report.differ(path, "numbers", wanted, words[width:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("show")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--count", type=int, default=1000, help="random tables of texts")
    parser.add_argument("--tables", type=int, default=6, help="random tables of numbers")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_intermixed_args()
    r, report, show = random.Random(args.seed), Report(), Show(args.show)
    with tempfile.TemporaryDirectory() as folder:
        compare_texts(r, args.count, folder, show, report)
        compare_numbers(r, args.tables, folder, show, report)
    if args.files:
        compare_files(args.files, show, report)
    print(", ".join("%d %s" % (n, what) for what, n in report.counts.items()))
    if not pandas:
        print("pandas cannot be imported: left out")
    print("differences: %s" % (report.differences or "none"))
    return report.differences > 0


if __name__ == "__main__":
    sys.exit(main())
