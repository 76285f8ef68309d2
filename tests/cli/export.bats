#!/usr/bin/env bats
# export.bats: models as ONNX and as C predict what gpufit predicts.
load common

# rows: writes rows.csv, 100 rows of three features, a number, a count, two classes and three.
rows() {
	awk 'BEGIN {
		srand(2); print "a,b,c,number,count,share,two,three"
		for (i = 0; i < 100; i++) {
			a = 4 * rand() - 2; b = 1000 + 300 * rand(); c = rand()
			two = a + c > 0 ? "yes" : "no"
			print a "," b "," c "," 2 * a - b / 100 + c "," int(5 * c) "," c * c "," two "," \
				(a < -1 ? "low" : a < 1 ? "\"mid, \"\"dle\"\"??/\"" : "high")
		}
	}' >rows.csv
}

# made NAME TARGET OPTIONS...: trains the model NAME on rows.csv, exports it as NAME.onnx and NAME.c, and predicts NAME.csv.
made() {
	"$GPUFIT" -q --engine reference --features 1-3 --target "$2" --standardize --epochs 20 "${@:3}" -o "$1.st" \
		--export "$1.onnx" rows.csv >"$1.txt" || return
	grep -qx "exported $1.onnx" "$1.txt" || return
	"$GPUFIT" show --json --export "$1.c" "$1.st" >"$1.json" || return
	"$GPUFIT" predict -q --engine reference -m "$1.st" -o "$1.csv" rows.csv
}

@test "onnxruntime predicts the same within the bound of sums, for each loss and activation" {
	python=${GPUFIT_PYTHON:-python3}
	"$python" -c "import onnxruntime" 2>/dev/null || skip "no onnxruntime in $python; set GPUFIT_PYTHON"
	rows
	names=()
	for loss in mse l1 smooth_l1 huber epsilon_insensitive quantile; do
		made $loss number --loss $loss
		names+=($loss)
	done
	for loss in poisson tweedie gamma; do
		made $loss "$([ $loss = gamma ] && echo share || echo count)" --loss $loss
		names+=($loss)
	done
	made two number,count --hidden 5
	for loss in bce hinge squared_hinge cross_entropy; do
		made $loss two --loss $loss
	done
	made share share --loss bce --hidden 4
	for activation in relu tanh sigmoid gelu gelu_tanh leaky_relu silu; do
		made $activation three --loss cross_entropy --hidden 300,9 --activation $activation
		names+=($activation)
	done
	run "$python" "$root/tests/cli/onnx_check.py" rows.csv "${names[@]}" two bce hinge squared_hinge cross_entropy share
	same "$status" 0 || { echo "$output"; return 1; }
	same "${#lines[@]}" 22
}

# The rows of a CSV file on standard input through an exported model: a prediction a line, as predict prints it.
driver() {
	cat <<-'C'
		#include <stdio.h>
		#define JOIN_(a, b) a##b
		#define JOIN(a, b) JOIN_(a, b)
		#ifdef CLASSES
		int JOIN(MODEL, _predict)(const float *x, float *z);
		extern const char *const JOIN(MODEL, _classes)[];
		#else
		void JOIN(MODEL, _predict)(const float *x, float *y);
		#endif
		int main(void)
		{
			float x[FEATURES + 1], z[16];
			int j;
			while (scanf("%f", x) == 1) {
				for (j = 1; j < FEATURES; j++)
					if (scanf(",%f", x + j) != 1)
						return 1;
				scanf("%*[^\n]");
		#ifdef CLASSES
				puts(JOIN(MODEL, _classes)[JOIN(MODEL, _predict)(x, z)]);
		#else
				JOIN(MODEL, _predict)(x, z);
				printf("%.9g\n", z[0]);
		#endif
			}
			return 0;
		}
	C
}

# predicts NAME FEATURES DATA [-DCLASSES]: compiles NAME.c with a compiler that must find nothing, and compares the predictions
# of the rows of DATA with NAME.csv
predicts() {
	driver >driver.c
	for cc in "${GPUFIT_CC:-cc}" clang; do
		command -v "${cc%% *}" >/dev/null || continue
		$cc -std=c99 -O2 -ffp-contract=off -Wall -Wextra -Wpedantic -Werror -c "$1.c" || return
		$cc -O2 "-DMODEL=$1" "-DFEATURES=$2" "${@:4}" -o driver driver.c "$1.o" -lm || return
		sed 1d "$3" | ./driver >found || return
		sed '1d; s/^"\(.*\)"$/\1/; s/""/"/g' "$1.csv" | diff - found || return
	done
}

@test "C predicts the same: numbers to the bit, and the names of classes" {
	rows
	made plane number
	"$GPUFIT" predict -q -m plane.st -o plane.csv rows.csv
	predicts plane 3 rows.csv
	made words three --loss cross_entropy --hidden 300,9 --activation gelu
	predicts words 3 rows.csv -DCLASSES
	made sides two --loss hinge
	predicts sides 3 rows.csv -DCLASSES
}

# The prediction of a row is exp z or 1 / (1 + exp(-z)) in double, rounded to a float in C; z of the reference differs by the
# rounding of sums.
@test "C predicts means of counts and shares" {
	rows
	for mean in count share; do
		made $mean $mean --loss "$([ $mean = count ] && echo poisson || echo bce)"
		predicts $mean 3 rows.csv >differences || true
		sed 1d $mean.csv | paste -d , - found | awk -F , '
			{ off = $1 - $2; if (off < 0) off = -off }
			!(off <= 1e-6 * $1) { print; bad = 1 }
			END { exit bad || NR != 100 }'
	done
}

@test "a name that says no format is refused, and so is a file that is read or written twice" {
	refuses "--export: wanted a file whose name ends in .onnx or .c, found \"m.txt\"" --export m.txt
	refuses "--output and --export name the same file" -o m.c --export m.c
	"$GPUFIT" -q --epochs 1 -o m.c
	refuses "--export would write over MODEL, 'm.c'" show --export m.c m.c
	fails 73 "none/m.c: cannot create: No such file or directory" --export none/m.c
}

@test "a network whose file does not name its activation is exported with --activation" {
	"$GPUFIT" -q --engine reference --hidden 3 --epochs 1 --activation tanh -o named.st --export named.c
	header=$(head -c 8 named.st | od -An -tu8 | tr -d ' ')
	without=$(tail -c +9 named.st | head -c "$header" | jq -c 'del(.__metadata__)')
	# The same tensors with a header that has their names alone.
	{
		printf "\\x$(printf %02x ${#without} | tail -c 2)\\x$(printf %02x $((${#without} >> 8)))\\0\\0\\0\\0\\0\\0"
		printf %s "$without"
		tail -c "+$((9 + header))" named.st
	} >plain.st
	fails 64 "plain.st does not name the activation after its hidden layers; wanted: --activation WORD" \
		show --export plain.c plain.st
	gpufit show --activation tanh --export plain.c plain.st
	diff <(grep -v '^ \*' named.c | sed s/named/plain/) <(grep -v '^ \*' plain.c)
}

@test "what becomes of words is said not to be in an exported model" {
	csv 'color,size,y\nred,1,2\nblue,2,3\nred,3,4\n'
	gpufit --engine reference --no-progress --one-hot color --epochs 1 --export m.c data.csv
	same "$stderr" "gpufit: m.c takes the 3 features as numbers: only the model's own file turns words and \
missing values into numbers"
	grep -q 'x\[0\].*color=blue' m.c
}

@test "the report says what was exported" {
	gpufit -q --json --epochs 1 --export m.onnx
	same "$(value .exported)" m.onnx
	gpufit -q --epochs 1 --export m.c
	grep -qx "exported m.c" <<<"$output"
}
