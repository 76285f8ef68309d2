"""peer_polars.py: polars: a CSV file to a frame."""

import time

import peer

try:
    import polars
except ImportError as error:
    peer.absent(error)


def work(ask):
    if ask.way != "read":
        return None

    def once():
        start = time.perf_counter()
        polars.read_csv(ask.file)
        return time.perf_counter() - start

    return once


peer.serve("polars", work)
