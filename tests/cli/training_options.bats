load common

# Wrong values of training options, and options that have no effect beside the others.

from_zero="0 or a number above that a float can hold"
above_zero="a number above 0 that a float can hold"

# wants OPTION WANTED VALUE... [-- ARGUMENTS...]: each value is refused with a message that ends in WANTED
wants() {
	local option=$1 wanted=$2 values=()
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		values+=("$1")
		shift
	done
	for value in "${values[@]}"; do
		refuses "--$option: wanted $wanted, found '$value'" "${@:2}" "--$option=$value" || return
	done
}

@test "an impossible number of a loss is refused" {
	wants delta "$above_zero" 0 -1 x nan 1e39 -- --loss huber
	wants beta "$from_zero" -1 x inf 1e-50 -- --loss smooth_l1
	wants epsilon "$from_zero" -0.1 0x1 -- --loss epsilon_insensitive
	wants quantile "a number above 0 and below 1" 0 1 -1 2 x -- --loss quantile
	wants power "a number above 1 and below 2" 1 2 1.00000001 x -- --loss tweedie
	wants label-smoothing "a number from 0 on, below 1" 1 -0.1 x -- --loss cross_entropy
}

@test "an impossible number of an optimizer is refused" {
	wants momentum "$from_zero" -0.9 x
	wants dampening "a number that a float can hold" nan x 1e39 -- --momentum 0.9
	wants weight-decay "$from_zero" -1 x
	wants betas "two numbers from 0 on, below 1, as in 0.9,0.999" 0.9 0.9,1 1,0.9 -1,0.9 0.9,0.99,0.999 , 0.9, ,0.9 x,y -- --optimizer adam
	wants eps "$from_zero" -1e-8 x -- --optimizer adam
	wants alpha "a number from 0 to 1" -0.1 1.1 x -- --optimizer rmsprop
	wants lr-decay "$from_zero" -0.1 x -- --optimizer adagrad
}

@test "an impossible count, penalty or limit is refused" {
	wants warmup "a whole number, 0 or above" -1 1.5 x
	wants batch-size "a whole number above 0, or full" 0 -1 all 1e3
	wants l1 "$from_zero" -1 x
	wants l2 "$from_zero" -1 x
	wants clip-norm "$above_zero" 0 -1 x
	wants clip-value "$above_zero" 0 -1 x
	wants patience "a whole number above 0" 0 -1 x
	wants min-delta "$from_zero" -1 x -- --patience 3
	wants tolerance "$above_zero" 0 -1 x
	wants checkpoint-every "a whole number above 0" 0 -1 x -- --checkpoint c
	wants validation "a number above 0 and below 1, the share of the rows, or a file" 0 1 1.5 -0.2 ''
}

@test "a number of another loss is refused" {
	refuses "--delta has a meaning with --loss huber, not with mse" --delta 1
	refuses "--delta has a meaning with --loss huber, not with smooth_l1" --delta 1 --loss smooth_l1
	refuses "--beta has a meaning with --loss smooth_l1, not with huber" --beta 1 --loss huber
	refuses "--epsilon has a meaning with --loss epsilon_insensitive, not with hinge" --epsilon 1 --loss hinge
	refuses "--quantile has a meaning with --loss quantile, not with l1" --quantile 0.5 --loss l1
	refuses "--power has a meaning with --loss tweedie, not with gamma" --power 1.5 --loss gamma
	refuses "--label-smoothing has a meaning with --loss cross_entropy, not with bce" --label-smoothing 0.1 --loss bce
	refuses "--class-weight has a meaning with --loss bce, cross_entropy, hinge or squared_hinge, not with poisson" --class-weight balanced --loss poisson
}

@test "a number of another optimizer is refused" {
	refuses "--momentum has a meaning with --optimizer sgd or rmsprop, not with adam" --momentum 0.9 --optimizer adam
	refuses "--dampening has a meaning with --optimizer sgd, not with rmsprop" --dampening 0.1 --momentum 0.9 --optimizer rmsprop
	refuses "--nesterov has a meaning with --optimizer sgd, not with rmsprop" --nesterov --momentum 0.9 --optimizer rmsprop
	refuses "--betas has a meaning with --optimizer adam or adamw, not with sgd" --betas 0.9,0.99
	refuses "--eps has a meaning with --optimizer adam, adamw, rmsprop or adagrad, not with sgd" --eps 1e-8
	refuses "--alpha has a meaning with --optimizer rmsprop, not with adamw" --alpha 0.9 --optimizer adamw
	refuses "--centered has a meaning with --optimizer rmsprop, not with adagrad" --centered --optimizer adagrad
	refuses "--amsgrad has a meaning with --optimizer adam or adamw, not with rmsprop" --amsgrad --optimizer rmsprop
	refuses "--lr-decay has a meaning with --optimizer adagrad, not with sgd" --lr-decay 0.1
}

@test "an option that needs another one is refused without it" {
	refuses "--dampening needs --momentum X" --dampening 0.1
	refuses "--nesterov needs --momentum X" --nesterov
	refuses "--schedule-per needs --schedule WORD:..." --schedule-per step
	refuses "--drop-last needs --batch-size N" --drop-last
	refuses "--drop-last has no effect: a batch of all rows leaves no rows over" --drop-last --batch-size full
	refuses "--min-delta needs --patience N" --min-delta 0.1
	refuses "--checkpoint-every needs --checkpoint FILE" --checkpoint-every 5
}

@test "options of columns and of files need DATA" {
	for option in "target 1" "features 1" "labels y.csv" "one-hot 1" "sample-weight w" "missing drop" "header no" "delimiter comma" "decimal ," "comment #" "skip-lines 1" "encoding latin-1" "na NA"; do
		refuses "--${option% *} needs DATA: the built-in points have one feature and one target" --${option% *} ${option#* }
	done
}

@test "options that PyTorch refuses are refused before any data is read" {
	refuses "nesterov momentum requires a momentum and zero dampening" --momentum 0 --nesterov missing.csv
	refuses "nesterov momentum requires a momentum and zero dampening" --momentum 0.9 --dampening 0.1 --nesterov missing.csv
}

@test "standard input cannot be read twice, nor be a checkpoint" {
	refuses "standard input can be read once only" --labels - -
	refuses "standard input can be read once only" --validation - -
	refuses "--resume: wanted a file, found '-'" --resume -
	refuses "--checkpoint: wanted a file, found '-'" --checkpoint -
}

@test "outputs that name the same file are refused" {
	refuses "--log and --checkpoint name the same file" --log x --checkpoint x
	refuses "--output and --checkpoint name the same file" --output x --checkpoint ./y --checkpoint x
}

@test "labels of DATA are no labels of a validation file" {
	csv '1,2\n'
	refuses "--labels has the targets of DATA alone: --validation takes a share of DATA here, not a file" --labels y.csv --validation data.csv data.csv
}

@test "an option that is given twice has its last value" {
	csv '1,2\n'
	wants lr "$above_zero, or auto" x -- --lr auto
	refuses "--init: wanted an existing model file, or the word pytorch, zeros or notebook, found 'none'" --init data.csv --init none
	fails 66 "none.csv: No such file or directory" --validation 0.2 --validation none.csv data.csv
	gpufit -q --json --epochs 0 --init data.csv --init zeros data.csv
	same "$(value '.bias[0]')" 0
}

@test "a file that is no model is refused as a start" {
	csv '1,2\n'
	run --separate-stderr "$GPUFIT" --init data.csv
	same "$status" 65
	[[ $stderr = "gpufit: data.csv: "* ]]
}

@test "a checkpoint that cannot be created is refused before the training" {
	fails 73 "none/c: cannot create: No such file or directory" --checkpoint none/c --epochs 0
}

@test "predict and evaluate refuse training options, and evaluate accepts labels" {
	for command in predict evaluate; do
		refuses "--validation: unknown option" $command --validation 0.2 -m m x
		fails 66 "none: cannot open: No such file or directory" $command --missing drop -m none x
	done
	refuses "--labels: unknown option" predict --labels y -m m x
	fails 66 "none: cannot open: No such file or directory" evaluate --labels y -m none x
}
