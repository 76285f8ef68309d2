"""peer.py: the part that all peers share: they answer line by line, as peers.h says.

A peer's work(ask) returns a function that does the work once and returns its seconds, or None if the
peer is not able to do it.  Words of ask:

    way         train, gram (X^T X), product (rows x features by features x features), read or
                predict (steps times the same rows)
    rows, features, outputs, loss, optimizer, momentum, batch, shuffled
    hidden      width of the only hidden layer, 0 for a linear model; activation
    steps       of the whole work; most: it may stop after these, and scale the time up
    file        path of the file to read
    device      cuda: on torch's GPU, if it has one; none: on the CPU
"""

import sys

# The float32 numbers that were read last: one block, viewed in another shape each time.
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
