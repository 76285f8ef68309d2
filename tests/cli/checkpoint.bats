load common

# Writes twelve rows of three kinds, and their numbers.
rows() {
	awk 'BEGIN {
		split("b a c", kind, " "); print "x,z,kind,y"
		for (i = 0; i < 12; i++)
			printf "%.1f,%.1f,%s,%.1f\n", i * 7 % 12 / 4 - 1, i * 5 % 11 / 5 - 1, kind[i % 3 + 1], i * 3 % 7 - 2
	}' >rows.csv
}

# The part of a report that does not depend on how long the run took, or on how much of it was checked.
final() {
	jq -S 'del(.train_seconds, .load_seconds, .saved, .gradient_first, .checked, .unchecked, .worst_check)' <<<"$output"
}

# resumes OPTIONS...: a run of 7 epochs that is resumed after 3 ends with the report and the model of one without a break
resumes() {
	local wanted
	gpufit -q --json --epochs 7 -o whole.st "$@" rows.csv
	wanted=$(final)
	gpufit -q --epochs 3 --checkpoint run.ck "$@" rows.csv
	gpufit -q --json --epochs 7 --resume run.ck -o resumed.st "$@" rows.csv
	same "$(final)" "$wanted" && cmp whole.st resumed.st
}

@test "a resumed run ends as one without a break, to the bit, for each optimizer" {
	rows
	for options in "--momentum 0.9 --dampening 0.5" "--momentum 0.9 --nesterov" "--optimizer adam --amsgrad" "--optimizer adamw" \
		"--optimizer rmsprop --centered --momentum 0.5" "--optimizer adagrad --lr-decay 0.1"; do
		# shellcheck disable=SC2086 # words
		resumes --features x,z --target y $options
	done
}

@test "a resumed run ends as one without a break, to the bit, for each schedule" {
	rows
	for schedule in step:step_size=2 multistep:milestones=2/4 exponential:gamma=0.9 cosine:t_max=5 cosine_restarts:t_0=2 linear constant \
		polynomial one_cycle:max_lr=0.1,total_steps=40 plateau:patience=0,threshold=0.5; do
		resumes --features x,z --target y --warmup 4 --schedule $schedule --momentum 0.5
	done
}

@test "a resumed run ends as one without a break, to the bit, for each kind of batches" {
	rows
	for options in "--batch-size 5" "--batch-size 5 --shuffle" "--batch-size 5 --shuffle=blocks --drop-last" "--batch-size 4 --shuffle --validation 0.3" \
		"--shuffle --batch-size 1 --average" "--validation 0.3 --patience 5 --standardize --l1 0.01"; do
		# shellcheck disable=SC2086 # words
		resumes --features x,z --target kind --loss cross_entropy --optimizer adam --lr 0.1 --seed 3 $options
	done
}

@test "other data, other options and files that are no checkpoint are refused" {
	rows
	data="--features x,z --target y --engine reference rows.csv"
	# shellcheck disable=SC2086 # words
	gpufit -q --epochs 2 --checkpoint run.ck -o m.st --lr 0.1 $data
	fails 65 'run.ck: the checkpoint was made with lr 0.1; this training has lr 0.2' --resume run.ck --lr 0.2 $data
	sed -i '$d' rows.csv
	run --separate-stderr "$GPUFIT" -q --resume run.ck --lr 0.1 $data
	same "$status" 65
	[[ $stderr = "gpufit: run.ck: the checkpoint was made "*12*11* ]]
	run --separate-stderr "$GPUFIT" -q --resume m.st --lr 0.1 $data
	same "$status" 65
	[[ $stderr = "gpufit: m.st: "*model* ]]
	fails 66 'none.ck: cannot open: No such file or directory' --resume none.ck --lr 0.1 $data
}

@test "fewer epochs than are done are refused, and the same number takes no step" {
	rows
	data="--features x,z --target y --engine reference rows.csv"
	# shellcheck disable=SC2086 # words
	gpufit -q --json --epochs 4 --checkpoint run.ck $data
	wanted=$(value .weight)
	# shellcheck disable=SC2086
	fails 64 'run.ck: 4 epochs are done; wanted: 3' --epochs 3 --resume run.ck $data
	# shellcheck disable=SC2086
	gpufit -q --json --epochs 4 --resume run.ck $data
	same "$(value .weight)" "$wanted"
}

@test "an interrupted run leaves a checkpoint that can be resumed" {
	plane 2000
	begin -q --batch-size 100 --shuffle --checkpoint run.ck
	interrupt INT
	same "$code" 130
	done_epochs=$(sed -n 's/.*after \([0-9]*\) of.*/\1/p' err)
	gpufit -q --json --epochs $((done_epochs + 1)) --batch-size 100 --shuffle --resume run.ck plane.csv
	same "$(value .epochs)" $((done_epochs + 1))
}

# epochs_of LOG: the epochs of its lines
epochs_of() {
	jq -s -c 'map(.epoch)' "$1"
}

@test "a resumed run continues its log from the epoch of the checkpoint" {
	rows
	data="--features x,z --target y --engine reference rows.csv"
	# shellcheck disable=SC2086 # words
	gpufit -q --epochs 9 --log whole.jsonl $data
	gpufit -q --epochs 4 --checkpoint run.ck --log run.jsonl $data
	gpufit -q --epochs 9 --resume run.ck --log run.jsonl $data
	cmp run.jsonl whole.jsonl
	# What a run had logged after its last checkpoint comes again; where it was killed within a line, too.
	printf '{"epoch":9,"lo' >>run.jsonl
	gpufit -q --epochs 9 --resume run.ck --log run.jsonl $data
	cmp run.jsonl whole.jsonl
	# Nothing is left to do.
	gpufit -q --epochs 4 --resume run.ck --log run.jsonl $data
	cmp run.jsonl whole.jsonl
	sed -i 3q run.jsonl
	gpufit --epochs 9 --resume run.ck --log run.jsonl $data
	same "$stderr" "gpufit: run.jsonl: epoch 4 follows epoch 2: what is between them was logged elsewhere, or never written"
	same "$(epochs_of run.jsonl)" "[0,1,2,4,5,6,7,8]"
	same "$(ls -A | xargs)" "rows.csv run.ck run.jsonl whole.jsonl"
}

@test "a run that fails before its first epoch leaves an older log as it was" {
	rows
	data="--features x,z --target y --engine reference rows.csv"
	# shellcheck disable=SC2086
	gpufit -q --epochs 5 --checkpoint run.ck --log run.jsonl $data
	before=$(cksum run.jsonl)
	fails 64 "run.ck: 5 epochs are done; wanted: 3" -q --epochs 3 --resume run.ck --log run.jsonl $data
	fails 66 "none.ck: cannot open: No such file or directory" -q --resume none.ck --log run.jsonl $data
	same "$(cksum run.jsonl)" "$before"
	gpufit -q --epochs 0 --log run.jsonl $data
	same "$(wc -c <run.jsonl)" 0
}

@test "a resumed run does not continue a file that is no log" {
	rows
	data="--features x,z --target y --engine reference rows.csv"
	# shellcheck disable=SC2086
	gpufit -q --epochs 3 --checkpoint run.ck --log run.jsonl $data
	cp rows.csv other.csv
	wanted="a resumed training continues its log; name another file"
	fails 65 "other.csv:1: not a line of a log: $wanted" -q --resume run.ck --log other.csv $data
	cmp rows.csv other.csv
	sed -i 2d run.jsonl
	fails 65 "run.jsonl:2: epoch 2 follows epoch 0: $wanted" -q --resume run.ck --log run.jsonl $data
	same "$(epochs_of run.jsonl)" "[0,2]"
}

@test "logged lines are in the file after a kill" {
	plane 20000
	begin -q --engine reference
	until [ "$(wc -l <run.jsonl)" -ge 3 ]; do sleep 0.02; done
	interrupt KILL
	same "$code" 137
	[ "$(head -n 3 run.jsonl | jq -s -c 'map(.epoch)')" = "[0,1,2]" ]
	same "$(ls -A | xargs)" "err out plane.csv run.jsonl"
}

# killed TURN OPTIONS...: resumes run.ck, and kills the training 1 to 9 ms after it has written the file anew
killed() {
	local before turn=$1
	shift
	before=$(stat -c %i run.ck)
	"$GPUFIT" -q --epochs 100000000 --checkpoint-every 1 --checkpoint run.ck --resume run.ck "$@" rows.csv >/dev/null 2>&1 3>&- &
	program=$!
	while [ "$(stat -c %i run.ck)" = "$before" ]; do
		kill -0 $program || return
		sleep 0.005
	done
	sleep 0.00$((turn % 9 + 1))
	kill -s KILL $program
	wait $program || :
}

# Each epoch takes a fraction of a millisecond and writes a checkpoint, so that most instants lie within a write.
@test "kill -9 at any instant leaves the old checkpoint or the new one, never a torn one" {
	rows
	options="--features x,z --target y --optimizer adam --engine reference"
	# shellcheck disable=SC2086 # words
	gpufit -q --epochs 2 --checkpoint run.ck $options rows.csv
	instants=${GPUFIT_TEST_FEW:+20}
	for turn in $(seq ${instants:-100}); do
		# shellcheck disable=SC2086
		killed "$turn" $options
		# shellcheck disable=SC2086
		run --separate-stderr "$GPUFIT" -q --epochs 0 --resume run.ck $options rows.csv
		[[ $stderr = "gpufit: run.ck: "*" epochs are done; wanted: 0" ]]
	done
}
