# common.bash: the helpers that every .bats file here loads.  GPUFIT names the program to test; the
# default is the one at the repository's root.  Each test runs in an empty folder of its own.
bats_require_minimum_version 1.5.0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
GPUFIT=$(realpath -m "${GPUFIT:-$root/gpufit}")
[ -x "$GPUFIT" ] || { echo "no program $GPUFIT" >&2; exit 1; }

# PoCL compiles a kernel in half of the time without optimisation, and the bits are the same.  Optimised kernels are compared
# to the bit by the test programs in C.
[ -z "${GPUFIT_TEST_FEW:-}" ] || export POCL_EXTRA_BUILD_FLAGS=-cl-opt-disable

# The folder is below BATS_TEST_TMPDIR, since bats keeps files of its own in that one.
setup() {
	mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
	unset GPUFIT_DEVICE NO_COLOR
}

# same FOUND WANTED: both texts must be equal.
same() {
	[ "$1" = "$2" ] && return
	printf 'found:  %s\nwanted: %s\n' "$1" "$2"
	return 1
}

# near FOUND WANTED RELATIVE: the numbers must agree within that relative tolerance.  Anything
# that is not a plain number, such as nan and null, fails.
near() {
	awk -v found="$1" -v wanted="$2" -v relative="$3" 'BEGIN {
		off = found - wanted; if (off < 0) off = -off
		size = wanted < 0 ? -wanted : wanted
		if (found ~ /^-?[0-9][0-9.]*(e[-+]?[0-9]+)?$/ && off <= relative * size) exit 0
		printf "found:  %s\nwanted: %s within %s\n", found, wanted, relative
		exit 1
	}' </dev/null
}

# gpufit ARGUMENTS...: runs the program, which must succeed.  $output is its standard output,
# $stderr its standard error.
gpufit() {
	run --separate-stderr "$GPUFIT" "$@"
	same "$status" 0 || { echo "$stderr"; return 1; }
}

# fails CODE MESSAGE ARGUMENTS...: runs the program, which must exit with CODE, print nothing on
# standard output, and have exactly MESSAGE as the first line of its standard error.
fails() {
	local code=$1 message=$2
	shift 2
	run --separate-stderr "$GPUFIT" "$@"
	same "$stderr" "gpufit: $message${stderr#"${stderr_lines[0]}"}" || return
	same "$status" "$code" || return
	same "$output" ""
}

# no_device NAME ARGUMENTS...: the program must say that no device has that NAME, and list the
# devices that there are.
no_device() {
	local name=$1 devices there='there are:'
	shift
	[ -s devices.json ] || "$GPUFIT" devices --json >devices.json
	mapfile -t devices < <(jq -r .[].name devices.json)
	[ ${#devices[@]} -ne 1 ] || there='there is:'
	fails 69 "no device \"$name\"; $there" "$@" || return
	for name in "${devices[@]}"; do
		[[ $stderr = *"$name"* ]] || { echo "no '$name' in: $stderr"; return 1; }
	done
}

# refuses MESSAGE ARGUMENTS...: the program must refuse its command line (exit code 64) with MESSAGE
# and a second line that points to --help.
refuses() {
	fails 64 "$@" || return
	same "${stderr_lines[1]% *} ${stderr_lines[1]##* }" "${stderr_lines[1]}" || return
	[[ ${stderr_lines[1]} = "try 'gpufit"*" --help'" ]]
}

# value JQ_FILTER: applies the filter to the JSON in $output.  jq 1.7 prints a number as it was
# spelt (0.0, 1e-05) and jq 1.6 prints its value; adding 0 makes both print the value.
value() {
	jq -r "walk(if type == \"number\" then . + 0 else . end) | $1" <<<"$output"
}

# terminal COLUMNS COMMAND: starts a shell command on a pseudo-terminal of that width.  The file
# screen receives what the terminal shows, the file pid has the command's process id, and $program
# is the process that owns the terminal.  Skips the test where no pseudo-terminal can be had.
terminal() {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
		skip "no script, or no pseudo-terminal (/dev/ptmx)"
	rm -f pid screen
	TERM=${TERM_KIND:-xterm} script -qfec \
		"stty cols $1; echo \$\$ >pid; exec env --default-signal=INT $2" \
		/dev/null </dev/null >screen 3>&- &
	program=$!
}

# shows TEXT [TIMES]: waits until the terminal of $program has shown TEXT that many times (once).
shows() {
	local i
	for ((i = 0; i < 2400; i++)); do
		[ ! -e screen ] || [ "$(grep -oF -- "$1" screen | wc -l)" -lt "${2:-1}" ] ||
			return 0
		kill -0 $program || break
		sleep 0.05
	done
	cat screen
	return 1
}

# csv TEXT [FILE]: writes TEXT to FILE (data.csv); backslash sequences work as in printf.
csv() {
	printf '%b' "$1" >"${2:-data.csv}"
}

# houses: writes houses.csv, 5 rows of 2 features and 2 targets, all of them integers.
houses() {
	local rows='3,70,200,9\n4,95,260,12\n2,48,150,7\n5,120,330,15\n1,30,99,5\n'
	csv "rooms,size,price,rent\n$rows" houses.csv
}

# plane ROWS: writes plane.csv, points of a plane; many rows make an epoch take long.
plane() {
	awk -v rows="$1" 'BEGIN {
		srand(1); print "a,b,c,y"
		for (i = 0; i < rows; i++) {
			a = rand(); b = rand(); c = rand()
			print a "," b "," c "," 2 * a - b + c / 2 + 3
		}
	}' >plane.csv
}

# begin_command COMMAND...: starts a training that is endless as process $program, and waits until its log, run.jsonl, has begun.
begin_command() {
	# bash starts background processes with SIGINT ignored; env restores the default.
	env --default-signal=INT "$@" >out 2>err 3>&- &
	program=$!
	until [ -s run.jsonl ]; do
		kill -0 $program || return
		sleep 0.02
	done
}

# begin OPTIONS...: starts an endless training on plane.csv.
begin() {
	begin_command "$GPUFIT" --epochs 1000000000 --log run.jsonl "$@" plane.csv
}

# await_end: waits for the end of $program; $code is its exit status
await_end() {
	code=0
	wait $program || code=$?
}

# interrupt SIGNAL [AGAIN]: sends $program the signal, twice if AGAIN is given, and waits for its
# end.  $code is its exit status.
interrupt() {
	kill -s "$1" $program ${2:+$program} || true # it may be gone before the second
	await_end
}
