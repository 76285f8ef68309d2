load common

# sequential [METADATA]: writes net.st as PyTorch's save_file does for nn.Sequential(nn.Linear(2, 2), nn.ReLU(),
# nn.Linear(2, 1)): y = relu(x1 + 2 x2 + 0.25) - relu(-3 x1 + 4 x2 - 0.5) + 0.125
sequential() {
	local header="{$1"'"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
	header+='"0.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]},'
	header+='"2.bias":{"dtype":"F32","shape":[1],"data_offsets":[24,28]},'
	header+='"2.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[28,36]}}'
	{
		printf "\\x$(printf %02x $((${#header} & 255)))\\x$(printf %02x $((${#header} >> 8)))\\0\\0\\0\\0\\0\\0"
		printf %s "$header"
		printf '\0\0\200\76\0\0\0\277' # 0.25, -0.5
		printf '\0\0\200\77\0\0\0\100\0\0\100\300\0\0\200\100' # 1, 2, -3, 4
		printf '\0\0\0\76' # 0.125
		printf '\0\0\200\77\0\0\200\277' # 1, -1
	} >net.st
}

named='"__metadata__":{"activation":"relu"},'

points() {
	csv 'a,b,y\n1,1,2.875\n1,-1,0.125\n' points.csv
}

@test "a network of PyTorch predicts with the activation that its metadata name" {
	points
	sequential "$named"
	gpufit predict -m net.st points.csv
	same "$output" "prediction
2.875
0.125"
	gpufit predict -m net.st --engine reference points.csv
	same "${lines[1]}" 2.875
	gpufit evaluate -m net.st points.csv
	same "${lines[0]}" "mse 0"
}

@test "a network of PyTorch without metadata needs --activation" {
	points
	sequential
	for command in predict evaluate; do
		fails 64 "net.st does not name the activation after its hidden layers; wanted: --activation WORD" $command -m net.st points.csv
	done
	gpufit predict -m net.st --activation relu points.csv
	same "${lines[1]}" 2.875
	gpufit predict -m net.st --activation leaky_relu --negative-slope 0.5 points.csv
	same "${lines[2]}" 3.5 # -0.375 + 3.75 + 0.125
	gpufit evaluate --json -m net.st --activation relu points.csv
	same "$(value .mse)" 0
}

@test "an activation that a model has no use for is refused" {
	points
	sequential "$named"
	fails 64 "activation tanh: the model's file says relu" predict -m net.st --activation tanh points.csv
	"$GPUFIT" -q --epochs 1 -o line.st points.csv >/dev/null
	fails 64 "activation relu: the model has no hidden layers" predict -m line.st --activation relu points.csv
	refuses "--negative-slope needs --activation WORD" predict -m net.st --negative-slope 1 points.csv
	refuses "--negative-slope has a meaning with --activation leaky_relu, not with relu" \
		predict -m net.st --activation relu --negative-slope 1 points.csv
}

@test "show prints what a network's file holds" {
	sequential "$named"
	gpufit show net.st
	same "$output" "network  2-2-1, relu, 9 parameters
loss     mse
features x1, x2
target   y

0.weight[0][0]   1
0.weight[0][1]   2
0.weight[1][0]  -3
0.weight[1][1]   4
0.bias[0]        0.25
0.bias[1]       -0.5
2.weight[0][0]   1
2.weight[0][1]  -1
2.bias[0]        0.125"
	gpufit show --json net.st
	same "$(value '[.features, .outputs, .hidden, .activation, .parameters, .weight] | tostring')" \
		'[2,1,[2],"relu",{"0.weight":[[1,2],[-3,4]],"0.bias":[0.25,-0.5],"2.weight":[[1,-1]],"2.bias":[0.125]},null]'
	sequential
	gpufit show net.st
	same "${lines[0]}" "network  2-2-1, activation not known, 9 parameters"
	gpufit show --json net.st
	same "$(value .activation)" null
}

@test "a network that was trained is saved, shown and used" {
	houses
	gpufit -q --json --target price,rent --hidden 8,3 --activation leaky_relu --negative-slope 0.25 --standardize \
		--lr 1e-5 --epochs 20 -o m.st houses.csv
	loss=$(value .loss)
	gpufit show m.st
	same "${lines[0]}" "network  2-8-3-2, leaky_relu of slope 0.25 below 0, 59 parameters"
	same "$(printf '%s\n' "${lines[@]:4:6}" | tr -s ' ')" "0.weight (8, 2)
0.bias (8)
2.weight (3, 8)
2.bias (3)
4.weight (2, 3)
4.bias (2)"
	gpufit show --json m.st
	same "$(value '[.negative_slope, (.center | length), (.standardized_weight | length), (.standardized_bias | length)] | tostring')" \
		'[0.25,2,8,8]'
	gpufit evaluate --json -m m.st houses.csv
	# The report's loss is of the same parameters, before the rounding to 9 digits.
	near "$(value .loss)" "$loss" 1e-6
	gpufit predict -m m.st houses.csv
	same "${lines[0]}" price,rent
	same "${#lines[@]}" 6
}

@test "a network without biases is saved without them" {
	points
	"$GPUFIT" -q --hidden 2 --no-bias --epochs 1 -o m.st points.csv >/dev/null
	gpufit show m.st
	same "${lines[0]}" "network  2-2-1, relu, 6 parameters, no bias"
	[[ $output != *bias\[* ]]
	same "$(strings m.st | grep -o '"[024]\.[a-z]*"' | xargs)" "0.weight 2.weight"
}

@test "probabilities of a network are the softmax of its outputs" {
	csv 'a,b,kind\n1,1,red\n1,-1,blue\n0,2,red\n2,0,green\n' kinds.csv
	"$GPUFIT" -q --loss cross_entropy --hidden 4 --activation tanh --epochs 50 --lr 0.1 -o m.st kinds.csv >/dev/null
	gpufit predict --proba -m m.st kinds.csv
	same "${lines[0]}" "prediction,blue,green,red"
	awk -F , 'NR > 1 { s = $2 + $3 + $4; best = $2 > $3 ? ($2 > $4 ? "blue" : "red") : ($3 > $4 ? "green" : "red")
		if (s < 0.99999999 || s > 1.00000001 || best != $1) { print; bad = 1 } }
		END { exit bad || NR != 5 }' <<<"$output"
	gpufit evaluate -m m.st kinds.csv
	same "$(awk '{ print $1 }' <<<"$output" | xargs)" "loss accuracy true, blue green red"
}

@test "a file of PyTorch starts a training with the activation of the training" {
	points
	sequential
	gpufit -q --json --init net.st --hidden 2 --epochs 0 -o m.st points.csv
	gpufit predict -m m.st points.csv
	same "${lines[1]}" 2.875
	sequential "$named"
	fails 65 "init: the model has hidden layers 2 with relu; this training has 2 with tanh" \
		-q --init net.st --hidden 2 --activation tanh points.csv
}

@test "a file of layers that are no network is refused by each command" {
	points
	sequential
	sed -i 's/"2\.\(bias\|weight\)"/"3.\1"/g' net.st
	for command in "show net.st" "predict -m net.st points.csv" "evaluate -m net.st points.csv"; do
		fails 65 'net.st: tensor "3.bias": wanted only linear layers as the modules 0, 2, 4, ... of an nn.Sequential, at most 16, with an activation between them; "0.weight" is the last that was found' $command
	done
}

# needs_torch: sets $python, or skips the test
needs_torch() {
	python=${GPUFIT_PYTHON:-python3}
	"$python" -c "import safetensors, torch" 2>/dev/null || skip "no safetensors and torch in $python; set GPUFIT_PYTHON"
}

# An output is a sum of a few products, of which float rounds each: the outputs are near 1 and differ by less than 1e-5.
@test "nn.Sequential takes a network with each activation, and gives its outputs" {
	needs_torch
	printf 'a,b,c,y,z\n' >data.csv
	awk 'BEGIN { srand(2); for (i = 0; i < 9; i++) print rand() "," 4 * rand() - 2 "," rand() - 3 "," rand() "," rand() }' >>data.csv
	sed 1d data.csv | cut -d , -f 1-3 >rows
	for activation in relu tanh sigmoid gelu gelu_tanh leaky_relu silu "leaky_relu --negative-slope -0.5" "tanh --no-bias"; do
		"$GPUFIT" -q --target y,z --hidden 5,4 --activation $activation --epochs 3 -o m.st data.csv >/dev/null
		gpufit predict -m m.st data.csv
		sed 1d <<<"$output" >found
		"$python" "$root/tests/cli/sequential_check.py" m.st <rows >wanted
		paste -d , found wanted | awk -F , 'function off(a, b) { return a > b ? a - b : b - a }
			NF != 4 || off($1, $3) > 1e-5 || off($2, $4) > 1e-5 { print; bad = 1 }
			END { exit bad || NR != 9 }' || { echo "$activation"; return 1; }
	done
}
