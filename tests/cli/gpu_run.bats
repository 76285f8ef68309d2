# bats file_tags=quick
# gpu_run.bats: tests/gpu-run with stand-ins for the programs that it runs, so that no device is needed.
load common

# stand_ins LIST CASES: writes a probe that lists those devices, "INDEX TYPE NAME" each, and does at its steps what CASES says;
# other steps record a line and succeed.  gpufit and the test programs succeed.
stand_ins() {
	mkdir -p build
	cat >build/probe <<-SCRIPT
		#!/bin/bash
		while [ \$# -gt 1 ]; do
			[ "\$1" != --json ] || json=\$2
			shift 2
		done
		case \$1 in
		list) printf '%s\n' "$1" | sed 's/ /\t/; s/ /\t/; s/\$/\tA platform/'; exit ;;
		$2
		esac
		echo "\$1 is measured"
		echo "{\"of\":\"\$1\"}" >>"\$json"
	SCRIPT
	for program in test_kernels test_variants test_math test_sigmoids; do
		printf '#!/bin/bash\n' >build/$program
	done
	cat >build/gpufit <<-"SCRIPT"
		#!/bin/bash
		for word; do
			[ "$before" != --log ] || echo '{"epoch":0}' >"$word"
			before=$word
		done
	SCRIPT
	chmod +x build/*
}

# gpu_run CODE [NAME=VALUE...]: runs it, which must exit with CODE; report.json must be whole, and $folder has it
gpu_run() {
	local code=$1
	shift
	run env BUILD=build GPUFIT=build/gpufit OUT=out "$@" "$root/tests/gpu-run"
	same "$status" "$code" || { echo "$output"; return 1; }
	folder=$(echo out/*)
	jq . "$folder/report.json" >/dev/null && [ -s "$folder/report.txt" ]
}

# status_of STEP: in the report
status_of() {
	jq -r --arg step "$1" '.steps[] | select(.step == $step) | .status' "$folder/report.json"
}

@test "gpu-run: the first GPU is measured, and every step is in the report with what it recorded" {
	stand_ins $'0 cpu A CPU\n1 gpu A (fast) GPU\n2 gpu Another' ''
	gpu_run 0
	same "$(jq -r .device "$folder/report.json")" "A (fast) GPU"
	[[ $folder = out/A-fast-GPU-* ]]
	same "$(status_of losses)" right
	same "$(status_of epochs-large)" "done"
	same "$(jq -c '.steps[] | select(.step == "sweep") | .results' "$folder/report.json")" '[{"of":"sweep"}]'
	grep -q "^sweep is measured$" "$folder/report.txt"
	same "$(jq -r .verdict "$folder/report.json")" "no bit was found wrong"
}

@test "gpu-run: wrong bits end it, but the binaries are still saved" {
	stand_ins '0 gpu A GPU' 'losses) echo "WRONG BITS in 1 of 2"; exit 3 ;;'
	gpu_run 1
	same "$(status_of losses)" "WRONG BITS"
	same "$(status_of trainings)" "skipped: the bits of step losses are wrong"
	same "$(status_of epochs-large)" "skipped: the bits of step losses are wrong"
	same "$(status_of binary)" "done"
}

@test "gpu-run: wrong bits count though the step then ran into its limit; a failed OpenCL call is not wrong bits" {
	stand_ins '0 gpu A GPU' 'repeats) echo "  bce 3 WRONG"; exit 124 ;;'
	gpu_run 1
	same "$(status_of repeats)" "WRONG BITS"
	stand_ins '0 gpu A GPU' ''
	printf '#!/bin/bash\necho "[  FAILED  ] clBuildProgram: CL_OUT_OF_RESOURCES (-5)"; exit 1\n' >build/test_math
	printf '#!/bin/bash\necho "[  FAILED  ] values_at_the_ends"; exit 1\n' >build/test_sigmoids
	rm -r out
	gpu_run 1
	same "$(status_of test_math)" "failed, exit status 1"
	same "$(status_of test_sigmoids)" "WRONG BITS"
}

@test "gpu-run: a crash, and a step that cannot be taken, end no other step" {
	stand_ins '0 gpu A GPU' 'launches) kill -SEGV $$ ;; fits) echo "no double"; exit 77 ;; sweep) exit 1 ;;'
	gpu_run 0
	same "$(status_of launches)" "crashed by signal 11"
	same "$(status_of fits)" "skipped: no double"
	same "$(status_of sweep)" "failed, exit status 1"
	same "$(status_of uploads)" "done"
}

@test "gpu-run: it ends within its limit though a step hangs, and says what it has not reached" {
	stand_ins '0 gpu A GPU' 'facts) trap "" TERM; echo "not at its end"; while :; do sleep 0.1; done ;;'
	SECONDS=0
	gpu_run 0 LIMIT_S=8
	[ $SECONDS -le 8 ]
	[[ $(status_of facts) = "ended at its limit of "* ]]
	grep -q "^not at its end$" "$folder/report.txt"
	same "$(status_of losses)" "not reached: no time was left for it"
	same "$(status_of uploads)" "done"
	[[ $(jq -r .verdict "$folder/report.json") = *"not all were compared: see selftest losses"* ]]
}

@test "gpu-run: an interrupt leaves the report of what was done" {
	stand_ins '0 gpu A GPU' 'kernels) echo "begun"; while :; do sleep 0.1; done ;;'
	env --default-signal=INT BUILD=build GPUFIT=build/gpufit OUT=out "$root/tests/gpu-run" >log 2>&1 3>&- &
	until grep -qs "^== 2" log; do sleep 0.1; done
	sleep 0.3
	kill -s INT $!
	code=0
	wait $! || code=$?
	same "$code" 130
	folder=$(echo out/*)
	same "$(jq -r .verdict "$folder/report.json")" "interrupted in step 2"
	same "$(jq -r .device "$folder/report.json")" "A GPU"
	same "$(status_of facts)" "done"
	same "$(status_of kernels)" interrupted
}

@test "gpu-run: a device that is no GPU is said to be none, and an index that no device has is refused" {
	stand_ins $'0 cpu A CPU\n1 gpu A GPU' ''
	gpu_run 0 GPU=0 LIMIT_S=5
	grep -q "This device is no GPU" "$folder/report.txt"
	run env BUILD=build GPUFIT=build/gpufit OUT=out GPU=7 "$root/tests/gpu-run"
	same "$status" 2
	same "${lines[0]}" "gpu-run: there is no device 7; there are"
}
