#!/bin/bash
# devices.sh: with the program GPUFIT and the tests BITS, on every OpenCL device found: selftest, the tables of shapes and of
# losses by optimisers, and the bits of two trainings, which must be those of the first device.  Speaks TAP.
set -u
gpufit=$GPUFIT
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0 status=0

verdict() { # verdict EXIT_STATUS NAME: one line of TAP
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		status=1
		sed 's/^/# /' "$work/out" | tail -n 40
	fi
}

train() { # train DEVICE NAME ARGUMENTS...: every number of every epoch, as text that reads back the same bits
	local device=$1 name=$2
	shift 2
	"$gpufit" --device "$device" -q --check every --log "$work/$name.$device" --log-params "$@" >"$work/out" 2>&1 &&
		{ [ "$device" = "$first" ] || diff "$work/$name.$first" "$work/$name.$device" >>"$work/out" 2>&1; }
}

devices=$("$gpufit" devices --json | jq -r '.[] | "\(.index) \(.name)"') || exit 1
first=
while read -r index name; do
	first=${first:-$index}
	"$gpufit" selftest --device "$index" >"$work/out" 2>&1
	verdict $? "selftest on $index, $name"
	for bits in $BITS; do
		if [[ $name = *llvmpipe* && $bits != *test_moments ]]; then
			number=$((number + 1))
			echo "ok $number # SKIP llvmpipe takes minutes to compile kernels in vectors, which ${bits##*/} asks for"
			continue
		fi
		GPUFIT_TEST_FEW=1 GPUFIT_TEST_DEVICE=$index "$bits" >"$work/out" 2>&1
		verdict $? "${bits##*/}: the bits of the order of sums on $index, $name"
	done
	train "$index" notebook --epochs 5000
	verdict $? "the notebook's 5000 epochs, the bits of device $first on $index, $name"
	train "$index" groups --epochs 5000 --kernels gpu && diff "$work/notebook.$index" "$work/groups.$index" >>"$work/out" 2>&1
	verdict $? "the same with the kernels for GPUs on $index, $name"
	train "$index" longley --epochs 50 --lr 1e-12 --engine streaming "$here/../data/nist/Longley.csv" --target y
	verdict $? "Longley, streaming, the bits of device $first on $index, $name"
done <<<"$devices"
echo "1..$number"
exit $status
