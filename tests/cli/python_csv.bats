#!/usr/bin/env bats
# python_csv.bats: gpufit reads CSV files as Python's csv module and pandas do (tests/oracle/read_csv.py).
load common

GPUFIT_BUILD=${GPUFIT_BUILD:-$root/build}
GPUFIT_CC=${GPUFIT_CC:-cc}
GPUFIT_LIBS=${GPUFIT_LIBS:--lOpenCL -ljansson -lz -lpthread -lm}

@test "gpufit reads texts and numbers of random and real files as Python's csv module and pandas do" {
	python=${GPUFIT_PYTHON:-python3}
	"$python" -c "import csv, fractions" 2>/dev/null || skip "no $python; set GPUFIT_PYTHON"
	$GPUFIT_CC -I "$root/host/include" -o show "$root/tests/oracle/show_csv.c" "$GPUFIT_BUILD/libgpufitcl.a" $GPUFIT_LIBS
	"$python" "$root/tests/oracle/read_csv.py" show --count 400 --tables 2 "$root/data/iris.csv" "$root"/data/nist/{Filip,Longley}.csv
}
