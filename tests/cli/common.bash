# common.bash: what every .bats here loads.  GPUFIT names the program; default: the one at the root.
# Each test runs in an empty folder of its own.
bats_require_minimum_version 1.5.0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
GPUFIT=$(realpath -m "${GPUFIT:-$root/gpufit}")
[ -x "$GPUFIT" ] || { echo "no program $GPUFIT" >&2; exit 1; }

# bats leaves files of its own in BATS_TEST_TMPDIR itself.
setup() {
	mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return
	unset GPUFIT_DEVICE NO_COLOR
}

# same FOUND WANTED
same() {
	[ "$1" = "$2" ] && return
	printf 'found:  %s\nwanted: %s\n' "$1" "$2"
	return 1
}

# near FOUND WANTED RELATIVE: what is no plain number, nan and null too, is near nothing.
near() {
	awk -v found="$1" -v wanted="$2" -v relative="$3" 'BEGIN {
		off = found - wanted; if (off < 0) off = -off
		size = wanted < 0 ? -wanted : wanted
		if (found ~ /^-?[0-9][0-9.]*(e[-+]?[0-9]+)?$/ && off <= relative * size) exit 0
		printf "found:  %s\nwanted: %s within %s\n", found, wanted, relative
		exit 1
	}' </dev/null
}

# gpufit ARGUMENTS...: must succeed and, with -q, say nothing on standard error; $output is its
# standard output.
gpufit() {
	run --separate-stderr "$GPUFIT" "$@"
	same "$status" 0 || { echo "$stderr"; return 1; }
}

# fails CODE MESSAGE ARGUMENTS...: must exit with CODE, print nothing, and say exactly MESSAGE in
# the first line of standard error.
fails() {
	local code=$1 message=$2
	shift 2
	run --separate-stderr "$GPUFIT" "$@"
	same "$stderr" "gpufit: $message${stderr#"${stderr_lines[0]}"}" || return
	same "$status" "$code" || return
	same "$output" ""
}

# no_device NAME ARGUMENTS...: no device answers to NAME, and the message lists those that there are
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

# refuses MESSAGE ARGUMENTS...: a mistake in the command line, with a hint at --help
refuses() {
	fails 64 "$@" || return
	same "${stderr_lines[1]% *} ${stderr_lines[1]##* }" "${stderr_lines[1]}" || return
	[[ ${stderr_lines[1]} = "try 'gpufit"*" --help'" ]]
}

# value JQ_FILTER: of the JSON in $output.  jq 1.7 prints a number as it was spelt, 0.0 and 1e-05, and 1.6 its value;
# to add 0 makes both print its value.
value() {
	jq -r "walk(if type == \"number\" then . + 0 else . end) | $1" <<<"$output"
}

# terminal COLUMNS COMMAND: starts a shell's command on a pseudo-terminal; what that shows is in screen; sets
# $program, and pid has the command's process.  Skips the test where there is none to be had.
terminal() {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no script, or no pseudo-terminal (/dev/ptmx)"
	rm -f pid screen
	TERM=${TERM_KIND:-xterm} script -qfec "stty cols $1; echo \$\$ >pid; exec env --default-signal=INT $2" \
		/dev/null </dev/null >screen 3>&- &
	program=$!
}

# shows TEXT [TIMES]: waits until $program's terminal has shown that, as often
shows() {
	local i
	for ((i = 0; i < 2400; i++)); do
		[ ! -e screen ] || [ "$(grep -oF -- "$1" screen | wc -l)" -lt "${2:-1}" ] || return 0
		kill -0 $program || break
		sleep 0.05
	done
	cat screen
	return 1
}

# csv TEXT [FILE]: backslash sequences work as in printf
csv() {
	printf '%b' "$1" >"${2:-data.csv}"
}

# Rows of houses: 2 features and 2 targets, whole numbers.
houses() {
	csv 'rooms,size,price,rent\n3,70,200,9\n4,95,260,12\n2,48,150,7\n5,120,330,15\n1,30,99,5\n' houses.csv
}

# Rows of a plane, many enough that an epoch takes a while.
plane() {
	awk -v rows="$1" 'BEGIN {
		srand(1); print "a,b,c,y"
		for (i = 0; i < rows; i++) {
			a = rand(); b = rand(); c = rand()
			print a "," b "," c "," 2 * a - b + c / 2 + 3
		}
	}' >plane.csv
}

# begin OPTIONS...: a training without end of plane.csv, its log begun; sets $program
begin() {
	# bash starts what is in the background with SIGINT ignored.
	env --default-signal=INT "$GPUFIT" --epochs 1000000000 --log run.jsonl "$@" plane.csv >out 2>err 3>&- &
	program=$!
	until [ -s run.jsonl ]; do
		kill -0 $program || return
		sleep 0.02
	done
}

# interrupt SIGNAL [AGAIN]: hits $program once or twice, and waits for its end; sets $code
interrupt() {
	kill -s "$1" $program ${2:+$program} || true # gone before the second
	code=0
	wait $program || code=$?
}
