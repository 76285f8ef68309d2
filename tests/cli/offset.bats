#!/usr/bin/env bats
# offset.bats: offsets and exposures, and the losses with a log link, held to statsmodels and scikit-learn.
# bats file_tags=quick
load common

# events: writes events.csv, counts over different years at risk, in columns a, years, n.
events() {
	csv 'a,years,n\n0,1,2\n1,2,1\n2,0.5,3\n0,3,5\n1,1,2\n2,4,20\n' events.csv
}

# The gradient is at most 1e-9, and no curvature is below 0.05, so that parameters are within 2e-8; 1e-6 leaves room for what
# the others' own tolerances left over.  Statistics are recorded where there is no penalty.
@test "models with a log link, offsets and exposures are those of statsmodels and scikit-learn" {
	local oracle=$BATS_TEST_DIRNAME/../oracle fits=0 numbers=0
	local parameters='.weight[0][0], .weight[0][1], .bias[0]'
	local statistics='.statistics | (.coefficients[].std_error, .fits[0].deviance, .fits[0].null_deviance)'
	while read -r fit; do
		args=$(jq -r '"\(.loss) --target \(.target)\(if .errors then " --statistics" else "" end)"' <<<"$fit")
		# shellcheck disable=SC2086 # words
		gpufit -q --json --engine reference --check off --lr 0.1 --epochs 20000 --tolerance 1e-9 --features age,power \
			--loss $args "$oracle/glm.csv"
		paste <(value "$parameters, if .statistics then $statistics else empty end") \
			<(jq -r '.weight[], .bias, ((.errors // [])[], .deviance, .null_deviance | values)' <<<"$fit") >pairs
		while IFS=$'\t' read -r found wanted; do
			near "$found" "$wanted" 1e-6
			numbers=$((numbers + 1))
		done <pairs
		fits=$((fits + 1))
	done < <(jq -c '.fits[]' "$oracle/glm.json")
	same "$fits $numbers" "10 65"
}

@test "a model remembers its exposure, which predictions need" {
	events
	gpufit -q --json --loss poisson --exposure years --epochs 2000 --lr 0.1 -o m.st events.csv
	loss=$(value .loss)
	same "$(value .exposure)" years
	gpufit show --json m.st
	same "$(value '[.exposure, .offset, .features] | tostring')" '["years",null,1]'
	gpufit show m.st
	same "${lines[2]}" "offset   the logarithm of years"
	gpufit evaluate --json -m m.st events.csv
	near "$(value .loss)" "$loss" 1e-6
	# The columns are found by name; twice the years are twice the events.
	csv 'years,a\n2,1\n4,1\n' new.csv
	gpufit predict -m m.st new.csv
	near "${lines[2]}" "$(awk -v once="${lines[1]}" 'BEGIN { printf "%.9g", 2 * once }')" 1e-6
	csv 'a\n1\n' without.csv
	fails 65 'without.csv:1: exposure "years": no such column; there is "a"' predict -m m.st without.csv
	csv '1,2\n1,4\n' unnamed.csv
	fails 65 'unnamed.csv:1: exposure "years": no such column; there are "column1", "column2"' predict -m m.st unnamed.csv
	gpufit predict -m m.st --exposure 2 unnamed.csv
	near "${lines[2]}" "$(awk -v once="${lines[1]}" 'BEGIN { printf "%.9g", 2 * once }')" 1e-6
}

@test "every engine, batches, networks and a validation take the same offsets" {
	events
	local first
	for engine in resident streaming "streaming --kernels gpu"; do
		# shellcheck disable=SC2086 # words
		gpufit -q --json --check every --loss poisson --offset years --epochs 20 --engine $engine events.csv
		same "$(value '.weight, .bias, .loss' | xargs)" "${first:=$(value '.weight, .bias, .loss' | xargs)}"
	done
	gpufit -q --check every --loss poisson --offset years --epochs 20 --batch-size 4 --shuffle --hidden 3 events.csv
	same "${lines[4]}" "offset   years"
	gpufit -q --json --loss poisson --offset years --epochs 20 --folds 2 events.csv
	gpufit -q --json --loss poisson --offset years --epochs 20 --sweep lr=0.1,0.01 events.csv
	gpufit -q --json --check every --loss mse --offset years --epochs 20 --validation events.csv events.csv
	near "$(value .val_loss)" "$(value .loss)" 1e-6
	gpufit -q --check every --loss mse --offset years --epochs 20 --validation 0.5 --batch-size 2 --standardize events.csv
}

@test "an offset is part of a checkpoint's data" {
	events
	gpufit -q --loss poisson --exposure years --epochs 5 --engine reference --checkpoint c events.csv
	sed -i 's/,0.5,/,0.25,/' events.csv
	fails 65 "c: the checkpoint was made on other data: other numbers in the same shape" \
		-q --loss poisson --exposure years --epochs 9 --engine reference --resume c events.csv
}

@test "offsets that cannot be are refused" {
	events
	refuses "--offset and --exposure contradict each other: an exposure is an offset by its logarithm" --offset a --exposure years events.csv
	refuses "--explain takes plain sgd on mse, all rows in one step: found --offset" --explain --offset years events.csv
	fails 64 "offset: it is added to all outputs of a row, which changes no softmax of them; wanted: another loss than cross_entropy" \
		--loss cross_entropy --offset years events.csv
	fails 64 "engine moments: its products have no place for offsets; wanted: another engine" --engine moments --offset years events.csv
	fails 65 'events.csv:1: column 2 ("years") is both a feature and the offset' --offset years --features a,years events.csv
	csv 'a,years,n\n0,1,2\n1,0,1\n' zero.csv
	fails 65 'zero.csv:3: column 2 ("years"): an exposure that is not above 0: "0"' --loss poisson --exposure years zero.csv
	csv 'a,years,n\n0,1,2\n1,,1\n' hole.csv
	fails 65 'hole.csv:3: column 2 ("years"): an empty field, not an offset' --loss poisson --offset years hole.csv
	csv 'a,years,n\n0,1,2\n1,x,1\n' word.csv
	fails 65 'word.csv:3: column 2 ("years"): not a number: "x"' --loss poisson --offset years word.csv
	csv '1 1:2\n2 1:3\n' sparse.svm
	fails 64 "sparse.svm: is svmlight, which has no column of offsets" --loss poisson --offset 1 sparse.svm
	gpufit -q --engine reference --loss poisson --offset years --epochs 1 -o m.st events.csv
	fails 64 'the model has the offset "years", for which an exported model has no input' show --export m.c m.st
}
