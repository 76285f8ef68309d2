"""Prints how long a step of R ranks takes by a model (tests/README.md): their rows, their messages, and the sums of the host.

    python3 tests/bench/ranks.py [LATENCY_US [GB_PER_S]]

The arguments are the network's: 2 microseconds and 12.5 GB/s (100 Gbit/s), where they are left out.
"""
import math
import sys

RECORD = 1032       # bytes that each rank shows to all in each exchange (comm_state.h)
INLINE = 960        # bytes of sums that the record has room for
TALLY = 64          # bytes in front of sums (exchange.c)
WORTH = 1 << 18     # slices must move so many bytes fewer (exchange.c)
SUBTREES = 2        # of a rank, each with a sum of its own
FOLD = 10e9         # bytes a second that the host adds up

LATENCY = float(sys.argv[1]) * 1e-6 if len(sys.argv) > 1 else 2e-6
NETWORK = float(sys.argv[2]) * 1e9 if len(sys.argv) > 2 else 12.5e9
RANKS = [2**k for k in range(15)]


def gather(ranks, each):
    """Seconds until all ranks have `each` bytes of all others."""
    return LATENCY * math.log2(ranks) + (ranks - 1) * each / NETWORK


def exchange(ranks, numbers):
    """Seconds of the exchange of sums of so many floats."""
    total, one = SUBTREES * ranks * 4 * numbers, 4 * numbers
    meeting = gather(ranks, RECORD)
    if total - (SUBTREES + 1) * one > WORTH:
        swap = meeting + LATENCY * math.log2(ranks) + SUBTREES * one / NETWORK
        return swap + meeting + gather(ranks, TALLY + one / ranks) + total / ranks / FOLD
    sums = TALLY + SUBTREES * one
    return meeting + (gather(ranks, sums) if sums > INLINE else 0.0) + total / FOLD


def step(ranks, numbers, x, memory):
    """Seconds of a step: x is rows x features, memory the bytes a second at which a rank reads them."""
    rows = 4 * x / memory / ranks
    return rows + (exchange(ranks, numbers) if ranks > 1 else 0.0)


def main():
    print("| a rank reads | N x D | floats of a sum | 1 rank, ms | exchange of 16 ranks, ms | 16 ranks, efficiency"
          " | 64 ranks, efficiency | most ranks |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for memory, name in ((36e9, "36 GB/s"), (2e12, "2 TB/s")):
        for x in (1e9, 1e11):
            for numbers in (10, 1000, 1e6):
                alone = step(1, numbers, x, memory)
                efficient = [r for r in RANKS if alone / r / step(r, numbers, x, memory) >= 0.5]
                print(f"| {name} | 1e{math.log10(x):.0f} | {numbers:.0f} | {1e3 * alone:.4g} | {1e3 * exchange(16, numbers):.2g} | "
                      + " | ".join(f"{alone / r / step(r, numbers, x, memory):.2f}" for r in (16, 64))
                      + f" | {max(efficient)} |")


main()
