load common

# What --statistics prints; test_statistics.c and test_inference.c have the numbers.  The engine is reference, which has no
# kernels to compile.

ref() {
	gpufit -q --engine reference "$@"
}

party="$root/data/anes96.csv --exclude tv_news,vote --target party --loss cross_entropy"

@test "the report has a row for each parameter, how well the model fits, and how near it is to the optimum" {
	ref --statistics --standardize --lr 0.1 --epochs 1000
	[[ $output = *"      estimate  std error       t        p     2.5 %    97.5 %"* ]]
	[[ $output = *"x      4.83229      0.393  12.297  6.3e-05   3.82213   5.84245"* ]]
	[[ $output = *"test             p 6.3e-05 that all weights are 0: F 151.214 of 1 and 5 degrees of freedom"* ]]
	[[ $output = *"optimum          Newton's next step is "*" standard errors long"* ]]
}

@test "the level of the intervals is an argument" {
	ref --statistics=0.5 --standardize --lr 0.1 --epochs 1000 --json
	same "$(value .statistics.level)" 0.5
	# the quartile of Student's t of 5 degrees of freedom
	near "$(value '.statistics.coefficients[0] | (.upper - .estimate) / .std_error')" 0.726686844 1e-6
	fails 64 "--statistics: wanted a number above 0 and below 1, found '1'" --statistics=1
}

@test "JSON has coefficients and fits; those of classes are differences from the first class" {
	ref $party --standardize --lr auto --epochs 1 --statistics --json
	same "$(value '.statistics | [.minus_class, .distribution, (.coefficients | length), (.fits | length)] | tostring')" \
		'["0","normal",36,1]'
	same "$(value '.statistics.coefficients[5] | [.output, .name] | tostring')" '["1","bias"]'
}

@test "a training that ends early says that its statistics are not those of the optimum" {
	run --separate-stderr "$GPUFIT" --engine reference --no-progress --statistics --epochs 20
	[[ $stderr = *"the statistics hold where the loss is least, and the training is not there: "* ]]
	[[ $stderr = *"Newton's next step is 2.1 standard errors long; more --epochs"* ]]
	run --separate-stderr "$GPUFIT" --engine reference --no-progress --statistics --standardize --lr 0.1 --epochs 1000
	same "$stderr" ""
}

@test "classes that the features tell apart have no statistics, and the report says why" {
	ref "$root/data/iris.csv" --loss cross_entropy --standardize --lr auto --epochs 500 --statistics
	[[ $output = *'statistics: none, because the features tell class "setosa" from the others without an error'* ]]
	ref "$root/data/iris.csv" --loss cross_entropy --standardize --lr auto --epochs 500 --statistics --json
	same "$(value '.statistics | [has("coefficients"), (.why | length > 20)] | tostring')" '[false,true]'
}

@test "a dropped feature has no number" {
	printf 'color,x,y\nred,1,3\nblue,2,1\nred,4,6\nblue,5,5\nred,7,9\nblue,8,8\n' >data.csv
	ref data.csv --one-hot color --standardize --lr 0.1 --epochs 2000 --statistics
	[[ $output = *"color=blue"*"dropped"*"color=red"* ]]
	[[ $output = *"dropped          1 feature that depends on others: as in the model without them"* ]]
}

@test "--statistics is about one training, not about folds" {
	fails 64 "--folds and --statistics contradict each other: --statistics is about the parameters of one training" \
		"$root/data/iris.csv" --loss cross_entropy --folds 3 --statistics
}

@test "predict adds the ends of intervals in each format, if the model was trained with statistics" {
	ref "$root/data/anes96.csv" --features age,education --target income --standardize --lr auto --statistics -o m.st
	head -3 "$root/data/anes96.csv" >two.csv
	gpufit predict --engine reference -m m.st --interval two.csv
	same "${lines[0]}" prediction,lower,upper
	awk -F, 'NR > 1 && !($2 < $1 && $1 < $3) { exit 1 }' <<<"$output"
	gpufit predict --engine reference -m m.st --interval=0.5 --format json two.csv
	same "$(head -1 <<<"$output" | jq -c 'keys_unsorted')" '["prediction","lower","upper"]'
	gpufit predict --engine reference -m m.st --interval --format npy -o p.npy two.csv
	grep -qa "'shape': (2, 3)" p.npy
	ref "$root/data/anes96.csv" --features age,education --target income,left_right --standardize --lr auto \
		--statistics -o m.st
	gpufit predict --engine reference -m m.st --interval two.csv
	same "${lines[0]}" income,left_right,income_lower,income_upper,left_right_lower,left_right_upper
	gpufit show m.st
	[[ $output = *"interval predictions can have intervals: predict --interval"* ]]
	gpufit show --json m.st
	same "$(value .has_intervals)" true
	ref "$root/data/anes96.csv" --features age,education --target income --epochs 1 --lr 1e-4 -o m.st
	fails 64 "m.st has no prediction intervals; wanted: a model of loss mse, trained with --statistics" \
		predict -m m.st --interval two.csv
}

@test "statistics agree with those of R and Stata that statsmodels ships" {
	[ -n "$GPUFIT_PYTHON" ] || skip "GPUFIT_PYTHON names no python"
	"$GPUFIT_PYTHON" -W ignore -c 'import statsmodels' 2>/dev/null || skip "GPUFIT_PYTHON has no statsmodels"
	GPUFIT="$GPUFIT" "$GPUFIT_PYTHON" -W ignore "$root/tests/oracle/stata_r.py"
}
