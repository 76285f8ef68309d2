load common

# Wanted numbers are by torch 2.15.0 on a CPU.  It adds in another order: losses differ by up to 1e-5
# of themselves, and parameters by 1e-4 after some hundred steps.

# Writes sixty rows of three kinds, with 3 features.
flowers() {
	awk 'BEGIN {
		split("virginica setosa versicolor", name, " "); print "length,width,leaf,kind"
		for (i = 0; i < 60; i++) {
			c = i % 3
			printf "%.1f,%.1f,%.1f,%s\n", 3 + c + i * 7 % 11 / 10, 5 - c + i * 5 % 13 / 10,
				1 + i * 3 % 17 / 10, name[c + 1]
		}
	}' >iris.csv
}

# The part of a report that does not depend on how long the run took, or on how much of it was checked.
final() {
	jq -S 'del(.train_seconds, .load_seconds, .saved, .gradient_first, .checked, .unchecked, .worst_check)' <<<"$output"
}

# of FILTER EPOCH: applies the filter to that line of run.jsonl
of() {
	sed -n "$(($2 + 1))p" run.jsonl | jq "$1"
}

# improves ARGUMENTS...: training on data.csv reduces the loss, and engine reference ends at the same one
improves() {
	local loss
	gpufit -q --json --epochs 60 -o m.st "$@" data.csv
	same "$(value '.status, (.loss < .first_loss)' | xargs)" "done true" || return
	loss=$(value .loss)
	gpufit -q --json --epochs 60 --engine reference "$@" data.csv
	near "$(value .loss)" "$loss" 1e-4
}

@test "a classifier trains as the same script in PyTorch does" {
	flowers
	# manual_seed(7); random_split([0.8, 0.2]); Linear(3, 3); Adam(); DataLoader(batch_size=16, shuffle=True)
	gpufit train iris.csv --loss cross_entropy --batch-size 16 --shuffle --seed 7 --optimizer adam --validation 0.2 --patience 10 \
		-q --json --log run.jsonl -o iris.safetensors
	while read -r epoch loss val_loss; do
		near "$(of .loss $epoch)" "$loss" 1e-5
		near "$(of .val_loss $epoch)" "$val_loss" 1e-5
	done <<-END
		0 2.00967888 1.32151902
		1 1.96827785 1.2969712
		2 1.92775607 1.27301943
		30 1.17789682 0.933791101
	END
	same "$(value '[.rows, .train_rows, .val_rows, .features, .outputs, .status] | tostring')" '[60,48,12,3,3,"done"]'
	same "$(value '.classes | join(" ")')" "setosa versicolor virginica"
	same "$(value '[.epochs, .steps, .best_epoch, .stopped_early] | tostring')" "[44,132,33,true]"
	near "$(value .lr)" 0.001 1e-7
	near "$(value .loss)" 1.13512278 1e-5
	near "$(value .val_loss)" 0.931319058 1e-5
	near "$(value '.weight[0][0]')" 0.170146644115448 1e-4
	near "$(value '.weight[2][2]')" -0.16484466195106506 1e-4
	near "$(value '.bias[1]')" 0.40607866644859314 1e-4
	same "$(jq -c keys_unsorted run.jsonl | uniq)" '["epoch","loss","val_loss","lr"]'
	same "$(wc -l <run.jsonl)" 44
}

@test "a trained classifier predicts and is evaluated by the names of its classes" {
	flowers
	gpufit -q iris.csv --loss cross_entropy --batch-size 16 --shuffle --seed 7 --optimizer adam --lr 0.05 --epochs 200 --validation 0.2 -o m.st
	gpufit predict -m m.st iris.csv
	same "${lines[0]}" prediction
	diff <(cut -d, -f4 iris.csv | tail -n +2) <(tail -n +2 <<<"$output")
	gpufit evaluate --json -m m.st iris.csv
	same "$(value .accuracy)" 1
	gpufit show --json m.st
	same "$(value .loss)" cross_entropy
}

@test "the report names the validation rows, the classes and the results" {
	flowers
	gpufit -q iris.csv --loss cross_entropy --batch-size 16 --epochs 5 --validation 0.2
	grep -qx 'rows     48 train, 12 validate' <<<"$output"
	grep -qx 'classes  setosa, versicolor, virginica' <<<"$output"
	grep -qxE 'epochs   5 in .*, best epoch [0-4]' <<<"$output"
	grep -qx 'steps    15, lr 0.01' <<<"$output"
	grep -qxE 'val loss [0-9.]+' <<<"$output"
	grep -qxE ' +setosa +versicolor +virginica *' <<<"$output"
}

@test "kernels that are compiled without optimisation give the same bits" {
	for options in "--optimizer adam" "--hidden 16 --activation tanh --lr 0.05"; do
		# shellcheck disable=SC2086 # words
		POCL_EXTRA_BUILD_FLAGS='' gpufit -q --epochs 300 $options -o optimised.st
		# shellcheck disable=SC2086 # words
		POCL_EXTRA_BUILD_FLAGS=-cl-opt-disable gpufit -q --epochs 300 $options -o plain.st
		cmp optimised.st plain.st
	done
}

@test "each loss of numbers trains, and the model has it" {
	csv 'a,b,y\n1,5,2\n2,3,3\n3,8,7\n4,1,5\n5,9,11\n6,2,8\n'
	for loss in mse l1 "smooth_l1 --beta 0.5" "huber --delta 2" poisson "epsilon_insensitive --epsilon 0.2" "quantile --quantile 0.8" gamma "tweedie --power 1.3"; do
		# shellcheck disable=SC2086 # words
		improves --loss $loss --standardize --seed 1
		gpufit show --json m.st
		same "$(value .loss)" "${loss%% *}"
	done
}

@test "each loss of classes trains, on words and on numbers" {
	csv 'a,b,y\n1,5,no\n2,3,no\n3,8,yes\n4,1,no\n5,9,yes\n6,7,yes\n'
	for loss in bce "bce --class-weight balanced" hinge squared_hinge cross_entropy "cross_entropy --label-smoothing 0.1"; do
		# shellcheck disable=SC2086
		improves --loss $loss --standardize
		same "$(value '.classes | join(" ")')" "no yes"
	done
	gpufit -q --json --epochs 60 --loss bce data.csv
	wanted=$(value .weight)
	sed -i 's/no$/0/; s/yes$/1/' data.csv
	gpufit -q --json --epochs 60 --loss bce data.csv
	same "$(value .weight)" "$wanted"
}

@test "each optimizer trains, with its options" {
	csv 'a,b,y\n1,5,2\n2,3,3\n3,8,7\n4,1,5\n5,9,11\n6,2,8\n'
	for optimizer in "sgd --momentum 0.9" "sgd --momentum 0.9 --nesterov" "sgd --momentum 0.5 --dampening 0.3 --weight-decay 0.01" \
		"adam --betas 0.8,0.99" "adam --amsgrad --eps 1e-6" adamw rmsprop "rmsprop --centered --alpha 0.9 --momentum 0.5" "adagrad --lr-decay 0.01"; do
		# shellcheck disable=SC2086
		improves --optimizer $optimizer --standardize --batch-size 4
	done
}

@test "momentum adds earlier gradients" {
	gpufit -q --epochs 3 --momentum 0.9 --log-params --log run.jsonl
	gradient=$(of '.grad_weight[0][0]' 1) before=$(of '.grad_weight[0][0]' 0) weight=$(of '.weight[0][0]' 1)
	near "$(of '.weight[0][0]' 2)" "$(jq -n "$weight - 0.01 * (0.9 * $before + $gradient)")" 1e-6
}

@test "averaging gives the mean of the parameters after each step" {
	gpufit -q --epochs 4 --log-params --log run.jsonl
	wanted=$(jq -s '[.[1:][].weight[0][0]] | add / 3' run.jsonl)
	gpufit -q --epochs 3 --average --json
	near "$(value '.weight[0][0]')" "$wanted" 1e-6
}

@test "l1 makes weights exactly 0, and l2 makes them smaller" {
	csv 'a,b,y\n1,1,2.1\n-1,1,-1.9\n1,-1,1.9\n-1,-1,-2.1\n'
	# mean (w x - y)^2 = (wa - 2)^2 + (wb - 0.1)^2 here, so l1 takes l1 / 2 off each, and l2 makes it 2 / (2 + l2) of it
	gpufit -q --json --epochs 200 --lr 0.1 --l1 0.5 data.csv
	near "$(value '.weight[0][0]')" 1.75 1e-5
	same "$(value '.weight[0][1]')" 0
	gpufit -q --json --epochs 200 --lr 0.1 --l2 1 data.csv
	near "$(value '.weight[0][0]')" 1.33333333 1e-5
	near "$(value '.weight[0][1]')" 0.0666666667 1e-5
}

@test "standardized features train where others diverge, and the model takes the original ones" {
	csv 'x,y\n100,4\n200,5\n300,6\n400,7\n'
	run "$GPUFIT" -q --epochs 500 --lr 0.1 data.csv
	same "$status" 1
	gpufit -q --json --epochs 500 --lr 0.1 --standardize -o m.st data.csv
	near "$(value '.weight[0][0]')" 0.01 1e-5
	near "$(value '.bias[0]')" 3 1e-5
	gpufit evaluate --json -m m.st data.csv
	same "$(value '.mse < 1e-8')" true
}

@test "with no-bias the model has no bias" {
	csv 'x,y\n1,2\n2,4\n3,7\n'
	gpufit -q --json --epochs 200 --lr 0.05 --no-bias -o m.st data.csv
	near "$(value '.weight[0][0]')" 2.21428571 1e-6
	same "$(value '.bias | tostring')" "[0]"
	gpufit show m.st
	! grep -q "^bias" <<<"$output"
	gpufit predict -m m.st data.csv
	near "${lines[1]}" 2.21428571 1e-6
}

@test "a training may start from a model" {
	gpufit -q --json --epochs 20
	wanted=$(value '.weight, .bias, .loss' | xargs)
	gpufit -q --epochs 10 -o half.st
	gpufit -q --json --epochs 10 --init half.st
	same "$(value '.weight, .bias, .loss' | xargs)" "$wanted"
	gpufit -q --json --epochs 10
	wanted=$(value .weight)
	gpufit -q --json --epochs 0 --init ./half.st
	same "$(value .weight)" "$wanted"
}

@test "a gradient is clipped by value and by norm" {
	# The notebook's start; the first gradient is far beyond 1, and negative.
	gpufit -q --json --epochs 1 --clip-value 1
	near "$(value '.weight[0][0]')" 0.45418656826 1e-6
	near "$(value '.bias[0]')" 0.5252027606964111 1e-6
	gpufit -q --json --epochs 1 --clip-norm 1
	near "$(value '(.weight[0][0] - 0.44418656826 | . * .) + (.bias[0] - 0.5152027606964111 | . * .)')" 1e-4 1e-4
}

@test "a gradient is clipped by its norm even if its squares overflow" {
	# Gradients of about 2e21.  A step of sgd is then 0.1 long, nearly all of it the weight's.
	printf 'x,y\n-3e10,0\n-2e10,1e10\n0,3e10\n1e10,4e10\n4e10,7e10\n' >data.csv
	for engine in resident streaming moments; do
		gpufit -q --json --engine $engine --clip-norm 1 --lr 0.1 --epochs 7 --init zeros --check every data.csv
		near "$(value '.weight[0][0]')" 0.7 1e-5
		same "$(value '[.checked, .worst_check < 1] | tostring')" '[7,true]'
	done
	gpufit -q --json --engine reference --clip-norm 1 --lr 0.1 --epochs 7 --init zeros data.csv
	near "$(value '.weight[0][0]')" 0.7 1e-5
}

@test "the learning rate follows its schedule and its warm-up" {
	gpufit -q --epochs 6 --schedule step:step_size=2,gamma=0.5 --log run.jsonl
	same "$(jq -s 'map(.lr * 1e4 | round) | tostring' -r run.jsonl)" "[100,100,50,50,25,25]"
	gpufit -q --epochs 6 --warmup 4 --log run.jsonl
	same "$(jq -s 'map(.lr * 1e4 | round) | tostring' -r run.jsonl)" "[25,50,75,100,100,100]"
	gpufit -q --epochs 3 --schedule exponential:gamma=0.1 --schedule-per step --log run.jsonl
	same "$(jq -s 'map(.lr * 1e6 | round) | tostring' -r run.jsonl)" "[10000,1000,100]"
}

@test "a schedule that cannot be read is refused" {
	for schedule in step step: step:step_size step:step_size=0 step:gamma=2,t_max=3 multistep:milestones=a exponential:gamma=x cosine:t_max=-1; do
		run --separate-stderr "$GPUFIT" --schedule $schedule missing.csv
		same "$status" 64
		[[ $stderr = "gpufit: schedule ${schedule%%:*}: "* ]]
	done
}

@test "the learning rate auto is 1 / the largest curvature" {
	# mean squared error of the built-in points, by their 2 x 2 matrix
	gpufit -q --json --lr auto
	near "$(value .lr)" 0.0661145038749504 1e-3
	same "$(value '.loss < .first_loss')" true
}

@test "a last batch that is not full is dropped on request" {
	flowers
	gpufit -q --json --loss cross_entropy --epochs 3 --batch-size 16 iris.csv
	same "$(value .steps)" 12
	gpufit -q --json --loss cross_entropy --epochs 3 --batch-size 16 --drop-last iris.csv
	same "$(value .steps)" 9
	gpufit -q --json --loss cross_entropy --epochs 3 --batch-size full iris.csv
	same "$(value .steps)" 3
}

@test "training ends when the loss improves by too little" {
	gpufit -q --json --patience 3 --min-delta 1000
	same "$(value '[.epochs, .best_epoch, .stopped_early] | tostring')" "[4,0,true]"
	gpufit -q --json --epochs 5 --patience 100
	same "$(value '[.epochs, .best_epoch, .stopped_early] | tostring')" "[5,4,false]"
}

@test "a second file may validate" {
	csv 'x,y\n1,1\n2,4\n3,9\n'
	csv 'x,y\n1.5,2\n2.5,6\n' other.csv
	gpufit -q --json --epochs 10 --log run.jsonl --validation other.csv data.csv
	same "$(value '[.rows, .train_rows, .val_rows] | tostring')" "[3,3,2]"
	near "$(value .val_loss)" "$(jq -s 'map(.val_loss) | min' run.jsonl)" 1e-6
	csv 'z,y\n1.5,3\n' other.csv
	run "$GPUFIT" -q --validation other.csv data.csv
	same "$status" 65
}

@test "sample weights of 1 and balanced weights of equal classes change nothing" {
	csv 'x,w,y\n1,1,no\n2,1,yes\n4,1,yes\n3,1,no\n'
	gpufit -q --json --epochs 20 --loss bce --features x data.csv
	wanted=$(value '.weight, .loss' | xargs)
	gpufit -q --json --epochs 20 --loss bce --features x --sample-weight w data.csv
	same "$(value '.weight, .loss' | xargs)" "$wanted"
	gpufit -q --json --epochs 20 --loss bce --features x --class-weight balanced data.csv
	same "$(value '.weight, .loss' | xargs)" "$wanted"
	sed -i 's/^4,1/4,3/' data.csv
	gpufit -q --json --epochs 20 --loss bce --sample-weight w data.csv
	same "$(value .features)" 1
	[ "$(value '.weight, .loss' | xargs)" != "$wanted" ]
}

@test "weights of classes by name train as balanced ones of the same numbers, and are checked on a resumed training" {
	local list='no=2,"yes, sir"=0.66666666666666663'
	csv 'x,y\n1,no\n2,"yes, sir"\n4,"yes, sir"\n3,"yes, sir"\n'
	gpufit -q --json --epochs 20 --loss cross_entropy --class-weight balanced data.csv
	wanted=$(value '.weight, .loss' | xargs)
	gpufit -q --json --epochs 20 --loss cross_entropy --class-weight "$list" --checkpoint c data.csv
	same "$(value '.weight, .loss' | xargs)" "$wanted"
	fails 65 "c: the checkpoint was made with class_weight $list; this training has class_weight no=3" --epochs 30 --loss cross_entropy --class-weight no=3 --resume c data.csv
	fails 64 'class_weight: there is no class "yes"; the classes are "no", "yes, sir"' --loss bce --class-weight yes=2 data.csv
}

@test "missing values are an error, are left out and counted, or become the mean" {
	csv 'x,y\n1,2\n,3\n3,6\n'
	run --separate-stderr "$GPUFIT" --epochs 1 data.csv
	same "$status" 65
	[[ $stderr = "gpufit: data.csv:3: "* ]]
	gpufit --json --epochs 1 --no-progress --missing drop data.csv
	same "$(value .rows)" 2
	same "$stderr" "gpufit: data.csv: left out 1 row with missing values"
	gpufit -q --json --epochs 1 --missing drop data.csv
	same "$stderr" ""
	gpufit -q --json --epochs 1 --missing mean -o m.st data.csv
	same "$(value .rows)" 3
	gpufit predict -m m.st data.csv
	same "${#lines[@]}" 4
}

@test "words become features on request, and are an error otherwise" {
	csv 'color,x,y\nred,1,2\nblue,2,3\nred,3,4\n'
	run "$GPUFIT" data.csv
	same "$status" 65
	gpufit -q --json --epochs 5 --one-hot color -o m.st data.csv
	same "$(value .features)" 3
	csv 'x,color\n5,blue\n6,red\n' new.csv
	gpufit predict -m m.st new.csv
	same "${#lines[@]}" 3
}

@test "labels in a second file train as those in the last column" {
	csv 'a,b,y\n1,2,3\n2,1,5\n4,3,4\n'
	gpufit -q --json --epochs 9 data.csv
	wanted=$(value '.weight, .bias, .loss' | xargs)
	cut -d, -f1,2 data.csv >x.csv
	cut -d, -f3 data.csv >y.csv
	gpufit -q --json --epochs 9 --labels y.csv -o m.st x.csv
	same "$(value '.weight, .bias, .loss' | xargs)" "$wanted"
	gpufit evaluate -m m.st --labels y.csv x.csv
	wanted=$output
	gpufit evaluate -m m.st data.csv
	same "$output" "$wanted"
}

# checkpoint.bats resumes each optimizer without other options.
@test "a resumed run with averages, validation and plateau ends as one without a break" {
	flowers
	for options in "--optimizer adam --average --l1 0.001" "--optimizer adagrad --average --validation 0.2 --patience 50" \
		"--momentum 0.9 --validation 0.2 --patience 50 --schedule plateau:patience=2" \
		"--optimizer rmsprop --average --l1 0.001 --validation 0.2 --schedule plateau:patience=2"; do
		# shellcheck disable=SC2206
		arguments=(-q --json iris.csv --loss cross_entropy --batch-size 16 --shuffle --seed 3 $options)
		gpufit "${arguments[@]}" --epochs 20
		wanted=$(final)
		gpufit "${arguments[@]}" --epochs 9 --checkpoint c
		gpufit "${arguments[@]}" --epochs 20 --resume c --checkpoint c --checkpoint-every 4
		same "$(final)" "$wanted"
	done
}

@test "a checkpoint of other data or options is refused" {
	gpufit -q --epochs 5 --checkpoint c
	run "$GPUFIT" -q --epochs 9 --resume c --optimizer adam
	[ "$status" -ne 0 ]
	csv '1,2\n2,3\n'
	run "$GPUFIT" -q --epochs 9 --resume c data.csv
	[ "$status" -ne 0 ]
	run --separate-stderr "$GPUFIT" -q --resume none
	same "$status" 66
	run --separate-stderr "$GPUFIT" -q --resume data.csv
	same "$status" 65
}
