load common

# has TIMES FILE: waits until FILE has that many lines of progress
has() {
	until [ "$(grep -oF 'epochs/s' "$2" | wc -l)" -ge "$1" ]; do
		kill -0 $program || return
		sleep 0.05
	done
}

# on_a_terminal KIND [TIMES]: a training on a terminal of 80 columns, stopped when it has drawn that often (3); sets $tenths, how long it ran
on_a_terminal() {
	local began=${EPOCHREALTIME/./}
	plane 1000
	TERM_KIND=$1 terminal 80 "'$GPUFIT' --epochs 1000000000 plane.csv >out"
	shows ' left  epoch ' "${2:-3}"
	kill -s INT "$(cat pid)"
	wait $program || same $? 130
	tenths=$(((${EPOCHREALTIME/./} - began) / 100000))
}

@test "a command that ends within a second shows no progress" {
	gpufit
	same "${lines[0]%% *}" device
	same "$stderr" ""
}

@test "without a terminal progress is lines on standard error, each at twice the epoch of the one before" {
	plane 1000
	begin
	has 2 err
	interrupt INT
	same "$code" 130
	same "$(grep -c '^[0-9]* [a-z]*\( [0-9]* [a-z]*\)\? left  epoch [0-9]* of 1000000000  loss [0-9.e-]*  [0-9.]* epochs/s$' err)" "$(grep -cF epochs/s err)"
	awk -F ' epoch ' '/ epoch / { epoch = $2 + 0; if (epoch < 2 * last) exit 1; last = epoch }' err
	[[ $(cat err) != *$'\e'* && $(cat err) != *$'\r'* && $(cat out) != *epochs/s* ]]
}

@test "quiet and no-progress show none" {
	plane 1000
	for option in --no-progress -q; do
		begin $option
		sleep 1.2 # a line is due after a second
		interrupt INT
		same "$(grep -v '^gpufit: ' err)" "" # notices may be there
		[[ $(tail -n 1 err) = "gpufit: interrupted after "* ]]
	done
}

@test "on a terminal one line of 80 columns is rewritten at most ten times a second, without colour" {
	on_a_terminal xterm
	[ "$(grep -oF 'epoch ' screen | wc -l)" -le "$tenths" ]
	same "$(grep -c $'\e\\[[0-9;]*m' screen || true)" 0
	same "$(tr '\r' '\n' <screen | sed 's/\x1b\[K//g' | grep -F 'epoch ' | tr -d '\200-\277' | awk 'length > 79')" ""
	[[ $(tr '\r' '\n' <screen | tail -n 2) = *$'\e[K'"gpufit: interrupted after "* ]]
}

@test "the losses are drawn in blocks where the locale is UTF-8, and not on the console" {
	LC_ALL=C.UTF-8 on_a_terminal xterm 1
	grep -q '█' screen
	LC_ALL=C on_a_terminal xterm 1
	! grep -q $'\xe2' screen
	LC_ALL=C.UTF-8 on_a_terminal linux 1
	! grep -q $'\xe2' screen
}

@test "a terminal that cannot rewrite a line gets plain lines" {
	on_a_terminal dumb 1
	same "$(grep -c $'\e' screen || true)" 0
}

# model: trains m.st on plane.csv
model() {
	plane 10
	gpufit -q --engine reference --epochs 1 -o m.st plane.csv
}

# waits ARGUMENTS...: starts a command on a terminal of 40 columns, whose data come slowly
waits() {
	mkfifo slow
	terminal 40 "'$GPUFIT' $* --engine reference slow >out"
	exec 4>slow
}

# ends: lets the data come
ends() {
	cat plane.csv >&4
	exec 4>&-
	rm slow
	wait $program
}

@test "train, predict and evaluate show that they read, once it takes a second" {
	model
	for command in "train --epochs 1" "predict -m m.st" "evaluate -m m.st"; do
		waits "$command"
		shows 'reading the data  1 s'
		ends
		[ -s out ]
		same "$(tr '\r' '\n' <screen | tail -n 1)" $'\e[K'
	done
}

@test "predict and evaluate show no progress with quiet, with no-progress, and without a terminal" {
	model
	for command in "predict -q" "evaluate --no-progress" "predict 2>err"; do
		waits "$command -m m.st"
		sleep 1.5 # a line is due after a second
		ends
		[ -s out ]
		same "$(cat screen)" ""
		[ ! -s err ]
	done
}

@test "selftest shows its progress, and its results have lines of their own" {
	terminal 80 "'$GPUFIT' selftest"
	shows 'ok      read_stretches'
	kill -s INT "$(cat pid)"
	wait $program || same $? 130
	tr '\r' '\n' <screen | sed 's/\x1b\[K//g' | grep . >lines
	same "$(grep -vcE '^(ok  |compiling kernels  [0-9]+ s$|([0-9]+ (s|min [0-9]+ s) left  )?checking the results  [0-9]+ of [0-9]+(  [0-9]+ s)?$)' lines || true)" 0
}

@test "after Ctrl-C a terminal shows what a second one does, and it does so" {
	mkfifo stuck
	exec 4<>stuck
	awk 'BEGIN { for (row = 0; row < 2; row++) for (i = 0; i <= 9000; i++) printf "%d%s", (i + row) % 7, i < 9000 ? "," : "\n" }' >wide.csv
	terminal 50 "'$GPUFIT' --engine reference --lr 1e-6 -o m.st --log-params --log stuck wide.csv >out"
	read -r -n 1 _ <&4 # a line of the log is longer than a pipe is deep: nobody reads on, so that it waits
	kill -s INT "$(cat pid)"
	shows 'stopping  Ctrl-C again ends without saving'
	while kill -s INT "$(cat pid)" 2>/dev/null; do sleep 0.5; done
	code=0
	wait $program || code=$?
	same "$code" 130
	[ ! -e m.st ]
}

@test "the line follows a resize of the terminal" {
	plane 1000
	terminal 80 "'$GPUFIT' --epochs 1000000000 plane.csv >out"
	shows ' left  epoch ' 2
	stty -F "$(readlink /proc/"$(cat pid)"/fd/2)" cols 30
	before=$(wc -c <screen)
	shows ' left' $(($(grep -oF ' left' screen | wc -l) + 3))
	kill -s INT "$(cat pid)"
	wait $program || same $? 130
	# The first may have been on its way.
	same "$(tail -c +$((before + 1)) screen | tr '\r' '\n' | sed 's/\x1b\[K//g' | grep left | tail -n +2 | tr -d '\200-\277' | awk 'length > 29')" ""
}
