load common

# Twelve rows of three kinds, and their numbers.
rows() {
	awk 'BEGIN {
		split("b a c", kind, " "); print "x,z,kind,y"
		for (i = 0; i < 12; i++)
			printf "%.1f,%.1f,%s,%.1f\n", i * 7 % 12 / 4 - 1, i * 5 % 11 / 5 - 1, kind[i % 3 + 1], i * 3 % 7 - 2
	}' >rows.csv
}

# The part of a report that does not depend on how long the run took, or on how much of it was checked.
final() {
	jq -S 'del(.train_seconds, .load_seconds, .saved, .gradient_first, .checked, .unchecked, .worst_check)' <<<"$output"
}

# learns OPTIONS...: a network reduces the loss of rows.csv, each step is checked, and engine reference ends at the same loss
learns() {
	local loss
	gpufit -q --json --epochs 40 --check every "$@" rows.csv
	same "$(value '.status, (.loss < .first_loss), .checked == .steps' | xargs)" "done true true" || return
	loss=$(value .loss)
	gpufit -q --json --epochs 40 --engine reference "$@" rows.csv
	near "$(value .loss)" "$loss" 1e-4
}

@test "a network bends to the seven points, and every epoch is checked" {
	gpufit --hidden 16 --activation tanh --lr 0.05 -q --json
	same "$(value '[.hidden, .activation, .steps, .checked, .unchecked, .status] | tostring')" '[[16],"tanh",5000,5000,0,"done"]'
	same "$(value '.r2 > 0.9995')" true
	# The straight line that fits best has 0.968.
	gpufit --hidden 16 --activation tanh --lr 0.05 -q --json --engine reference
	same "$(value '.r2 > 0.9995')" true
}

@test "each activation trains" {
	rows
	for activation in relu tanh sigmoid gelu gelu_tanh leaky_relu silu; do
		learns --features x,z --target y --hidden 5,4 --activation $activation --optimizer adam --lr 0.02
	done
}

@test "a network takes each loss and each kind of penalty, clipping, batch and validation" {
	rows
	while read -r options; do
		# shellcheck disable=SC2086 # words
		learns --features x,z --hidden 6 --lr 0.05 $options
	done <<-END
		--target kind --loss cross_entropy --class-weight balanced
		--target y --loss huber --delta 0.5 --momentum 0.9 --nesterov
		--target y --loss smooth_l1 --optimizer adamw --weight-decay 0.1
		--target y --clip-norm 0.5 --optimizer rmsprop --centered
		--target y --clip-value 0.1 --optimizer adagrad --lr-decay 0.01
		--target y --l2 0.05 --no-bias --activation silu
		--target y --batch-size 5 --shuffle --drop-last --schedule cosine:t_max=40
		--target y --validation 0.25 --patience 40 --average --standardize
	END
}

@test "the negative slope of leaky_relu counts" {
	rows
	gpufit -q --json --epochs 9 --features x,z --target y --hidden 5 --activation relu rows.csv
	relu=$(value .loss)
	gpufit -q --json --epochs 9 --features x,z --target y --hidden 5 --activation leaky_relu --negative-slope 0 rows.csv
	same "$(value .loss)" "$relu"
	same "$(value .negative_slope)" 0
	gpufit -q --json --epochs 9 --features x,z --target y --hidden 5 --activation leaky_relu rows.csv
	same "$(value '.negative_slope')" 0.01
	[ "$(value .loss)" != "$relu" ]
}

@test "widths that are none are refused by name" {
	wanted="--hidden: wanted 1 to 15 whole numbers above 0, separated by commas, as in 64,32, found"
	refuses "$wanted 'x' in '64,x'" --hidden 64,x
	refuses "$wanted '' in '64,,3'" --hidden 64,,3
	refuses "$wanted '0' in '0,3'" --hidden 0,3
	refuses "$wanted '-3'" --hidden=-3
	refuses "$wanted '1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1'" --hidden 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
	fails 64 "cannot make a model of 1 features, hidden layers 99999999999,99999999999 and 1 outputs" \
		--hidden 99999999999,99999999999
}

@test "options that a network would ignore, or does not have, are refused with the reason" {
	refuses "--activation needs --hidden WIDTHS" --activation tanh
	refuses "--negative-slope needs --hidden WIDTHS" --negative-slope 0.2
	refuses "--negative-slope has a meaning with --activation leaky_relu, not with relu" --hidden 3 --negative-slope 0.2
	refuses "--activation: wanted relu, tanh, sigmoid, gelu, gelu_tanh, leaky_relu or silu, found 'Tanh'" --hidden 3 --activation Tanh
	refuses "init zeros: with parameters of 0 all units of a hidden layer have the same gradient, and stay the same in each step; wanted: init pytorch or a model" \
		--hidden 3 --init zeros
	refuses "init notebook: the notebook's start is for a linear model; wanted: init pytorch or a model" --hidden 3 --init notebook
	refuses "lr auto: the largest curvature of a loss with hidden layers changes with the parameters, so no single lr follows from it; wanted: a number" \
		--hidden 3 --lr auto
	refuses "engine moments: its sums of products give the gradient of a linear model only; wanted: another engine, or no hidden layers" \
		--hidden 3 --engine moments
}

@test "a network gets no advice on lr auto, and no estimate of epochs" {
	gpufit --hidden 4 --lr 0.00001 --epochs 1000 --json
	same "$(value 'has("epochs_needed")')" false
	[[ $stderr = *"did not converge"* ]]
	[[ $stderr != *"lr auto"* ]]
	run --separate-stderr "$GPUFIT" -q --hidden 4 --lr 1e6
	same "$status" 1
	[[ $stderr = *"lr is 1e+06: a smaller one, or --standardize, may help" ]]
}

@test "JSON and the log have the parameters by the names of nn.Sequential" {
	gpufit -q --json --hidden 3,2 --activation silu --epochs 2 --log run.jsonl --log-params
	same "$(value '[.parameters | to_entries[] | [.key, (.value | flatten | length)]] | tostring')" \
		'[["0.weight",3],["0.bias",3],["2.weight",6],["2.bias",2],["4.weight",2],["4.bias",1]]'
	same "$(value 'has("weight") or has("bias")')" false
	same "$(jq -r 'keys_unsorted | join(" ")' run.jsonl | uniq)" "epoch loss lr parameters gradient"
	# The second epoch starts where a step of sgd from the first one ends; floats have 7 digits.
	near "$(jq -s '.[0] | .parameters["2.weight"][1][2] - .lr * .gradient["2.weight"][1][2]' run.jsonl)" \
		"$(jq -s '.[1].parameters["2.weight"][1][2]' run.jsonl)" 1e-6
	near "$(jq -s '.[1] | .parameters["4.bias"][0] - .lr * .gradient["4.bias"][0]' run.jsonl)" "$(value '.parameters["4.bias"][0]')" 1e-6
	gpufit -q --json --hidden 3 --epochs 2 --no-bias
	same "$(value '.parameters | keys | join(" ")')" "0.weight 2.weight"
	gpufit -q --json --hidden 400 --epochs 2
	same "$(value 'has("parameters")')" false
}

@test "the report names the network, and shows the parameters of a small one" {
	gpufit -q --hidden 3 --activation leaky_relu --negative-slope 0.2 --epochs 2
	same "$(grep ^network <<<"$output")" "network  1-3-1, leaky_relu of slope 0.2 below 0, 10 parameters"
	same "$(grep -c '^[02]\.' <<<"$output")" 10
	gpufit -q --hidden 3 --epochs 2 --no-bias
	same "$(grep ^network <<<"$output")" "network  1-3-1, relu, 6 parameters, no bias"
	same "$(grep '^[02]\.' <<<"$output" | tail -1 | cut -d' ' -f1)" "2.weight[0][2]"
	gpufit -q --hidden 16,8 --epochs 2
	same "$(grep ^network <<<"$output")" "network  1-16-8-1, relu, 177 parameters"
	same "$(grep -c '^[024]\.' <<<"$output")" 0
}

@test "a resumed network ends as one without a break, to the bit" {
	rows
	for options in "" "--optimizer adam --amsgrad --l1 0.01" "--momentum 0.9 --batch-size 5 --shuffle --average" \
		"--standardize --validation 0.25 --patience 5 --optimizer adamw"; do
		options="--features x,z --target y --hidden 5,3 --activation gelu --seed 3 $options"
		# shellcheck disable=SC2086 # words
		gpufit -q --json --epochs 7 -o whole.st $options rows.csv
		wanted=$(final)
		# shellcheck disable=SC2086 # words
		gpufit -q --epochs 3 --checkpoint run.ck $options rows.csv
		# shellcheck disable=SC2086 # words
		gpufit -q --json --epochs 7 --resume run.ck -o resumed.st $options rows.csv
		same "$(final)" "$wanted"
		cmp whole.st resumed.st
	done
}

@test "a checkpoint of another network is refused with what differs" {
	gpufit -q --hidden 4,3 --activation leaky_relu --epochs 2 --checkpoint net.ck
	fails 65 "net.ck: the checkpoint was made with hidden 4,3; this training has hidden 4" --hidden 4 --resume net.ck
	fails 65 "net.ck: the checkpoint was made with activation leaky_relu; this training has activation relu" --hidden 4,3 --resume net.ck
	fails 65 "net.ck: the checkpoint was made with negative_slope 0.01; this training has negative_slope 0.2" \
		--hidden 4,3 --activation leaky_relu --negative-slope 0.2 --resume net.ck
	fails 65 "net.ck: the checkpoint was made with hidden 4,3; this training has none" --seed 0 --resume net.ck
	gpufit -q --seed 0 --epochs 2 --checkpoint line.ck
	fails 65 "line.ck: the checkpoint was made without hidden; this training has 4" --hidden 4 --resume line.ck
}

@test "a network starts from a model with the same hidden layers" {
	rows
	gpufit -q --json --features x,z --target y --hidden 5 --activation tanh --epochs 50 --standardize -o m.st rows.csv
	loss=$(value .loss)
	gpufit -q --json --features x,z --target y --hidden 5 --activation tanh --epochs 0 --standardize --init m.st rows.csv
	same "$(value .loss)" "$loss"
	# Without --standardize it starts from the folded form, whose floats differ by their rounding.
	gpufit -q --json --features x,z --target y --hidden 5 --activation tanh --epochs 0 --init m.st rows.csv
	near "$(value .loss)" "$loss" 1e-5
	gpufit -q --json --features x,z --target y --hidden 5 --activation tanh --epochs 9 --standardize --init m.st rows.csv
	same "$(value ".loss < $loss")" true
	fails 65 "init: the model has hidden layers 5 with tanh; this training has 5,5 with tanh" \
		--features x,z --target y --hidden 5,5 --activation tanh --init m.st rows.csv
	fails 65 "init: the model has hidden layers 5 with tanh; this training has 5 with silu" \
		--features x,z --target y --hidden 5 --activation silu --init m.st rows.csv
	fails 65 "init: the model has hidden layers 5 with tanh; this training has none" --features x,z --target y --init m.st rows.csv
}

@test "l1 makes weights of each layer exactly 0 and leaves the biases alone" {
	gpufit -q --json --hidden 4 --activation tanh --lr 0.1 --l1 100 --epochs 200
	same "$(value '[.parameters["0.weight", "2.weight"] | flatten[]] | unique | tostring')" "[0]"
	# What is left is the bias of the output: the mean of the targets.
	near "$(value '.parameters["2.bias"][0]')" 6.70571429 1e-5
	same "$(value '[.parameters["0.bias"][] != 0] | all')" true
}

@test "a standardized network predicts from the data as they are" {
	awk 'BEGIN { print "t,y"; for (i = 0; i < 40; i++) printf "%d,%.6f\n", 1000000 + 8 * i, sin(i / 6) }' >wave.csv
	gpufit -q --json --hidden 8 --activation tanh --standardize --optimizer adam --lr 0.05 --epochs 300 -o m.st wave.csv
	same "$(value '.r2 > 0.9')" true
	loss=$(value .loss)
	gpufit evaluate -m m.st --json wave.csv
	near "$(value .mse)" "$loss" 1e-5
}
