#!/bin/bash
# devices.sh: runs the selftest of the program GPUFIT, the tests BITS and three trainings on every OpenCL device; the trainings
# must have the bits of the first device.  GPUFIT_TEST_FEW leaves the selftest out.  Two devices run at a time, as compilers take
# most of the time.  Prints TAP.
set -u
gpufit=$GPUFIT
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The folder $work/INDEX of a device has its results, one a line without a number, and its logs.
verdict() { # verdict EXIT_STATUS NAME: adds a result, with the last output if it is a failure
	if [ "$1" -eq 0 ]; then
		echo "ok $2" >>results
	else
		{ echo "not ok $2"; sed 's/^/# /' out | tail -n 40; } >>results
	fi
}

train() { # train NAME DEVICE ARGUMENTS...: logs every number of every epoch, as text that reads back the same bits
	"$gpufit" --device "$2" -q --check every --log "$1" --log-params "${@:3}" >out 2>&1
	verdict $? "$1 is trained and checked on $device"
}

on_device() { # on_device INDEX NAME: runs everything on that device
	local index=$1 device="$1, $2" bits
	mkdir "$work/$index" && cd "$work/$index" || exit 1
	if [ "${GPUFIT_TEST_FEW:-}" ]; then
		echo "skip selftest on $device: some compilers take minutes for its kernels" >>results
	else
		"$gpufit" selftest --device "$index" >out 2>&1
		verdict $? "selftest on $device"
	fi
	for bits in $BITS; do
		if [[ $device = *llvmpipe* && $bits != *test_moments ]]; then
			echo "skip llvmpipe takes minutes to compile kernels in vectors, which ${bits##*/} asks for" >>results
			continue
		fi
		GPUFIT_TEST_FEW=1 GPUFIT_TEST_DEVICE=$index "$bits" >out 2>&1
		verdict $? "${bits##*/}: the bits of the order of sums on $device"
	done
	train notebook "$index" --epochs 5000
	train groups "$index" --epochs 5000 --kernels gpu
	train Longley "$index" --epochs 50 --lr 1e-12 --engine streaming "$here/../data/nist/Longley.csv" --target y
}

same_bits() { # same_bits INDEX LOG WANTED NAME: the two logs must be equal
	cd "$work/$1" || exit 1
	diff "$3" "$2" >out 2>&1
	verdict $? "$4 on $1"
}

"$gpufit" devices --json | jq -r '.[] | "\(.index) \(.name)"' >"$work/devices" && [ -s "$work/devices" ] || exit 1
first=$(sed -n '1s/ .*//p' "$work/devices")
export -f verdict train on_device
export gpufit here work BITS
xargs -P 2 -d '\n' -n 1 bash -c 'on_device "${1%% *}" "${1#* }"' devices.sh <"$work/devices"
while read -r index _; do
	(same_bits "$index" notebook "../$first/notebook" "the notebook's 5000 epochs, the bits of device $first")
	(same_bits "$index" groups notebook "the same with the kernels for GPUs")
	(same_bits "$index" Longley "../$first/Longley" "Longley, streaming, the bits of device $first")
done <"$work/devices"

cut -d ' ' -f 1 "$work/devices" | sed "s|.*|$work/&/results|" | xargs cat | awk '
	/^ok / { sub(/^ok /, ""); print "ok " ++n " - " $0; next }
	/^not ok / { sub(/^not ok /, ""); print "not ok " ++n " - " $0; bad = 1; next }
	/^skip / { sub(/^skip /, ""); print "ok " ++n " # SKIP " $0; next }
	{ print }
	END { print "1.." n; exit bad }'
