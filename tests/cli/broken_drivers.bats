#!/usr/bin/env bats
# broken_drivers.bats: a driver that is broken, beside PoCL, keeps nobody from training (fake_icd.c).
load common

setup_file() {
	cc -Wall -Werror -shared -fPIC -o "$BATS_FILE_TMPDIR/libfake.so" "$root/tests/cli/fake_icd.c"
}

# beside_pocl FAKE_ICD: PoCL and the fake driver, which fails as FAKE_ICD says, are the only platforms
beside_pocl() {
	local icd
	icd=$(find "${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}/" -name '*pocl*.icd' 2>/dev/null | head -n 1)
	[ -n "$icd" ] || icd=$(find /etc/OpenCL/vendors/ -name '*pocl*.icd' 2>/dev/null | head -n 1)
	[ -n "$icd" ] || skip "PoCL is not installed"
	mkdir vendors && cp "$icd" vendors
	echo "$BATS_FILE_TMPDIR/libfake.so" >vendors/fake.icd
	export OCL_ICD_VENDORS=$PWD/vendors FAKE_ICD=$1
	unset POCL_DEVICES
}

passed_over="fake GPU cannot build kernels: clBuildProgram: CL_BUILD_PROGRAM_FAILURE (-11): no libclc here"

@test "the default choice passes over a GPU that cannot build kernels, and says so" {
	beside_pocl no_build
	gpufit --epochs 3000 --json
	same "$stderr" "gpufit: $passed_over; device 1 is used instead, and --device 0 insists"
	[[ $(value .device) != *fake* ]]
	gpufit --epochs 3000 --json --lr auto
	same "$stderr" "gpufit: $passed_over; device 1 is used instead, and --device 0 insists"
	gpufit -q --epochs 3000 -o m.safetensors
	same "$stderr" ""
	printf 'x\n1\n' >x.csv
	gpufit predict -m m.safetensors x.csv
	same "$stderr" "gpufit: $passed_over; device 1 is used instead, and --device 0 insists"
}

@test "a device that is asked for is not passed over" {
	beside_pocl no_build
	for device in 0 gpu fake; do
		fails 70 "clCreateCommandQueue('fake GPU'): CL_OUT_OF_RESOURCES (-5)" --device $device
	done
}

@test "the list of devices says which cannot build kernels" {
	beside_pocl no_build
	gpufit devices
	same "$(grep -c "$passed_over" <<<"$output")" 1
	gpufit devices -v
	same "$(grep -cF "   fault           $passed_over" <<<"$output")" 1
	gpufit devices --json
	same "$(value '[.[].fault] | @json')" "[\"$passed_over\",null]"
}

@test "a platform that cannot list its devices does no harm, and is named" {
	beside_pocl no_devices
	gpufit devices
	same "$stderr" "gpufit: platform Fake fails, and its devices are left out: clGetDeviceIDs('Fake'): CL_OUT_OF_HOST_MEMORY (-6)"
	gpufit --epochs 3000
	same "$stderr" ""
}

@test "drivers that are none do no harm" {
	beside_pocl no_platform
	echo libno-such-driver.so.1 >vendors/missing.icd
	echo libm.so.6 >vendors/other.icd
	: >vendors/empty.icd
	printf '\1\2\n' >vendors/garbage.icd
	gpufit devices
	same "$stderr" ""
	gpufit --epochs 3000
	same "$stderr" ""
}
