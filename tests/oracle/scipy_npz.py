"""scipy_npz.py: prints the table of tests/npz_sparse_files.h: files of scipy.sparse.save_npz, byte by byte."""

import io

import numpy as np
from scipy import sparse

ROOM = 76  # columns of a line


def literal(data):
    """The bytes as lines of a C string."""
    lines = [""]
    for byte in data:
        c = chr(byte)
        piece = c if 32 <= byte < 127 and c not in '"\\?' else f"\\{byte:03o}"
        if len(lines[-1]) + len(piece) > ROOM:
            lines.append("")
        lines[-1] += piece
    return "\n".join(f'\t\t"{line}"' for line in lines)


matrix = sparse.csr_matrix((np.array([5, 2, -1.5, 3]), [0, 8, 2, 8], [0, 2, 2, 4]), shape=(3, 10))
columns = matrix.tocsc()
columns.indices, columns.indptr = columns.indices.astype(np.int64), columns.indptr.astype(np.int64)
for name, saved, compressed in (("csr", matrix.astype(np.float32), True), ("csc", columns, False),
                                ("coo", matrix.tocoo(), True)):
    file = io.BytesIO()
    sparse.save_npz(file, saved, compressed=compressed)
    data = file.getvalue()
    print(f'\t{{"{name}",\n{literal(data)}, {len(data)}}},')
