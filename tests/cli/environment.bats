#!/usr/bin/env bats
# environment.bats: where something in the environment keeps OpenCL from working, a message names it.
load common

# only_pocl: makes PoCL the only platform; skips the test where there is none
only_pocl() {
	local icd
	icd=$(find "${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}/" -name '*pocl*.icd' 2>/dev/null | head -n 1)
	[ -n "$icd" ] || skip "PoCL is not installed"
	mkdir pocl && cp "$icd" pocl
	export OCL_ICD_VENDORS=$PWD/pocl
	unset POCL_DEVICES POCL_CACHE_DIR XDG_CACHE_HOME
}

# as USER_ID COMMAND...: runs the command as that user if the tests run as root, whom file modes do not bind
as() {
	local user=$1
	shift
	[ "$(id -u)" -ne 0 ] || set -- setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
	"$@"
}

# open_folder: makes a folder with a copy of the program that other users may run; those of bats are root's alone
open_folder() {
	open=$(mktemp -d) && chmod 755 "$open" && cp "$GPUFIT" "$open/gpufit" && cd "$open" || return
	as 1001 test -x "$PWD/gpufit" || skip "no other user may run a program in $open"
}

teardown() {
	cd / && [ -z "${open:-}" ] || rm -rf "$open"
}

# refuses_as USER_ID CODE MESSAGE VARIABLES...: the default run of that user, with those variables of the environment, fails so
refuses_as() {
	local user=$1 code=$2 message=$3
	shift 3
	run --separate-stderr as "$user" env "$@" ./gpufit -q --epochs 1
	same "$stderr" "gpufit: $message" || return
	same "$status" "$code" || return
	same "$output" ""
}

# cache_is FOLDER VARIABLE CAUSE [FOLDER WANTED]: prints the message for a folder that PoCL cannot write to
cache_is() {
	echo "PoCL cannot write in its cache folder \"$1\" ($2): $3; set POCL_CACHE_DIR to a folder ${4:-that you may write in}"
}

@test "without OpenCL one sentence says what to install" {
	unshare --mount true 2>/dev/null || skip "needs root, to take the drivers away"
	mkdir -p none /etc/OpenCL/vendors
	unset OCL_ICD_VENDORS
	for command in train devices selftest; do
		run --separate-stderr unshare --mount bash -c 'mount --bind none /etc/OpenCL/vendors && exec "$@"' - "$GPUFIT" $command
		# A machine with a GPU has its driver's package in the middle.
		[[ $stderr = "gpufit: no OpenCL platform found: "*"to run on the CPU, "*"PoCL (Debian and Ubuntu: apt install pocl-opencl-icd)" ]]
		same "$status" 69
		same "$output" ""
	done
}

@test "without OpenCL the reference still trains" {
	mkdir none
	OCL_ICD_VENDORS=$PWD/none gpufit -q --epochs 3 --engine reference --json
	near "$(value .first_loss)" 48.06100845 3e-7
}

# PoCL's compiler prints the number of its warnings there, and has some on processors with AVX2.
@test "building the kernels for the first time prints nothing on standard error" {
	POCL_CACHE_DIR=$PWD/cold gpufit -q --epochs 3
	same "$stderr" ""
}

@test "OCL_ICD_VENDORS that leads to no driver is named" {
	mkdir lost
	echo libno-such-driver.so.1 >lost/lost.icd
	for place in /nowhere "$PWD/lost"; do
		for command in train devices selftest; do
			OCL_ICD_VENDORS=$place fails 69 "no OpenCL platform found: OCL_ICD_VENDORS is \"$place\", the only place to look for drivers; unset it to find the installed ones" $command
			same "${#stderr_lines[@]}" 1
		done
	done
}

@test "POCL_DEVICES that hides each device is named" {
	only_pocl
	for devices in none-such ""; do
		for command in train devices selftest; do
			POCL_DEVICES=$devices fails 69 "PoCL is installed, but shows no device: POCL_DEVICES is \"$devices\", which names no device that it has; unset it to use the CPU" $command
			same "${#stderr_lines[@]}" 1
		done
	done
}

@test "a cache folder that is no folder is named, with the variable that it comes from" {
	only_pocl
	echo >file
	POCL_CACHE_DIR=/dev/null/cache fails 69 "$(cache_is /dev/null/cache "from POCL_CACHE_DIR" "Not a directory")" -q
	XDG_CACHE_HOME=$PWD/file fails 69 "$(cache_is "$PWD/file/pocl/kcache" "from XDG_CACHE_HOME" "Not a directory")" -q
	HOME=$PWD/file fails 69 "$(cache_is "$PWD/file/.cache/pocl/kcache" "from HOME" "Not a directory")" -q
	POCL_CACHE_DIR=$PWD/file fails 70 "$(cache_is "$PWD/file" "from POCL_CACHE_DIR" "Not a directory")" -q
}

@test "a HOME that is read-only or missing is named" {
	open_folder
	only_pocl
	mkdir home && mkdir -p old/.cache/pocl/kcache && chmod -R a-w,a+rX home old
	refuses_as 1001 69 "$(cache_is "$PWD/home/.cache/pocl/kcache" "from HOME" "cannot be made in \"$PWD/home\": Permission denied")" HOME="$PWD/home"
	refuses_as 1001 69 "$(cache_is /no-home/.cache/pocl/kcache "from HOME" "cannot be made in \"/\": Permission denied")" HOME=/no-home
	refuses_as 1001 70 "$(cache_is "$PWD/old/.cache/pocl/kcache" "from HOME" "Permission denied")" HOME="$PWD/old"
	chmod -R u+w home old
}

@test "without HOME two users share one cache folder, and the second one gets a message that names it" {
	[ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null || skip "needs root, to be two users with a /tmp of their own"
	open_folder
	only_pocl
	mkdir tmp && chmod 1777 tmp
	# A sanitized program finds its list of known leaks no longer where /tmp is another folder.
	# shellcheck disable=SC2016 # the inner shell's
	run --separate-stderr unshare --mount bash -c '
		as() { setpriv --reuid $1 --regid $1 --clear-groups env -u HOME -u LSAN_OPTIONS ASAN_OPTIONS=detect_leaks=0 OCL_ICD_VENDORS=/mnt/pocl /mnt/gpufit -q --epochs 1; }
		mount --bind . /mnt && mount --bind tmp /tmp && as 1001 >/mnt/first && as 1002'
	same "$stderr" "gpufit: $(cache_is /tmp/pocl/kcache "HOME is not set" "Permission denied")"
	same "$status" 69
	[ -s first ]
}

@test "a cache on a full disk is named, even if the driver ends the program" {
	only_pocl
	unshare --mount true 2>/dev/null || skip "needs root, to mount a small disk"
	mkdir disk
	for size in 16k 200k; do
		# shellcheck disable=SC2016 # the inner shell's
		run --separate-stderr unshare --mount bash -c '
			mount -t tmpfs -o size=$1 tmpfs disk && POCL_CACHE_DIR=$PWD/disk exec "$2" -q --epochs 1' - $size "$GPUFIT"
		same "${stderr_lines[-1]}" "gpufit: $(cache_is "$PWD/disk" "from POCL_CACHE_DIR" "No space left on device" "on a disk with room")"
		same "$status" 70
		same "$output" ""
	done
}

@test "where there is a device, the error blames the request" {
	only_pocl
	POCL_CACHE_DIR=$PWD/cache fails 69 "no device \"none-such\"; there is:" --device none-such
}

# warnings_on_avx2 FILE OPTIONS...: the warnings of clang, which PoCL uses, for a processor with AVX2 only
warnings_on_avx2() {
	clang -x cl -cl-std=CL1.2 -target x86_64-unknown-linux-gnu -mavx2 -Xclang -finclude-default-header -S -emit-llvm -o /dev/null "$1" "${@:2}" 2>&1
}

# A processor with AVX-512 has none of these warnings, so that running there proves nothing.
@test "no kernel gives a warning on processors whose vectors are narrower than the kernels'" {
	command -v clang >/dev/null || skip "clang is not installed"
	echo 'float16 twice(float16 x) { return 2 * x; } float16 thrice(float16 x) { return twice(x) + x; }' >wide.cl
	[ -n "$(warnings_on_avx2 wide.cl)" ] || skip "this clang has no such warnings"
	${GPUFIT_CC:-cc -std=c11 -DCL_TARGET_OPENCL_VERSION=120} -shared -fPIC -o record.so "$root/tests/cli/record_builds.c" -ldl -lOpenCL
	for job in "" "--loss cross_entropy --batch-size 16 --engine streaming $root/data/iris.csv"; do
		# shellcheck disable=SC2086 # words are words
		ASAN_OPTIONS=verify_asan_link_order=0 RECORD_BUILDS=$PWD LD_PRELOAD=$PWD/record.so gpufit -q --epochs 1 $job
		[ -s 1.cl ] && [ -s 1.options ]
		for kernels in [0-9]*.cl; do
			read -ra options <"${kernels%.cl}.options" || true
			same "$(warnings_on_avx2 "$kernels" "${options[@]}")" ""
		done
		rm [0-9]*.cl [0-9]*.options
	done
}
