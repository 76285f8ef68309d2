load common

# A training that ends when it is told to, after more than the second that has no progress.
long() {
	timeout --foreground --preserve-status -s INT "${seconds:-1.8}" "$GPUFIT" --epochs 1000000000 "$@" plane.csv
}

on_a_terminal() {
	command -v script >/dev/null || skip "script is not installed"
	TERM=${1:-xterm} script -qec "stty cols 80; timeout --foreground --preserve-status -s INT 1.8 '$GPUFIT' --epochs 1000000000 plane.csv >out" /dev/null </dev/null >screen || true
}

@test "what is over in a second has no progress" {
	gpufit --epochs 100
	same "${lines[0]%% *}" device
	same "$stderr" ""
}

@test "not on a terminal progress is a few plain lines on standard error" {
	plane 1000
	run --separate-stderr long
	same "$status" 130
	lines_of_progress=$(grep -c '^epoch [0-9]* of 1000000000  loss [0-9.e-]*  [0-9.]* epochs/s  .* left$' <<<"$stderr")
	[ "$lines_of_progress" -ge 1 ] && [ "$lines_of_progress" -le 2 ]
	[[ $stderr != *$'\e'* && $stderr != *$'\r'* ]]
	[[ $output != *epochs/s* ]]
}

@test "quiet and no-progress have none" {
	plane 1000
	seconds=1.4
	for option in --no-progress -q; do
		run --separate-stderr long $option
		same "${#stderr_lines[@]}" 1
		[[ $stderr = "gpufit: interrupted after "* ]]
	done
}

@test "on a terminal one line of 80 columns is rewritten at most ten times a second, without colour" {
	plane 1000
	on_a_terminal
	draws=$(grep -oF 'epochs/s' screen | wc -l)
	[ "$draws" -ge 3 ] && [ "$draws" -le 20 ]
	same "$(grep -c $'\e\\[[0-9;]*m' screen || true)" 0
	same "$(tr '\r' '\n' <screen | sed 's/\x1b\[K//g' | grep '^epoch' | awk 'length > 79')" ""
	[[ $(tr '\r' '\n' <screen | tail -n 2) = *$'\e[K'"gpufit: interrupted after "* ]]
}

@test "a terminal that cannot rewrite a line gets plain ones" {
	plane 1000
	on_a_terminal dumb
	same "$(grep -c $'\e' screen || true)" 0
	[[ $(cat screen) = *"epochs/s"* ]]
}
