load common

# leaves_valid_files CODE: model and log are whole, with all that was done, and the exit code is that
leaves_valid_files() {
	same "$code" "$1"
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
	begin -q --json -o m.st
	interrupt INT
	leaves_valid_files 130
}

@test "SIGTERM does the same as SIGINT" {
	plane 50000
	begin -q --json -o m.st
	interrupt TERM
	leaves_valid_files 143
}

@test "a signal that is sent twice at once, as timeout does, counts once" {
	plane 50000
	begin -q --json -o m.st
	interrupt TERM again
	leaves_valid_files 143
}

# LLVM, which PoCL uses, replaces the program's handler by one that works for one signal only.
@test "one thread alone receives signals: a driver's handler never does" {
	plane 50000
	begin -q
	taking=0
	for mask in $(awk '/^SigBlk/ { print $2 }' /proc/$program/task/*/status); do
		(((0x$mask & 0x4002) == 0x4002)) || taking=$((taking + 1)) # bits 1 and 14: SIGINT and SIGTERM
	done
	interrupt TERM
	same $taking 1
}

@test "a SIGINT a second after the first ends a program that cannot end by itself" {
	mkfifo stuck
	exec 4<>stuck
	env --default-signal=INT "$GPUFIT" -q -o m.st --log stuck 3>&- 4<&- &
	program=$!
	read -r _ <&4 # the training has begun; nobody reads on, so the log's writes wait
	kill -s INT $program
	sleep 1.5
	kill -0 $program
	while kill -s INT $program 2>/dev/null; do sleep 0.5; done
	code=0
	wait $program || code=$?
	same "$code" 130
	[ ! -e m.st ]
}

@test "a run without an end stops soon" {
	plane 50000
	begin -q
	began=$SECONDS
	interrupt INT
	[ $((SECONDS - began)) -le 10 ]
}

@test "SIGHUP does the same as SIGINT, unless nohup makes it ignored" {
	plane 50000
	begin -q --json -o m.st
	interrupt HUP
	leaves_valid_files 129
	rm m.st run.jsonl
	nohup "$GPUFIT" -q --engine reference --epochs 1000000000 --log run.jsonl plane.csv >out 2>err 3>&- &
	program=$!
	until [ -s run.jsonl ]; do sleep 0.02; done
	kill -s HUP $program
	sleep 0.3
	kill -s TERM $program
	interrupt TERM
	same "$code" 143
}

@test "a pipe as output is opened once, so that its reader gets the whole model" {
	mkfifo pipe
	cat pipe >got &
	reader=$!
	gpufit -q --engine reference --epochs 10 -o pipe
	wait $reader
	gpufit -q --engine reference --epochs 10 -o m.st
	cmp got m.st
	cat pipe >got &
	reader=$!
	gpufit -q --engine reference --epochs 10 --log pipe
	wait $reader
	same "$(jq -s length got)" 10
}

# ends SIGNAL: the signal ends the program, which waits for a reader
ends() {
	sleep 0.3
	kill -0 $program
	interrupt "$1"
}

@test "a signal ends a program that waits for the reader of a pipe" {
	mkfifo pipe
	csv '1,2\n3,5\n'
	gpufit -q --engine reference -o m.st data.csv
	env --default-signal=INT "$GPUFIT" -q --engine reference --epochs 3 -o pipe >out 2>err 3>&- &
	program=$!
	ends INT
	same "$code" 130
	same "$(cat err)" "gpufit: pipe: interrupted, and nobody reads this pipe: the model is not saved"
	same "$(grep ^saved out)" "saved    nothing: pipe was not written"
	"$GPUFIT" -q --engine reference --log pipe 2>/dev/null 3>&- &
	program=$!
	ends TERM
	same "$code" 143
	"$GPUFIT" predict --engine reference -m m.st -o pipe data.csv 2>/dev/null 3>&- &
	program=$!
	ends TERM
	same "$code" 143
}
