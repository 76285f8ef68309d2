#!/usr/bin/env bats
# timeline.bats: --timeline writes trace events that Perfetto can show, and that agree with the profile.
load common

# events TRACK FILTER: the events of the track's number in t.json, through a jq filter.
events() {
	jq -c --argjson track "$1" "[.traceEvents[] | select(.ph == \"X\" and .tid == \$track)] | $2" t.json
}

@test "a timeline has phases, kernels and copies on tracks of their own, which do not overlap" {
	plane 3000
	gpufit -q --json --profile --epochs 20 --batch-size 1000 --shuffle --engine streaming --timeline t.json plane.csv
	same "$(jq -c '[.traceEvents[] | select(.name == "thread_name") | [.tid, .args.name]]' t.json)" \
		'[[1,"phases of the host"],[2,"kernels"],[3,"copies"]]'
	same "$(jq '.traceEvents | all(.ph == "M" or (.ph == "X" and .ts >= 0 and .dur >= 0 and .pid == 1))' t.json)" true
	for track in 1 2 3; do
		# Nanoseconds as decimals of microseconds: 1e-6 is their rounding as doubles.
		same "$(events $track '[.[:-1], .[1:]] | transpose | all(.[0].ts + .[0].dur <= .[1].ts + 1e-6)')" true
	done
	same "$(events 1 'map(.name) | index("reading") < index("compiling") and index("compiling") < index("training")')" true
	# Each call of the profile is an event, and the bytes are the same.
	events 2 'group_by(.name) | map([.[0].name, length, (map(.args.bytes // 0) | add)])' >found
	value '[.profile.rows[] | select(.name | contains(" ") | not)] | sort_by(.name) | map([.name, .calls, .bytes]) |
		tostring' >wanted
	diff found wanted
	[ "$(jq length found)" -ge 3 ]
}

@test "kernels run while the host is in the phase that launches and awaits them" {
	plane 3000
	gpufit -q --epochs 50 --engine streaming --check off --timeline t.json plane.csv
	first=$(events 1 'map(select(.name == "training"))[0].ts')
	last=$(events 1 'map(select(.name == "training" or .name == "evaluating"))[-1] | .ts + .dur')
	# 100 us: the host's clock is read before a call, the device's in it.
	same "$(events 2 "all(.ts > $first - 100 and .ts + .dur < $last + 100)")" true
}

@test "a timeline is left out where there was no training, and kept where one diverged" {
	fails 66 "none.csv: No such file or directory" --timeline t.json none.csv
	[ ! -e t.json ]
	run "$GPUFIT" -q --lr 1e6 --timeline t.json
	same "$status" 1
	[ "$(events 2 length)" -gt 0 ]
	refuses "--output and --timeline name the same file" -o t.json --timeline t.json
}
