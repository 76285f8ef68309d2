load common

# has TIMES FILE: waits until that many progress lines are in FILE
has() {
	until [ "$(grep -oF 'epochs/s' "$2" | wc -l)" -ge "$1" ]; do
		kill -0 $program || return
		sleep 0.05
	done
}

# on_a_terminal KIND [TIMES]: a training on a terminal of 80 columns, stopped when it has drawn that often (3); sets $tenths, how long it ran
on_a_terminal() {
	command -v script >/dev/null || skip "script is not installed"
	local began=${EPOCHREALTIME/./}
	plane 1000
	TERM=$1 script -qfec "stty cols 80; echo \$\$ >pid; exec env --default-signal=INT '$GPUFIT' --epochs 1000000000 plane.csv >out" \
		/dev/null </dev/null >screen 3>&- &
	program=$!
	has "${2:-3}" screen
	kill -s INT "$(cat pid)"
	wait $program || same $? 130
	tenths=$(((${EPOCHREALTIME/./} - began) / 100000))
}

@test "what is over in a second has no progress" {
	gpufit --epochs 100
	same "${lines[0]%% *}" device
	same "$stderr" ""
}

@test "not on a terminal progress is plain lines on standard error, each at twice the epoch of the one before" {
	plane 1000
	begin
	has 2 err
	interrupt INT
	same "$code" 130
	same "$(grep -c '^[0-9]* [a-z]*\( [0-9]* [a-z]*\)\? left  epoch [0-9]* of 1000000000  loss [0-9.e-]*  [0-9.]* epochs/s$' err)" "$(grep -cF epochs/s err)"
	awk -F ' epoch ' '/ epoch / { epoch = $2 + 0; if (epoch < 2 * last) exit 1; last = epoch }' err
	[[ $(cat err) != *$'\e'* && $(cat err) != *$'\r'* && $(cat out) != *epochs/s* ]]
}

@test "quiet and no-progress have none" {
	plane 1000
	for option in --no-progress -q; do
		begin $option
		sleep 1.2 # a line is due after a second
		interrupt INT
		same "$(wc -l <err)" 1
		[[ $(cat err) = "gpufit: interrupted after "* ]]
	done
}

@test "on a terminal one line of 80 columns is rewritten at most ten times a second, without colour" {
	on_a_terminal xterm
	[ "$(grep -oF 'epochs/s' screen | wc -l)" -le "$tenths" ]
	same "$(grep -c $'\e\\[[0-9;]*m' screen || true)" 0
	same "$(tr '\r' '\n' <screen | sed 's/\x1b\[K//g' | grep -F 'epoch ' | awk 'length > 79')" ""
	[[ $(tr '\r' '\n' <screen | tail -n 2) = *$'\e[K'"gpufit: interrupted after "* ]]
}

@test "a terminal that cannot rewrite a line gets plain ones" {
	on_a_terminal dumb 1
	same "$(grep -c $'\e' screen || true)" 0
}
