# bats file_tags=quick
load common

# The models are made by hand with exact outputs, to show what predict makes of these.  The engine is
# the one that needs no device, as labels and means are computed on the host.

# model FILE METADATA SHAPE FLOATS...: writes a model with a weight of that shape and, if there are more floats, a bias; each
# of the floats is one of those below.  METADATA: "key":"value",... with its quotes escaped.
model() {
	local file=$1 metadata=$2 outputs=$3 features=$4 weights header float
	shift 4
	weights=$((outputs * features))
	header="{\"__metadata__\":{$metadata},\"weight\":{\"dtype\":\"F32\","
	header+="\"shape\":[$outputs,$features],\"data_offsets\":[0,$((4 * weights))]}"
	[ $# -eq $weights ] ||
		header+=",\"bias\":{\"dtype\":\"F32\",\"shape\":[$outputs],\"data_offsets\":[$((4 * weights)),$((4 * $#))]}"
	header+="}"
	{
		printf '%b%s' "$(printf '\\x%02x\\x%02x\\0\\0\\0\\0\\0\\0' $((${#header} & 255)) $((${#header} >> 8)))" "$header"
		for float; do
			case $float in
			0) printf '\0\0\0\0' ;;
			0.5) printf '\0\0\0\77' ;;
			1) printf '\0\0\200\77' ;;
			-1) printf '\0\0\200\277' ;;
			*) return 1 ;;
			esac
		done
	} >"$file"
}

# z = size - 1 where the color is red, size - 0 where it is blue; the mean of size is 2.5.
colors() {
	local columns='[{\"name\":\"size\",\"mean\":2.5},{\"name\":\"color\",\"words\":[\"blue\",\"red\"]}]'
	model "$1" "\"loss\":\"$2\",\"features\":\"[\\\"size\\\",\\\"color=blue\\\",\\\"color=red\\\"]\",\"targets\":\"[\\\"kind\\\"]\",\"classes\":\"[\\\"no\\\",\\\"yes, sir\\\"]\",\"missing\":\"mean\",\"columns\":\"$columns\"" \
		1 3 1 0 -1 0
	csv 'color,size,kind\nred,0.5,no\nblue,-1,no\nred,NA,"yes, sir"\nblue,2,"yes, sir"\nred,3,no\n' colors.csv
}

# A model with one output for each class: size, 0, 1.
three() {
	model three.st '"loss":"cross_entropy","label_smoothing":"0.1","features":"[\"size\"]","targets":"[\"kind\"]","classes":"[\"ant\",\"bee\",\"cat\"]"' \
		3 1 1 0 0 0 0 1
}

@test "predict reads a file like that of the training and prints labels of the training data" {
	colors two.st bce
	gpufit predict --engine reference -m two.st colors.csv
	same "$output" 'prediction
no
no
"yes, sir"
"yes, sir"
"yes, sir"'
}

@test "proba adds the probability of each class" {
	colors two.st bce
	gpufit predict --engine reference --proba -m two.st colors.csv
	same "${lines[0]}" 'prediction,no,"yes, sir"'
	# sigmoid(1.5), of a missing size
	same "${lines[3]}" '"yes, sir",0.182425524,0.817574476'
}

@test "cross-entropy predicts the class of the largest output, with softmax" {
	three
	csv '-3\n1\n2\n' sizes.csv
	gpufit predict --engine reference --proba -m three.st sizes.csv
	same "${lines[0]}" prediction,ant,bee,cat
	same "${lines[1]%%,*}" cat
	same "${lines[2]%%,*}" ant # the first of equals
	same "${lines[3]}" ant,0.665240956,0.0900305732,0.244728471
}

@test "a hinge has labels but no probabilities" {
	colors hinge.st hinge
	gpufit predict --engine reference -m hinge.st colors.csv
	same "${lines[3]}" '"yes, sir"'
	fails 64 "the model has no probabilities: its loss, hinge, gives none" predict --engine reference --proba -m hinge.st colors.csv
}

@test "a prediction of numbers is a mean: a rate or a probability" {
	csv '0\n1\n' x.csv
	model poisson.st '"loss":"poisson"' 1 1 1 0
	gpufit predict --engine reference -m poisson.st x.csv
	same "$output" 'prediction
1
2.71828183'
	model chance.st '"loss":"bce"' 1 1 1 0
	gpufit predict --engine reference -m chance.st x.csv
	same "$output" 'prediction
0.5
0.731058579'
	fails 64 "the model has no probabilities of classes: it predicts numbers" predict --engine reference --proba -m chance.st x.csv
}

@test "a model without a bias has a weight alone" {
	model bare.st '"loss":"mse"' 1 2 1 0.5
	csv '2,4\n' x.csv
	gpufit predict --engine reference -m bare.st x.csv
	same "${lines[1]}" 4
	gpufit show bare.st
	same "${lines[0]}" "linear   2 features, 1 output, no bias"
	[[ $output != *$'\n'bias* ]]
	gpufit show --json bare.st
	same "$(value .bias)" null
}

@test "evaluate measures two classes" {
	colors two.st bce
	gpufit evaluate --engine reference -m two.st colors.csv
	# z = -0.5 -1 1.5 2 2: of 5 rows 4 right; pairs in order: 2 + 2 + 0.5 of 6
	same "$(awk '{ print $1 }' <<<"$output" | xargs)" "loss accuracy auc precision recall f1 true, no yes,"
	same "${lines[1]}" "accuracy 0.8"
	same "${lines[2]}" "auc 0.75"
	same "${lines[3]}" "precision 0.666666667"
	same "${lines[4]}" "recall 1"
	same "${lines[5]}" "f1 0.8"
	same "$(tr -s ' ' <<<"${lines[*]: -3}" | xargs)" "true, predicted: no yes, sir no 2 1 yes, sir 0 2"
	wanted=$(awk 'BEGIN {
		printf "%.12g", (log(1 + exp(-0.5)) + log(1 + exp(-1)) + log(1 + exp(-1.5)) + log(1 + exp(-2)) + log(1 + exp(2))) / 5
	}')
	near "${lines[0]##* }" "$wanted" 1e-8
	gpufit evaluate --engine reference --json -m two.st colors.csv
	same "$(value 'keys_unsorted | join(" ")')" "rows loss accuracy auc precision recall f1 classes confusion"
	same "$(value .confusion)" "$(jq . <<<"[[2,1],[0,2]]")"
}

@test "evaluate measures three classes" {
	three
	csv 'size,kind\n-3,cat\n2,bee\n' sizes.csv
	gpufit evaluate --engine reference -m three.st sizes.csv
	same "$(awk '{ print $1 }' <<<"$output" | xargs)" "loss accuracy true, ant bee cat"
	same "${lines[1]}" "accuracy 0.5"
	csv 'size,kind\n-3,dog\n' other.csv
	fails 65 'other.csv:2: column 2 ("kind"): "dog" is not a class of the model; its classes are "ant", "bee", "cat"' evaluate --engine reference -m three.st other.csv
}

@test "a word that the model does not know is an error, not zeros" {
	colors two.st bce
	csv 'size,color\n1,green\n' green.csv
	fails 65 'green.csv:2: column 2 ("color"): "green" is no word of the model, which knows "blue", "red"; --unseen zero makes it 0 in all its features' predict --engine reference -m two.st green.csv
	gpufit predict --engine reference -m two.st --proba --unseen zero green.csv
	same "$(tail -n 1 <<<"$output" | cut -d, -f1)" '"yes'
	same "$stderr" 'gpufit: green.csv: 1 word that the training has not seen is 0 in all features of the column; the first is in line 2, column 2 ("color")'
}

@test "rows with missing values have an empty prediction if the training left such rows out" {
	model drop.st '"loss":"mse","features":"[\"a\"]","targets":"[\"y\"]","missing":"drop","columns":"[{\"name\":\"a\"}]"' 1 1 1 0
	model torch.st '"loss":"mse"' 1 1 1 0
	csv 'a\n1\nNA\n3\n' holes.csv
	run --separate-stderr "$GPUFIT" predict --engine reference -m drop.st holes.csv
	same "$status" 0
	same "$output" 'prediction
1
""
3'
	same "$stderr" "gpufit: holes.csv: no prediction for 1 row with missing values"
	gpufit predict --engine reference -m drop.st --keep a holes.csv
	same "$output" 'a,prediction
1,1
NA,
3,3'
	fails 64 'missing mean: the model has parameters alone, and nothing to fill in' predict --engine reference --missing mean -m torch.st holes.csv
}

@test "show prints everything that the model knows" {
	colors two.st bce
	gpufit show two.st
	same "$output" 'linear   3 features, 1 output
loss     bce
target   kind
classes  no, yes, sir
words    color: blue, red
missing  mean

weight  size         1
        color=blue   0
        color=red   -1
bias                 0

mean  size  2.5'
	gpufit show --json two.st
	same "$(value '[.classes, .columns, .missing] | tostring')" \
		'[["no","yes, sir"],[{"name":"size","mean":2.5},{"name":"color","words":["blue","red"]}],"mean"]'
	three
	gpufit show three.st
	same "${lines[1]}" "loss     cross_entropy, label_smoothing 0.1"
	[[ ${lines[4]} =~ ^\ +ant\ +bee\ +cat$ ]]
}
