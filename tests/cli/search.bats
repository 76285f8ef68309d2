#!/usr/bin/env bats
# search.bats: --folds, --sweep and --path train many times on one reading of the data.
load common

iris=$root/data/iris.csv
softmax=(--loss cross_entropy --standardize --epochs 100)

@test "with momentum the l1 penalty is the same: the training ends at the same loss and with the same zeros" {
	for momentum in 0 0.9 "0.9 --nesterov" "0.9 --dampening 0.5"; do
		# shellcheck disable=SC2086
		gpufit "$root/data/nist/Longley.csv" --target y --standardize --l1 100 --lr auto --epochs 40000 --momentum $momentum --json
		near "$(jq .loss <<<"$output")" 219095 1e-5
		same "$(jq -c '[.weight[0][] | . != 0]' <<<"$output")" "[false,true,true,true,false,false]"
	done
}

@test "folds print a line each, their mean and their deviation" {
	gpufit "$iris" "${softmax[@]}" --folds 3
	[[ $output = *$'\nfolds    3, each with its share of each class\n'* ]]
	grep -qE '^fold +train  held out  epochs +loss +val loss +accuracy +val accuracy$' <<<"$output"
	same "$(grep -cE '^[123] +100 +50 +100 +0\.[0-9]+ ' <<<"$output")" 3
	grep -qE '^mean +0\.[0-9]+ ' <<<"$output"
	grep -qE '^deviation +0\.[0-9]+ ' <<<"$output"
}

@test "the JSON of folds has each of them, and their means" {
	gpufit "$iris" "${softmax[@]}" --folds 3 --json
	same "$(value '[.folds, .rows, .best, .status, (.runs | length), (.runs[0].folds | length)] | tostring')" '[3,150,0,"done",1,3]'
	same "$(value '[.runs[0].folds[] | .train_rows, .val_rows] | tostring')" '[100,50,100,50,100,50]'
	near "$(value '.runs[0].val_loss')" "$(value '[.runs[0].folds[].val_loss] | add / 3')" 1e-7
	near "$(value '.runs[0].val_accuracy')" "$(value '[.runs[0].folds[].val_accuracy] | add / 3')" 1e-7
}

# The first three points make a fold each: the others train, and 1.5 is the mean of 1 and 2.
@test "a fold of one row has the training of the other rows" {
	csv 'x,y\n1,1\n2,2\n4,4\n' line.csv
	gpufit line.csv --init zeros --lr 0.01 --epochs 3 --folds 3 --json
	folds=$output
	for rows in '1,1\n2,2\n' '1,1\n4,4\n' '2,2\n4,4\n'; do
		csv "x,y\n$rows" two.csv
		gpufit two.csv --init zeros --lr 0.01 --epochs 3 --json
		loss=$(value .loss)
		output=$folds
		value '.runs[0].folds[].loss' | grep -qxF "$loss"
	done
}

@test "a sweep trains with all combinations and marks the best" {
	gpufit "$iris" "${softmax[@]}" --validation 0.2 --sweep lr=0.1,1 --sweep l2=0,0.5 --json
	same "$(value '[.runs[].options] | tostring')" '[{"lr":0.1,"l2":0},{"lr":0.1,"l2":0.5},{"lr":1,"l2":0},{"lr":1,"l2":0.5}]'
	same "$(value '.best == ([.runs[].val_loss] | index(min))')" true
	sweep=$output
	gpufit "$iris" "${softmax[@]}" --validation 0.2 --lr 0.1 --l2 0.5 --json
	same "$(jq '.runs[1] | [.loss, .val_loss, .accuracy, .val_accuracy]' <<<"$sweep")" "$(jq '[.loss, .val_loss, .accuracy, .val_accuracy]' <<<"$output")"
	gpufit "$iris" "${softmax[@]}" --sweep lr=0.1,auto,1e-3
	same "$(grep -cE ' best$' <<<"$output")" 1
	grep -qE '^ *auto .* best$' <<<"$output"
}

@test "a sweep saves the model of the best, and folds one of all rows" {
	gpufit "$iris" "${softmax[@]}" --sweep lr=0.1,1 -o best.st
	[[ $output = *$'\nmodel    the best\nsaved    best.st' ]]
	gpufit "$iris" "${softmax[@]}" --lr 1 -o wanted.st
	cmp best.st wanted.st
	gpufit "$iris" "${softmax[@]}" --folds 2 --sweep lr=0.1,1 -o all.st
	[[ $output = *$'\nmodel    the best, trained on all 150 rows\nsaved    all.st' ]]
	cmp all.st wanted.st
}

@test "a training that diverges is a line of the table, and all of them a failure" {
	gpufit --sweep lr=0.01,10
	grep -qE '^10 +diverged$' <<<"${output// 0.01/}"
	[[ $stderr = "gpufit: lr 10: training diverged: "* ]]
	run --separate-stderr "$GPUFIT" --sweep lr=10,20 --json
	same "$status" 1
	[[ $stderr = "gpufit: all 2 configurations diverged; the first: training diverged: "* ]]
	same "$(value '[.status, .best, [.runs[].status]] | tostring')" '["diverged",null,["diverged","diverged"]]'
}

@test "the seed of each run of the built-in points is its own" {
	gpufit --sweep seed=1,2 --epochs 0 --json
	sweep=$output
	gpufit --seed 2 --epochs 0 --json
	same "$(jq '.runs[1].loss' <<<"$sweep")" "$(jq .loss <<<"$output")"
}

@test "what cannot be swept is refused, with what can" {
	refuses "--sweep: wanted NAME=VALUE,VALUE,..., as in lr=0.1,0.01, found 'lr'" --sweep lr
	refuses "--sweep: lr: wanted a number above 0 that a float can hold, or auto, found '-1'" --sweep lr=0.1,-1
	refuses "--sweep: --lr has a value already" --lr 0.1 --sweep lr=0.1
	refuses "--sweep: lr is there twice" --sweep lr=0.1 --sweep lr=0.2
	refuses "--momentum has a meaning with --optimizer sgd or rmsprop, not with adam" --optimizer adam --sweep momentum=0,0.9
	fails_with "--sweep: 'skip-lines' changes how DATA is read, which happens once; wanted: one of " --sweep skip-lines=1,2 "$iris"
	fails_with "--sweep: 'loss' does not take one number of the training; wanted: one of " --sweep loss=mse,l1
	fails_with "--sweep: 'learning' is no option; wanted: one of " --sweep learning=1
	[[ $stderr = *"lr, momentum, "* ]]
}

# fails_with BEGINNING ARGUMENTS...: the command line is refused, and the message begins so.
fails_with() {
	local message=$1
	shift
	run --separate-stderr "$GPUFIT" "$@"
	same "$status" 64 && [[ $stderr = "gpufit: $message"* ]]
}

@test "options of one training are refused with many, with the reason" {
	refuses "--folds and --validation contradict each other: each fold validates in its turn" --folds 2 --validation 0.5
	refuses "--folds: wanted a whole number, 2 or above, found '1'" --folds 1
	refuses "--sweep and --log contradict each other: a log has the epochs of one training" --sweep lr=1,2 --log log
	refuses "--sweep and --emit-pytorch contradict each other: the script has one training" --sweep lr=1,2 --emit-pytorch script.py
	refuses "--path and --sweep contradict each other: a path is a sweep of its penalty" --path l1 --sweep lr=1,2
	refuses "--path with --output needs --folds K, which choose the penalty" --path l1 -o model.st
	fails 64 "folds is 8; wanted: at least 2, and at most the rows, which are 7 (of up to 4294967295)" --folds 8
}

# Records of scikit-learn: the penalties are the same numbers, the same weights are 0, and the others are within the bound of
# the record (tests/sklearn/path.py) for a slope of the tolerance, 1e-5 of the largest l1 (a hundredth of the largest l2), and of
# what the record left.  The curvature of a logistic loss changes on the way: twice the bound.
same_path() {
	local name=$1 times=$2
	shift 2
	gpufit "$@" --standardize --path-points 6 --json
	jq -r --argjson found "$output" --arg name "$name" --argjson times "$times" '
		.[$name] | (.[0].penalty * 1e-5 * $times) as $tolerance | [., $found.points[:length]] | transpose[] |
		. as [$want, $got] | (2 * ($tolerance + $want.left)) as $slope |
		[$want.penalty == $got.penalty, $got.converged,
		([$want.weight | flatten[] | . != 0] == [$got.weight | flatten[] | . != 0]),
		([[$want.weight, $got.weight] | map(flatten) | transpose[] | (.[0] - .[1] | fabs) <= $slope * $want.weight_bound + 1e-6] | all),
		([[$want.bias, $got.bias] | transpose[] | (.[0] - .[1] | fabs) <= $slope * $want.bias_bound + 1e-6] | all)] |
		tostring' "$root/tests/sklearn/path.json" >compared
	[ "$(wc -l <compared)" -ge 3 ]
	run grep -vx '\[true,true,true,true,true\]' compared
	same "$output" ""
}

@test "a path of l1 is that of scikit-learn's Lasso" {
	same_path lasso 1 "$iris" --exclude species --target petal_width --path l1
}

@test "a path of l2 is that of scikit-learn's Ridge" {
	same_path ridge 0.01 "$iris" --exclude species --target petal_width --path l2
}

@test "paths of classes are those of scikit-learn's LogisticRegression" {
	grep -v setosa "$iris" >two.csv
	same_path logistic 1 two.csv --loss bce --path l1 --epochs 10000
	same_path softmax 1 "$iris" --loss cross_entropy --path l1 --epochs 10000
}

@test "a penalty of the table goes to the same minimum by itself" {
	gpufit "$iris" --exclude species --target petal_width --standardize --path l1 --path-points 6 --json
	path=$output
	gpufit "$iris" --exclude species --target petal_width --standardize --lr auto --l1 "$(value '.points[2].penalty')" --tolerance 1e-5 --json
	near "$(value .loss)" "$(jq '.points[2].loss' <<<"$path")" 1e-4
}

@test "folds mark the best penalty and the largest within a standard error, and save the best" {
	gpufit "$iris" --exclude species --target petal_width --standardize --path l1 --path-points 12 --folds 5 -o path.st
	same "$(grep -cE '(best|1 se)$' <<<"$output")" 2
	grep -qE '^ *l1  nonzero  epochs +loss  explained +val loss  \+-$' <<<"$output"
	gpufit show path.st
	[[ $output = *"petal_length"* ]]
}

@test "a path without epochs enough says so" {
	gpufit "$iris" --loss cross_entropy --path l1 --path-points 5 --epochs 3
	grep -qE 'not converged$' <<<"$output"
	[[ $stderr = "gpufit: the trainings of "[1-4]" of 5 penalties did not converge in 3 epochs each: more --epochs, or --standardize, may help" ]]
}

@test "an interrupt ends a sweep with what is done" {
	plane 20000
	env --default-signal=INT "$GPUFIT" plane.csv -q --sweep seed="$(seq -s, 1 2000)" --epochs 200 --check off --json >out 2>err 3>&- &
	program=$!
	sleep 2
	kill -s INT $program
	code=0
	wait $program || code=$?
	same "$code" 130
	grep -qE '^gpufit: interrupted after [0-9]+ of 2000 trainings$' err
	output=$(cat out)
	same "$(value .status)" interrupted
	same "gpufit: interrupted after $(value '[.runs[] | select(.status == "done")] | length') of 2000 trainings" "$(cat err)"
}
