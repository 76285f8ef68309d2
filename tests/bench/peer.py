"""peer.py: what every peer has in common: it is asked line by line, as peers.h says.

A peer's work(ask) gives a function that does the work once and returns its seconds, or None where
that is no work for it.  Words of ask:

    way         train, gram (X^T X) or read
    rows, features, outputs, loss, optimizer, momentum, batch, shuffled
    steps       of the whole work; most: of those that it need not exceed, to be scaled up to all
    file        to be read
"""

import sys

# float32 of all there was to read last time: one block, seen in another shape each time.
BLOCK = None


class Ask:
    def __init__(self, words):
        self.words = dict(word.split("=", 1) for word in words)

    def __getattr__(self, name):
        value = self.words.get(name, "")
        return int(value) if value.lstrip("-").isdigit() else value


def answer(*words):
    print(*words, flush=True)


def serve(name, work):
    once = None
    answer("ok", name)
    for line in sys.stdin:
        verb, *words = line.split()
        try:
            if verb == "prepare":
                once = work(Ask(words))
                if once is None:
                    answer("no work of mine")
                    continue
                once()
                answer("ok", getattr(once, "what", ""))
            elif verb == "go":
                answer("ok", repr(once()))
            else:
                once = None
                answer("ok")
        except (MemoryError, RuntimeError, ValueError) as error:
            once = None
            answer("no", str(error).replace("\n", " ")[:200])


def absent(error):
    answer("no", f"{error.name} is not installed: skipped")
    sys.exit(0)


def block(np, count):
    """Uniform in [-1, 1), count of them."""
    global BLOCK
    if BLOCK is None or BLOCK.size < count:
        BLOCK = None
        BLOCK = np.random.default_rng(1).random(count, dtype=np.float32)
        BLOCK *= 2
        BLOCK -= 1
    return BLOCK[:count]
