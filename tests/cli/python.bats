load common

# The Python package, as pip installs it from the wheel; the tests are in tests/python.

eval "common_$(declare -f setup)"

setup() {
	common_setup
	[ -d "$SITE" ] || skip "$MISSING"
}

setup_file() {
	local build=${GPUFIT_BUILD:-$root/build}
	export PYTHON=${GPUFIT_PYTHON:-python3} SITE=$BATS_FILE_TMPDIR/site
	export MISSING="no numpy and pip in $PYTHON; set GPUFIT_PYTHON"
	"$PYTHON" -c "import numpy, pip" 2>/dev/null || return 0
	MISSING="no package: make python builds it, but not a sanitized one"
	[ -e "$build/python/gpufitcl/libgpufitcl.so" ] || return 0
	"$PYTHON" "$root/host/python/make_wheel.py" "$build/python/gpufitcl" "$root/host/python/README.md" \
		"$("$GPUFIT" --version | sed 's/^gpufit //;q')" "$BATS_FILE_TMPDIR/wheel" &&
		"$PYTHON" -m pip install -q --no-index --no-deps --target "$SITE" "$BATS_FILE_TMPDIR"/wheel/*.whl
}

# passes FILE [MODULE]: runs the tests of tests/python/FILE; needs that module of Python's
passes() {
	[ -z "${2:-}" ] || "$PYTHON" -c "import $2" 2>/dev/null || skip "no $2 in $PYTHON; set GPUFIT_PYTHON"
	PYTHONPATH=$SITE GPUFIT=$GPUFIT "$PYTHON" "$root/tests/python/$1"
}

@test "the estimators train, predict, pickle, and give the bits of the command line" {
	passes estimators_test.py
}

@test "frames handed over by Arrow's interface are read as their CSV files" {
	for module in pandas polars pyarrow; do
		"$PYTHON" -c "import $module" 2>/dev/null || skip "no $module in $PYTHON; set GPUFIT_PYTHON"
	done
	passes arrow_test.py
}

@test "check_estimator passes, and without scikit-learn the estimators have its conventions" {
	passes conventions_test.py
}

@test "frames of pandas, polars and pyarrow give the bits of their CSV" {
	passes frames_test.py
}

@test "sparse matrices of scipy give the bits of dense arrays" {
	passes sparse_test.py scipy
}

@test "models go to PyTorch and back" {
	passes pytorch_test.py torch
}

@test "parameters are the members of gf_config" {
	passes parameters_test.py
}
