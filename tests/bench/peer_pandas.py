"""peer_pandas.py: pandas: a CSV file to a frame."""

import time

import peer

try:
    import pandas
except ImportError as error:
    peer.absent(error)


def work(ask):
    if ask.way != "read":
        return None

    def once():
        start = time.perf_counter()
        pandas.read_csv(ask.file)
        return time.perf_counter() - start

    return once


peer.serve("pandas", work)
