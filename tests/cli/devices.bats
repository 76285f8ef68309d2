load common

setup_file() {
	"$GPUFIT" devices --json >"$BATS_FILE_TMPDIR/devices.json"
}

# device JQ_FILTER: applies the filter to the list of devices
device() {
	jq -r "$1" "${devices:-$BATS_FILE_TMPDIR/devices.json}"
}

# trains_on NAME [OPTIONS...]: those options choose the device of that name
trains_on() {
	local name=$1
	shift
	gpufit -q --epochs 1 --json "$@" && [ -n "$name" ] && same "$(value .device)" "$name"
}

@test "devices are listed with number, P:D, type, units, memory and name" {
	gpufit devices
	name=$(device .[0].name)
	line=$(grep -F " 0:0 " <<<"$output")
	[[ $line = *" 0  0:0  $(device .[0].type)  $(device .[0].compute_units) unit"*"B  $name" ]]
	[[ ${lines[0]} = "$(device .[0].platform_name), OpenCL "* ]]
	same "$(grep -cE '^ +[0-9]+ +[0-9]+:[0-9]+ ' <<<"$output")" "$(device length)"
}

@test "devices in JSON have all that is known of them" {
	same "$(device '.[] | keys_unsorted | join(" ")' | uniq)" "index platform device name platform_name version driver type compute_units memory_bytes max_alloc_bytes unified_memory fault"
	same "$(device '[.[].index] == [range(length)]')" true
	same "$(device 'all(.compute_units > 0 and .memory_bytes > 0 and .max_alloc_bytes > 0)')" true
	same "$(device 'all(.unified_memory | type == "boolean")')" true
}

@test "devices -v prints all that is known of them" {
	gpufit devices -v
	for word in P:D type platform version driver "compute units" memory "largest buffer"; do
		grep -q "^   $word  " <<<"$output"
	done
}

@test "devices count as clinfo -l does" {
	command -v clinfo >/dev/null || skip "clinfo is not installed"
	same "$(device .[].name)" "$(clinfo -l | sed -n 's/^.*Device #[0-9]*: //p')"
}

@test "a device is chosen by number, by P:D, by type and by part of its name" {
	name=$(device .[0].name)
	trains_on "$name" --device 0
	trains_on "$name" --device=0
	trains_on "$name" --device 0:0
	type=$(device .[0].type)
	[ "$(device "[.[] | select(.type == \"$type\")] | length")" -ne 1 ] || trains_on "$name" --device "$type"
	[ "$(device length)" -ne 1 ] || trains_on "$name" --device "${name:3:9}"
	[ "$(device length)" -ne 1 ] || trains_on "$name" --device "${name^^}"
}

@test "the last device is chosen by number and by P:D" {
	trains_on "$(device .[-1].name)" --device "$(device .[-1].index)"
	trains_on "$(device .[-1].name)" --device "$(device '.[-1] | "\(.platform):\(.device)"')"
}

@test "a device that is not there is refused with the list" {
	for wrong in 99 9:9 0:99 no-such-name -1; do
		no_device $wrong --device=$wrong
	done
}

@test "an empty device name is refused as a mistake in the command line" {
	refuses "--device: wanted a device, found ''" --device ''
}

@test "a kind of device that is not there is refused with the list" {
	kinds=$(device .[].type)
	for kind in gpu cpu accelerator; do
		grep -qx $kind <<<"$kinds" && continue
		no_device $kind --device $kind
	done
}

@test "a name that fits several devices is refused with their list" {
	# PoCL shows as many devices as it is told to; other platforms may have more by themselves.
	export POCL_DEVICES="basic pthread"
	devices=more.json
	"$GPUFIT" devices --json >$devices
	part=$(device '[.[].name][0:2] | map(explode) | (.[0] - (.[0] - .[1])) | map(select(. >= 97 and . <= 122)) | .[0:1] | implode')
	[ "$(device length)" -gt 1 ] || skip "one device only"
	fails 69 "\"$part\" is part of several devices' names; there are:" --device "$part"
	[[ $stderr = *"$(device .[0].name)"* && $stderr = *"$(device .[1].name)"* ]]
}

@test "GPUFIT_DEVICE is the default, and --device overrides it" {
	export GPUFIT_DEVICE=0
	trains_on "$(device .[0].name)"
	export GPUFIT_DEVICE=99
	no_device 99
	same "${stderr_lines[-1]}" "GPUFIT_DEVICE asks for '99'"
	trains_on "$(device .[0].name)" --device 0
	export GPUFIT_DEVICE=
	gpufit -q --epochs 1
}

@test "selftest runs every case and all pass" {
	gpufit selftest --device 0
	same "$(grep -vc '^ok  ' <<<"$output")" 1
	same "${lines[-1]}" "$((${#lines[@]} - 1)) cases on $(device .[0].name): all passed"
	same "$(sort <<<"$output" | uniq -d)" ""
}

@test "selftest in JSON has the verdict and each case" {
	gpufit selftest --json
	same "$(value '[.failed, .cases == (.results | length), (.results | all(.passed))] | tostring')" "[0,true,true]"
	same "$(value '.results[0] | keys_unsorted | join(" ")')" "kernel what passed detail"
}

@test "selftest refuses a device that is not there" {
	no_device 99 selftest --device 99
}
