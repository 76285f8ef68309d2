#!/usr/bin/env bats
# readme.bats: every command of README.md does what README.md says.
load common
load documents

document=$root/README.md

GPUFIT_BUILD=${GPUFIT_BUILD:-$root/build}
GPUFIT_CC=${GPUFIT_CC:-cc}
GPUFIT_LIBS=${GPUFIT_LIBS:--lOpenCL -ljansson -lz -lpthread -lm}

@test "README begins with the two lines that install" {
	same "$(blocks sh | grep -c apt-get)" 2
	same "$(blocks sh | head -2 | grep -c apt-get)" 2
	for package in libpopt-dev libjansson-dev zlib1g-dev pocl-opencl-icd; do
		blocks sh | head -1 | grep -qw $package
	done
}

@test "every other command runs, and prints nothing on standard error" {
	as_at_root
	runs_each 5
}

@test "README shows the output of a command as it is" {
	as_at_root
	shows_each 5
}

@test "the program in C compiles, trains and saves" {
	as_at_root
	blocks c >user.c
	grep -q 'int main' user.c
	$GPUFIT_CC -I "$root/host/include" -o user user.c "$GPUFIT_BUILD/libgpufitcl.a" $GPUFIT_LIBS
	run ./user
	same "$output" ""
	same "$status" 0
	[ -s norris.safetensors ]
}

@test "every loss is named, and each file and folder that is named exists" {
	for loss in $(sed -n '/^#define GF_LOSS_LIST(/,/[^\\]$/p' "$root/host/include/gpufitcl_words.h" | grep -oP '\bX\(\K\w+(?=,)'); do
		grep -qw "$loss" "$root/README.md" || { echo "no $loss"; return 1; }
	done
	for path in $(grep -oP '(`|\()\K(host|kernels|tests|data)/[\w./]+(?=[`)])' "$root/README.md"); do
		[ -e "$root/$path" ] || { echo "no $path"; return 1; }
	done
	for folder in $(grep -oP '^(host/\w+|kernels)(?=  )' "$root/README.md"); do
		[ -d "$root/$folder" ]
	done
}
