load common

eval "common_$(declare -f setup)"

setup() {
	common_setup
	cp "$BATS_FILE_TMPDIR"/* .
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	houses
	"$GPUFIT" -q --json --target price,rent --lr 1e-4 --epochs 100 -o model.st houses.csv >report.json
}

# tensors HEADER BYTES: writes a safetensors file of that header and that many zeros
tensors() {
	local n=${#1}
	printf '%b%s' "$(printf '\\x%02x\\x%02x\\0\\0\\0\\0\\0\\0' $((n & 255)) $((n >> 8)))" "$1"
	head -c "$2" /dev/zero
}

# damaged: every command that reads models refuses bad.st in one sentence that names it
damaged() {
	for command in "show bad.st" "predict -m bad.st houses.csv" "evaluate -m bad.st houses.csv"; do
		run --separate-stderr "$GPUFIT" $command
		same "$status" 65
		same "$output" ""
		[[ $stderr = "gpufit: bad.st: "* ]]
		same "${#stderr_lines[@]}" 1
	done
}

@test "show prints the parameters that the training saved" {
	gpufit show --json model.st
	same "$(value '[.weight, .bias] | tostring')" "$(jq -c '[.weight, .bias]' report.json)"
	same "$(value '[.feature_names, .target_names, .loss] | tostring')" '[["rooms","size"],["price","rent"],"mse"]'
	gpufit show model.st
	same "${lines[0]}" "linear   2 features, 2 outputs"
	same "${lines[2]}" "targets  price, rent"
}

@test "predict is x.w + b" {
	gpufit predict -m model.st houses.csv
	same "${lines[0]}" price,rent
	same "${#lines[@]}" 6
	weights=$(jq -r '[.weight[], .bias] | flatten | join(" ")' report.json)
	# A sum of three products in float errs by at most 4 roundings of the sum of sizes.
	paste -d , <(sed 1d houses.csv) <(sed 1d <<<"$output") | awk -F , -v w="$weights" '
	function off(z, a, b, c) { return (z > a + b + c ? z - a - b - c : a + b + c - z) / (abs(a) + abs(b) + abs(c)) }
	function abs(v) { return v < 0 ? -v : v }
	BEGIN { split(w, p, " ") }
	off($5, p[1] * $1, p[2] * $2, p[5]) > 2.4e-7 { print; bad = 1 }
	off($6, p[3] * $1, p[4] * $2, p[6]) > 2.4e-7 { print; bad = 1 }
	END { exit bad || NR != 5 }'
}

@test "predict has the header prediction for one output" {
	gpufit -q --epochs 1 --lr 1e-6 -o one.st houses.csv
	gpufit predict -m one.st houses.csv
	same "${lines[0]}" prediction
	same "${#lines[@]}" 6
}

@test "predict finds its columns by name, wherever they are" {
	gpufit predict -m model.st houses.csv
	wanted=$output
	same "${#lines[@]}" 6
	awk -F , -v OFS=, '{ print $2, "7", $1 }' houses.csv | sed '1s/7/junk/' >moved.csv
	gpufit predict -m model.st moved.csv
	same "$output" "$wanted"
	gpufit predict -m model.st - <moved.csv
	same "$output" "$wanted"
	gzip moved.csv
	gpufit predict --model=model.st moved.csv.gz
	same "$output" "$wanted"
}

@test "predict takes columns by their place if there is no header" {
	gpufit predict -m model.st houses.csv
	wanted=$output
	same "${#lines[@]}" 6
	cut -d , -f 1,2 houses.csv | sed 1d >bare.csv
	gpufit predict -m model.st bare.csv
	same "$output" "$wanted"
	sed 1d houses.csv >whole.csv
	gpufit predict -m model.st whole.csv
	same "$output" "$wanted"
}

# 1.0, 2.0 and 0.5 as little-endian floats: z = x1 + 2 x2 + 0.5
@test "a model of another program, without names, takes columns by their place" {
	local header='{"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},'
	header+='"bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}'
	{
		tensors "$header" 0
		printf '\0\0\200\77\0\0\0\100\0\0\0\77'
	} >nameless.st
	printf 'alpha,beta,price\n1,2,7\n3,4,16\n' >named.csv
	run --separate-stderr "$GPUFIT" predict -m nameless.st named.csv
	same "$status" 0
	same "$output" "prediction
5.5
11.5"
}

@test "predict refuses another number of columns, and names a column that is missing" {
	csv '3,70,1\n' wide.csv
	fails 65 "wide.csv:1: 3 columns and no header; the model wants 2, or 4 with its targets" predict -m model.st wide.csv
	csv 'rooms,x\n1,2\n' other.csv
	fails 65 'other.csv:1: the model'\''s feature "size": no such column; there are "rooms", "x"' predict -m model.st other.csv
}

@test "predict -o writes the same file and nothing else" {
	gpufit predict -m model.st houses.csv
	echo "$output" >wanted.csv
	gpufit predict -m model.st houses.csv -o out.csv
	same "$output" ""
	cmp out.csv wanted.csv
}

@test "predictions are the same bits on each engine of the device" {
	gpufit predict -m model.st houses.csv
	wanted=$output
	gpufit predict -m model.st --engine streaming houses.csv
	same "${#lines[@]}" 6
	same "$output" "$wanted"
}

@test "evaluate agrees with metrics that are computed by hand" {
	gpufit predict -m model.st houses.csv
	by_hand=$(paste -d , <(sed 1d houses.csv) <(sed 1d <<<"$output") | awk -F , '
	{ y[NR, 1] = $3; y[NR, 2] = $4; z[NR, 1] = $5; z[NR, 2] = $6; n = NR; s[1] += $3; s[2] += $4 }
	END {
		for (k = 1; k <= 2; k++) {
			for (i = 1; i <= n; i++) {
				d = z[i, k] - y[i, k]; r[k] += d * d; a += d < 0 ? -d : d
				t[k] += (y[i, k] - s[k] / n) ^ 2
			}
			r2 += (1 - r[k] / t[k]) / 2
		}
		mse = (r[1] + r[2]) / (2 * n)
		printf "%.9g %.9g %.9g %.9g\n", mse, sqrt(mse), a / (2 * n), r2
	}')
	gpufit evaluate -m model.st houses.csv
	same "$(awk '{ print $1 }' <<<"$output" | xargs)" "mse rmse mae r2 loss"
	read -ra wanted <<<"$by_hand"
	for i in 0 1 2 3; do
		# Predictions near 300 were printed to 5e-7, the residuals are about 5.
		near "${lines[i]##* }" "${wanted[i]}" 3e-7
	done
	near "${lines[0]##* }" "$(jq .loss report.json)" 1e-6
	same "${lines[4]##* }" "${lines[0]##* }"
}

@test "evaluate in JSON has the same numbers" {
	gpufit evaluate -m model.st houses.csv
	wanted=$output
	gpufit evaluate -m model.st --json houses.csv
	same "$(value 'keys_unsorted | join(" ")')" "rows mse rmse mae r2 loss"
	near "$(value .mse)" "$(awk '/^mse/ { print $2 }' <<<"$wanted")" 1e-8
	same "$(value .rows)" 5
}

@test "evaluate needs the targets" {
	cut -d , -f 1,2 houses.csv >features.csv
	fails 65 'features.csv:1: the model'\''s target "price": no such column; there are "rooms", "size"' evaluate -m model.st features.csv
	sed 1d features.csv >bare.csv
	fails 65 "bare.csv:1: 2 columns and no header; the model wants 4, its targets last" evaluate -m model.st bare.csv
}

@test "a model that is missing cannot be opened" {
	fails 66 "none.st: cannot open: No such file or directory" show none.st
	fails 66 "none.st: cannot open: No such file or directory" predict -m none.st houses.csv
}

@test "a text, an empty file and a cut file are refused as models" {
	: >bad.st
	damaged
	echo "this is no model at all" >bad.st
	damaged
	for bytes in 7 8 20 -1; do
		head -c "$bytes" model.st >bad.st
		damaged
	done
	{ cat model.st; echo; } >bad.st
	damaged
}

@test "a header length beyond the file is refused" {
	{ printf '\xff\xff\xff\xff\xff\xff\xff\x7f'; tail -c +9 model.st; } >bad.st
	damaged
	{ printf '\xff\xff\0\0\0\0\0\0'; tail -c +9 model.st; } >bad.st
	damaged
}

@test "offsets that overlap, leave a hole or leave the file are refused" {
	weight='"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}'
	bias='"bias":{"dtype":"F32","shape":[1],"data_offsets"'
	tensors "{$weight,$bias:[8,12]}}" 12 >good.st
	gpufit show good.st
	tensors "{$weight,$bias:[4,8]}}" 8 >bad.st
	damaged
	tensors "{$weight,$bias:[12,16]}}" 16 >bad.st
	damaged
	tensors "{$weight,$bias:[8,12]}}" 11 >bad.st
	damaged
	tensors "{$weight,$bias:[12,8]}}" 12 >bad.st
	damaged
}

@test "tensors that are no linear layer are refused" {
	weight='"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}'
	tensors "{$weight,\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}" 16 >bad.st
	damaged
	tensors "{$weight,\"bias\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[8,12]}}" 12 >bad.st
	damaged
	tensors "[1]" 0 >bad.st
	damaged
}

@test "the safetensors package and nn.Linear load the model" {
	python=${GPUFIT_PYTHON:-python3}
	"$python" -c "import safetensors" 2>/dev/null || skip "no safetensors in $python; set GPUFIT_PYTHON"
	run --separate-stderr "$python" "$root/tests/cli/safetensors_check.py" model.st
	same "$status" 0
	# Python prints a float as the double that it is: nine digits of it are ours.
	for name in weight bias; do
		found=$(sed -n "s/^$name //p" <<<"$output" | jq -c flatten)
		wanted=$(jq -c ".$name | flatten" report.json)
		jq -en --argjson a "$found" --argjson b "$wanted" '[$a, $b] | transpose | all(.[0] as $x | .[1] as $y | ($x - $y) * ($x - $y) <= 1e-17 * $y * $y)'
	done
}

@test "a model of standardized features is saved, shown and used as it was trained, with any offset" {
	for i in {0..63}; do
		echo "$((10000000 + 3 * i)),$((i * 37 % 64)),$((i / 2 + i * 37 % 64 + i % 4))"
	done >rows
	(echo t,z,y && cat rows) >data.csv
	gpufit -q --json --engine reference --standardize --lr auto --epochs 100 -o m.st data.csv
	loss=$(value .loss)
	gpufit evaluate --engine reference --json -m m.st data.csv
	near "$(value .loss)" "$loss" 1e-6
	gpufit show --json m.st
	same "$(value '.center == [10000094.5, 31.5] and (.scale | length) == 2')" true
	same "$(value '.standardized_weight[0] | length')" 2
	gpufit show m.st
	[[ $output = *"center  t  10000094.5"* ]]
	gpufit -q --json --engine reference --epochs 0 --init m.st --standardize data.csv
	near "$(value .loss)" "$loss" 1e-6
}

# The model predicts "u" for rows with a below 10, and else "v".
@test "evaluate prints no nan: 0 / 0 is 0 with a remark, and undefined metrics are called so" {
	csv 'a,k\n1,u\n2,u\n18,v\n19,v\n'
	gpufit -q --engine reference --loss bce --lr 0.1 --epochs 20000 -o m.st data.csv
	csv 'a,k\n1,v\n2,u\n' few.csv
	gpufit evaluate --engine reference -m m.st few.csv
	same "$(grep -E '^(auc|precision|recall|f1)' <<<"$output" | xargs)" "auc 0 precision 0 recall 0 f1 0"
	same "$stderr" 'gpufit: precision is 0 / 0, which is taken for 0: no row is predicted as "v"'
	csv 'a,k\n1,u\n2,u\n' one.csv
	gpufit evaluate --engine reference -m m.st one.csv
	same "$(grep -E '^(auc|precision|recall|f1)' <<<"$output" | xargs)" "auc undefined: all rows are of one class precision 0 recall 0 f1 0"
	same "${stderr_lines[1]}" 'gpufit: recall is 0 / 0, which is taken for 0: no row is of "v"'
	gpufit evaluate --engine reference --json -m m.st one.csv
	same "$(value '[.auc, .precision, .recall, .f1] | tostring')" "[null,0,0,0]"
	csv '1,4\n2,4\n'
	gpufit -q --engine reference --epochs 3 -o n.st data.csv
	gpufit evaluate --engine reference -m n.st data.csv
	same "$(grep ^r2 <<<"$output")" "r2 0"
	csv '1,4\n'
	gpufit evaluate --engine reference -m n.st data.csv
	same "$(grep ^r2 <<<"$output")" "r2 undefined: there is only one row"
}
