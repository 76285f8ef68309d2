load common

# interrupt SIGNAL [AGAIN]: a long training, hit once its log has begun, or twice; sets $code
interrupt() {
	# bash starts what is in the background with SIGINT ignored.
	env --default-signal=INT "$GPUFIT" -q --epochs 1000000000 --json -o m.st --log run.jsonl plane.csv >out 2>err 3>&- &
	local program=$!
	until find . -name '.*' -type f -size +0 | grep -q .; do
		kill -0 $program
		sleep 0.02
	done
	kill -s "$1" $program ${2:+$program}
	code=0
	wait $program || code=$?
}

# leaves_valid_files: what was done until then is saved whole
leaves_valid_files() {
	same "$code" 130
	same "$(jq -r .status out)" interrupted
	same "$(cat err)" "gpufit: interrupted after $(jq .epochs out) of 1000000000 epochs"
	same "$(ls -A | xargs)" "err m.st out plane.csv run.jsonl"
	same "$(jq -es 'map(.epoch) == [range(length)]' run.jsonl)" true
	same "$(wc -l <run.jsonl)" "$(jq .epochs out)"
	same "$("$GPUFIT" show --json m.st | jq -c '[.weight, .bias]')" "$(jq -c '[.weight, .bias]' out)"
	same "$(jq '.loss < .first_loss' out)" true
}

@test "SIGINT finishes the step, saves model and log, and exits 130" {
	plane 50000
	interrupt INT
	leaves_valid_files
}

@test "SIGTERM does the same" {
	plane 50000
	interrupt TERM
	leaves_valid_files
}

@test "a signal sent twice at once, as timeout does, is one" {
	plane 50000
	interrupt TERM again
	leaves_valid_files
}

@test "a second SIGINT, two seconds later, ends a program that cannot end by itself" {
	mkfifo stuck
	exec 4<>stuck # nobody reads: the log's writes wait
	env --default-signal=INT "$GPUFIT" -q -o m.st --log stuck 3>&- 4<&- &
	program=$!
	sleep 1
	kill -s INT $program
	sleep 2.5
	kill -0 $program
	kill -s INT $program
	code=0
	wait $program || code=$?
	same "$code" 130
	[ ! -e m.st ]
}

@test "a run without end is stopped soon" {
	plane 50000
	began=$SECONDS
	interrupt INT
	[ $((SECONDS - began)) -le 10 ]
}
