# probe.bats: steps of build/probe, which tests/gpu-run runs, on the device that is there.
load common

# probe STEP: takes the step, which must succeed; lines.json has what it recorded
probe() {
	run "$(realpath -m "${GPUFIT_BUILD:-$root/build}/probe")" --json lines.json --kernels gpu --seconds 10 "$1"
	same "$status" 0 || { echo "$output"; return 1; }
}

@test "probe: the device's properties are those that gpufit lists" {
	gpufit devices --json
	wanted=$(jq '.[0].compute_units' <<<"$output")
	probe facts
	same "$(jq '.device["max compute units"]' lines.json)" "$wanted"
	[[ $output =~ "max compute units"\ +$wanted ]]
}

@test "probe: a launch, a flush and a wait are timed, and kernels run in the order of their launches" {
	probe launches
	same "$(jq -s 'length == 6 and all(.us > 0)' lines.json)" true
	[[ $output = *"their results are right"* ]]
}

@test "probe: a step that there is not is refused, with those that there are" {
	run "$(realpath -m "${GPUFIT_BUILD:-$root/build}/probe")" everything
	same "$status" 64
	[[ $output = *"steps: list facts kernels losses"* ]]
}
