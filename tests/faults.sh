#!/bin/bash
# faults.sh: the check can fail.  Builds gpufit with each fault of faults.txt in its kernels and
# runs its job: the faulty program must say which number is wrong and exit 1, the sound one must
# pass.  Speaks TAP.
#
#	GPUFIT		the sound program
#	GPUFIT_BUILD	the folder with its objects
#	GPUFIT_CC	compiler and flags that they were made with
#	GPUFIT_LIBS	what they are linked with
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0 status=0

verdict() { # verdict EXIT_STATUS NAME: one line of TAP, and what was said where it failed
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		sed 's/^/# /' "$work/out" | tail -n 20
		status=1
	fi
}

# table D CLASSES ROWS: 3 blocks of rows, the last one ragged.  Without classes all targets lie on one side of
# the outputs, so nothing cancels and a small fault stays in sight.
table() {
	awk -v D="$1" -v classes="${2:-0}" -v rows="${3:-150}" 'BEGIN {
		for (j = 0; j < D; j++)
			printf "%s,", j < 26 ? sprintf("%c", 97 + j) : "a" j
		print "y"
		for (i = 0; i < rows; i++) {
			for (j = 0; j < D; j++)
				printf "%.4f,", 0.5 + (i * 37 + j * 101) % 64 / 64
			printf "%d\n", classes ? i % (2 * classes - 1) % classes : 100 + i % 16
		}
	}'
}

job() { # job PROGRAM DATA ENGINE ARGUMENTS...
	local program=$1 data=$2.csv engine=$3
	shift 3
	[ "$data" = points.csv ] && data=
	set -- --engine "$engine" --epochs 3 --lr 0.001 --check every -q "$@"
	(cd "$work" && "$program" $data "$@") >"$work/out" 2>&1
}

# spoil FILE[:FUNCTION] TEXT REPLACEMENT: a copy of the kernels with that fault; refused unless TEXT is
# there (in that function) once.
spoil() {
	local file=${1%:*} function=${1#*:}
	[ "$function" = "$1" ] && function=
	rm -rf "$work/kernels" && cp -r kernels "$work" || return
	file=$1 function=$function text=$2 replacement=$3 awk '
	BEGIN {
		text = ENVIRON["text"]
		replacement = ENVIRON["replacement"]
		name = ENVIRON["function"]
	}
	name && /^[A-Za-z_].*\(/ { inside = index($0, " " name "(") > 0 }
	{
		for (done = ""; (inside || !name) && (at = index($0, text)); found++) {
			done = done substr($0, 1, at - 1) replacement
			$0 = substr($0, at + length(text))
		}
		print done $0
	}
	END {
		if (found != 1)
			printf "%s: \"%s\" is there %d times\n", ENVIRON["file"], text, found
		exit found != 1
	}' "kernels/$file" >"$work/kernels/$file" || { tail -n 1 "$work/kernels/$file" >"$work/out" && false; }
}

# The kernels in the order of the sound build, linked before the library's own, which then stay out.
build() {
	files=$(sed -n 's/.*#line 1 \\"\(.*\)\\".*/\1/p' "$GPUFIT_BUILD/kernels.c") &&
		(cd "$work" && awk -f kernels/embed.awk $files) >"$work/kernels.c" &&
		$GPUFIT_CC -iquote host/include -iquote host/base -iquote host/ocl \
			-o "$work/gpufit" "$work/kernels.c" "$GPUFIT_BUILD"/cli/*.o \
			"$GPUFIT_BUILD/libinternal.a" $GPUFIT_LIBS
} 2>"$work/out"

caught() { # caught NAMED ARGUMENTS...
	local named=$1
	shift
	job "$work/gpufit" "$@"
	[ $? -eq 1 ] && grep -Eq "epoch [0-9]+(, step [0-9]+)?: $named" "$work/out"
}

for features in 3 5 20 80; do
	table $features >"$work/d$features.csv"
	table $features 2 >"$work/b$features.csv"
	table $features 3 >"$work/c$features.csv"
done
table 3 0 5000 >"$work/deep.csv"
faults=$(grep -v -e '^#' -e '^$' tests/faults.txt | sed 's/ *| */|/g')

while IFS= read -r arguments; do
	job "$GPUFIT" $arguments
	verdict $? "the sound program passes $arguments"
done < <(cut -d '|' -f 5 <<<"$faults" | sort -u)

while IFS='|' read -r file text replacement named arguments; do
	spoil "$file" "$text" "$replacement" && build && caught "$named" $arguments
	verdict $? "$file: '$replacement' is caught as $named in $arguments"
done <<<"$faults"

echo "1..$number"
exit $status
