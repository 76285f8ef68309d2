load common

# PyTorch adds in another order: 3e-7 relative, a few roundings, for the first epochs; 2e-6 later.

@test "without arguments the notebook's points train from its recorded start" {
	gpufit --log-params --log run.jsonl
	mapfile -t loss < <(jq .loss run.jsonl)
	mapfile -t weight < <(jq '.weight[0][0]' run.jsonl)
	mapfile -t bias < <(jq '.bias[0]' run.jsonl)
	same "${#loss[@]}" 5000
	near "${loss[0]}" 48.06100845 3e-7
	near "${loss[1]}" 36.48413086 3e-7
	near "${loss[2]}" 28.13516617 3e-7
	near "${weight[0]}" 0.44418656826019287 3e-7
	near "${bias[0]}" 0.5152027606964111 3e-7
	near "${weight[1]}" 0.78279662 3e-7
	near "${bias[1]}" 0.61794585 3e-7
	near "${weight[2]}" 1.07112122 3e-7
	near "${bias[2]}" 0.70257431 3e-7
}

@test "the later epochs that the notebook printed agree" {
	gpufit -q --epochs 25 --log-params --log run.jsonl
	while read -r epoch weight bias loss; do
		line=$(sed -n "$((epoch + 1))p" run.jsonl)
		near "$(jq '.weight[0][0]' <<<"$line")" "$weight" 2e-6
		near "$(jq '.bias[0]' <<<"$line")" "$bias" 2e-6
		near "$(jq .loss <<<"$line")" "$loss" 2e-6
	done <<-END
		3 1.3167636394500732 0.7718353867530823 22.11155128479004
		4 1.526176929473877 0.8280607461929321 17.76310920715332
		23 2.7306270599365234 0.9041976928710938 6.069058895111084
		24 2.74414324760437 0.8907182812690735 6.033162593841553
	END
	# Gradients are means of terms up to ten times their size, of either sign.
	near "$(jq '.grad_weight[0][0]' <<<"$line")" -1.2342838048934937 2e-5
	near "$(jq '.grad_bias[0]' <<<"$line")" 1.385087251663208 2e-5
}

@test "after 5000 epochs the parameters agree with PyTorch" {
	gpufit --json
	near "$(value '.weight[0][0]')" 4.83225298 2e-6
	near "$(value '.bias[0]')" -4.75361681 2e-6
	near "$(value .loss)" 0.83546364 2e-6
}

@test "the word train may be left out" {
	gpufit -q --epochs 3 --log a.jsonl
	gpufit train -q --epochs 3 --log b.jsonl
	cmp a.jsonl b.jsonl
}

@test "two runs give the same bits" {
	gpufit -q --log-params --log a.jsonl
	gpufit -q --log-params --log b.jsonl
	cmp a.jsonl b.jsonl
}

@test "the engines resident and streaming give the same bits" {
	gpufit -q --epochs 200 --log-params --log a.jsonl --engine resident
	gpufit -q --epochs 200 --log-params --log b.jsonl --engine streaming
	cmp a.jsonl b.jsonl
}

@test "the engines give the same bits for a real file of six features" {
	data=$root/data/nist/Longley.csv
	gpufit -q --target y --lr 1e-12 --epochs 50 --log-params --log a.jsonl --engine resident "$data"
	gpufit -q --target y --lr 1e-12 --epochs 50 --log-params --log b.jsonl --engine streaming "$data"
	cmp a.jsonl b.jsonl
}

@test "kernels for CPUs and for GPUs give the same bits, and verbose names those that ran" {
	for kernels in cpu gpu; do
		run --separate-stderr "$GPUFIT" -v --no-progress --epochs 50 --log-params --log $kernels.jsonl --kernels $kernels
		[ "$status" -eq 0 ]
		grep -qx "gpufit: kernels $kernels: asked for" <<<"$stderr"
		same "$("$GPUFIT" -q --epochs 1 --json --kernels $kernels | jq -r .kernels)" $kernels
	done
	cmp cpu.jsonl gpu.jsonl
}

@test "the reference engine agrees with the device" {
	gpufit -q --epochs 100 --json
	weight=$(value '.weight[0][0]') loss=$(value .loss)
	gpufit -q --epochs 100 --json --engine reference
	same "$(value '.engine + " " + .device')" "reference host"
	# 100 steps in float beside 100 in double.
	near "$(value '.weight[0][0]')" "$weight" 2e-5
	near "$(value .loss)" "$loss" 2e-5
}

@test "the engine that was asked for is the one that ran" {
	for engine in reference resident streaming moments; do
		gpufit -q --epochs 2 --json --engine $engine
		same "$(value .engine)" $engine
	done
	gpufit -q --epochs 2 --json --engine auto
	[ "$(value .engine)" != auto ]
}

@test "engine moments reports least squares with standard errors" {
	gpufit -q --engine moments --epochs 50 --check every --json
	same "$(value .checked)" 50
	same "$(value '.std_error.weight, .std_error.bias, .least_squares.residual | flatten | length' | xargs)" "1 1 1"
	# Of seven points of x^2: numpy.linalg.lstsq, and the formulas of a line.
	near "$(value '.least_squares.weight[0][0]')" 4.83228978 1e-6
	near "$(value '.least_squares.bias[0]')" -4.75371571 1e-6
	near "$(value .condition)" 1 1e-9
	gpufit -q --engine moments --epochs 50
	[[ $output = *weight.least*bias.error*condition* ]]
}

@test "features that depend on each other have no least squares" {
	printf 'a,b,y\n1,2,3\n2,4,4\n3,6,6\n5,10,9\n' >twice.csv
	gpufit -q --engine moments --epochs 2 --lr 1e-3 --json twice.csv
	same "$(value '.rank, .condition, .least_squares, .std_error' | xargs)" "1 null null null"
	gpufit -q --engine moments --epochs 2 --lr 1e-3 twice.csv
	[[ $output = *"only 1 of 2 features"* ]]
}

@test "no epochs report and save the start" {
	gpufit -q --epochs 0 --json -o start.st
	same "$(value '.epochs, .status' | xargs)" "0 done"
	near "$(value .loss)" 48.06100845 3e-7
	near "$(value '.weight[0][0]')" 0.44418656826019287 3e-7
	gpufit show --json start.st
	near "$(value '.bias[0]')" 0.5152027606964111 3e-7
}

@test "zeros start at zero" {
	gpufit -q --epochs 0 --init zeros --json
	same "$(value '.weight[0][0], .bias[0]' | xargs)" "0 0"
	# mean of x^4 of the seven points
	near "$(value .loss)" 71.06882857 3e-7
}

@test "a seed starts where torch.manual_seed puts nn.Linear" {
	# torch.manual_seed(0); nn.Linear(1, 1): -0.007486820220947266, 0.5364435911178589
	gpufit -q --epochs 0 --seed 0 --json
	near "$(value '.weight[0][0]')" -0.007486820220947266 2e-9
	near "$(value '.bias[0]')" 0.5364435911178589 2e-9
	gpufit -q --epochs 0 --init pytorch --json
	near "$(value '.bias[0]')" 0.5364435911178589 2e-9
	gpufit -q --epochs 0 --seed 1 --json
	near "$(value '.weight[0][0]')" 0.5152631998062134 2e-9
	near "$(value '.bias[0]')" -0.44137823581695557 2e-9
}

@test "a file with a header trains its last column on all the others" {
	gpufit -q --epochs 100 --lr 1e-6 --json "$root/data/nist/Norris.csv"
	same "$(value '.rows, .features, .outputs' | xargs)" "36 1 1"
	same "$(value '.loss < .first_loss')" true
}

@test "targets and features are chosen by name, number and range" {
	houses
	gpufit -q --epochs 3 --lr 1e-5 --log-params --log a.jsonl houses.csv --target rent --features rooms,size,price
	for features in 1,2,3 1-3 rooms,2-3; do
		gpufit -q --epochs 3 --lr 1e-5 --log-params --log b.jsonl houses.csv --target 4 --features $features
		cmp a.jsonl b.jsonl
	done
	gpufit -q --epochs 3 --lr 1e-5 --log-params --log b.jsonl houses.csv
	cmp a.jsonl b.jsonl
}

@test "three targets give three models in one" {
	csv 'x,a,b,c\n1,2,3,4\n2,4,1,0\n3,5,2,8\n'
	gpufit -q --epochs 2000 --lr 0.05 --target a,b,c --json data.csv
	same "$(value '.outputs, (.weight | length), (.bias | length)' | xargs)" "3 3 3"
	# Least squares by hand; the smallest curvature leaves (1 - 0.05 * 2/3 * 0.18)^2000 < 1e-5.
	near "$(value '.weight[0][0]')" 1.5 1e-4
	near "$(value '.weight[1][0]')" -0.5 1e-3
	near "$(value '.weight[2][0]')" 2 1e-3
}

@test "the report shows device, engine, data, losses, check and parameters" {
	houses
	gpufit -q --epochs 10 --lr 1e-5 --target price,rent houses.csv
	same "$(awk '{ print $1 }' <<<"$output" | sed -n '1,11p' | xargs)" "device engine data targets epochs steps needed loss gradient r2 checked"
	same "${lines[2]}" "data     5 rows, 2 features, 2 outputs"
	[[ ${lines[11]} = *price*rent* ]]
	[[ ${lines[12]} = weight*rooms* ]]
	[[ ${lines[13]} = *size* ]]
	[[ ${lines[14]} = bias* ]]
}

@test "the report has r2 or accuracy as evaluate has them, for validation rows too" {
	houses
	gpufit -q --engine reference --standardize --epochs 50 --json -o model.st houses.csv
	r2=$(value .r2)
	gpufit evaluate -m model.st --engine reference --json houses.csv
	same "$(value .r2)" "$r2"
	gpufit -q --engine reference --standardize --epochs 50 houses.csv
	near "$(awk '$1 == "r2" { print $2 }' <<<"$output")" "$r2" 1e-8
	gpufit -q --engine reference --loss cross_entropy --standardize --epochs 50 --json -o model.st "$root/data/iris.csv"
	accuracy=$(value .accuracy)
	gpufit evaluate -m model.st --engine reference --json "$root/data/iris.csv"
	same "$(value .accuracy)" "$accuracy"
	head -120 "$root/data/iris.csv" >some.csv
	{ head -1 some.csv && tail -30 "$root/data/iris.csv"; } >others.csv
	gpufit -q --engine reference --loss cross_entropy --epochs 50 --json -o model.st --validation others.csv some.csv
	accuracy=$(value .val_accuracy)
	gpufit evaluate -m model.st --engine reference --json others.csv
	same "$(value .accuracy)" "$accuracy"
	gpufit -q --engine reference --loss cross_entropy --epochs 50 --validation others.csv some.csv
	grep -qE '^accuracy [0-9.]+ train, [0-9.]+ validate$' <<<"$output"
	# a failed training has neither
	run --separate-stderr "$GPUFIT" -q --engine reference --lr 9 --json houses.csv
	same "$(value 'has("r2")')" false
}

@test "the error for too large a learning rate names the epoch and the largest rate that can converge" {
	run --separate-stderr "$GPUFIT" --lr 0.2
	same "$status" 1
	same "${stderr_lines[0]}" "gpufit: lr 0.2 cannot converge here: the largest that can is 0.1322; --lr auto chooses one, and --standardize allows a larger one"
	[[ ${stderr_lines[1]} = "gpufit: training diverged: the loss of epoch "* ]]
	same "${stderr##*; }" "lr is 0.2, and the largest that can converge here is 0.1322: --lr auto chooses one, and --standardize allows a larger one"
	[[ $output = *", diverged"* ]]
}

@test "a divergence still prints its report in JSON and writes the log, but no model" {
	echo old >model.st
	run --separate-stderr "$GPUFIT" -q --lr 0.2 --json --log run.jsonl -o model.st
	same "$status" 1
	same "$(value '.status, has("weight")' | xargs)" "diverged false"
	# 2 / the largest eigenvalue of [[mean 2xx, mean 2x], [mean 2x, 2]]
	near "$(value .lr_limit)" 0.13222901 1e-5
	same "$(value .epochs)" "$(wc -l <run.jsonl)"
	same "$(value '.loss > 1e6 * .first_loss')" true
	same "$(cat model.st)" old
}

@test "the largest learning rate that can converge does so, and one above it does not" {
	gpufit -q --lr 0.131 --epochs 3000
	run "$GPUFIT" -q --lr 0.134 --epochs 3000
	same "$status" 1
}

@test "a loss that is not finite is null in the log" {
	run --separate-stderr "$GPUFIT" -q --lr 1e30 --check off --log run.jsonl --json
	same "$status" 1
	same "$(tail -n 1 run.jsonl | jq .loss)" null
	same "$(value .loss)" null
}
