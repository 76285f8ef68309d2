#!/usr/bin/env python3
"""make_wheel.py: makes a wheel of the package.

    make_wheel.py PACKAGE README VERSION FOLDER

PACKAGE is the folder gpufitcl, with the shared library in it.  The wheel is for this machine's Linux.
Where auditwheel and patchelf are installed, they make it one for every Linux with a C library as old
as manylinux names; only the OpenCL loader, libOpenCL.so.1, stays the system's.  Prints its path.
"""

import base64
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

METADATA = """\
Metadata-Version: 2.1
Name: gpufitcl
Version: {version}
Summary: Linear models and networks by gradient descent on any OpenCL device
License: MIT
Requires-Python: >=3.9
Requires-Dist: numpy
Description-Content-Type: text/markdown

{readme}"""

WHEEL = """\
Wheel-Version: 1.0
Generator: gpufit
Root-Is-Purelib: false
Tag: {tag}
"""


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def write_wheel(package, readme, version, folder):
    tag = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
    info = f"gpufitcl-{version}.dist-info"
    files = {f"gpufitcl/{path.name}": path.read_bytes() for path in sorted(package.iterdir())
             if path.suffix in (".py", ".so")}
    files[f"{info}/METADATA"] = METADATA.format(version=version, readme=readme.read_text()).encode()
    files[f"{info}/WHEEL"] = WHEEL.format(tag=tag).encode()
    record = "".join(record_line(*file) for file in files.items()) + f"{info}/RECORD,,\n"
    files[f"{info}/RECORD"] = record.encode()
    wheel = folder / f"gpufitcl-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # Without the time of day, the same files make the same wheel.
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return wheel


def repaired(wheel, folder):
    """The wheel with its libraries inside, or itself where the tools for that are not installed."""
    # Tools that pip has installed lie beside this Python.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    done = subprocess.run([sys.executable, "-m", "auditwheel", "repair", "--exclude", "libOpenCL.so.1",
                           "--wheel-dir", folder, wheel], env={**os.environ, "PATH": path},
                          capture_output=True, text=True)
    if done.returncode:
        print("make_wheel.py: the wheel needs this machine's libraries, since auditwheel says: "
              f"{done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return wheel
    return next(folder.glob("*manylinux*.whl"))


def main(package, readme, version, folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        wheel = write_wheel(pathlib.Path(package), pathlib.Path(readme), version, pathlib.Path(scratch))
        wheel = repaired(wheel, pathlib.Path(scratch))
        print(shutil.copy(wheel, folder))


main(*sys.argv[1:])
