load common

# The plain table of data.bats, (1, 3), (2, 5), (-0.5, 10), in each format.  printf's escapes.
npy='\x93NUMPY\x01\x00\x3c\x00{'"'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"
npy+='\n'
npy+='\x00\x00\x80\x3f\x00\x00\x40\x40\x00\x00\x00\x40\x00\x00\xa0\x40\x00\x00\x00\xbf\x00\x00\x20\x41'
svmlight='# y index:x\n3 1:1\n5 1:2\n10 1:-0.5\n'
idx='\x00\x00\x0d\x02\x00\x00\x00\x03\x00\x00\x00\x02'
idx+='\x3f\x80\x00\x00\x40\x40\x00\x00\x40\x00\x00\x00\x40\xa0\x00\x00\xbf\x00\x00\x00\x41\x20\x00\x00'

# trains_so ARGUMENTS...: ten epochs give the results of that table
trains_so() {
	gpufit -q --loss mse --epochs 10 --json "$@" || return
	same "$(value '[.rows, .features, .outputs] | tostring')" "[3,1,1]" || return
	same "$(value .loss)" "$loss"
}

each_format_trains() { # each_format_trains COMMAND...: on a file called data of each format
	local format
	csv '1,3\n2,5\n-0.5,10\n' table.csv
	gpufit -q --loss mse --epochs 10 --json table.csv
	loss=$(value .loss)
	for format in npy svmlight idx; do
		printf "${!format}" >data
		"$@" || { echo "format: $format"; return 1; }
	done
}

from_a_file() {
	trains_so data
}

from_gzip() {
	gzip -nc data >data.gz
	trains_so data.gz
}

from_standard_input() {
	trains_so - <data && trains_so - < <(gzip -nc data)
}

@test "each format trains as CSV does" {
	each_format_trains from_a_file
}

@test "each format trains from gzip" {
	each_format_trains from_gzip
}

@test "each format trains from standard input" {
	each_format_trains from_standard_input
}

@test "a model from one format predicts in the others" {
	csv '1\n2\n-0.5\n' x.csv
	printf "$svmlight" >data.svm
	gpufit -q --epochs 10 -o m.st data.svm
	gpufit predict -m m.st x.csv
	wanted=$output
	gpufit predict -m m.st data.svm
	same "$output" "$wanted"
	printf "$npy" >data.npy
	gpufit predict -m m.st data.npy
	same "$output" "$wanted"
	printf "$idx" >data.idx
	gpufit predict -m m.st data.idx
	same "$output" "$wanted"
}

@test "an error in a binary file names the row and the column" {
	printf "${npy%x20*}xc0\\xff" >data.npy
	fails 65 "data.npy: row 3, column 2: a missing value (NaN); a target is not filled in; --missing drop" data.npy
	printf "${npy%x20*}x80\\xff" >data.npy
	fails 65 "data.npy: row 3, column 2: not a finite number" data.npy
}

@test "a NaN in an array becomes the mean of the training, or its row is left out" {
	printf "$npy" >data.npy
	gpufit -q --engine reference --epochs 10 -o m.st data.npy
	csv '1\nNA\n' x.csv
	gpufit predict -m m.st --missing mean x.csv
	wanted=$output
	printf "${npy/(3, 2)/(2, 1)}" | head -c 70 >x.npy
	printf '\x00\x00\x80\x3f\x00\x00\xc0\x7f' >>x.npy
	gpufit predict -m m.st --missing mean x.npy
	same "$output" "$wanted"
	gpufit predict -m m.st --missing drop x.npy
	same "${lines[0]} ${lines[2]}" 'prediction ""'
}

@test "an error in an svmlight file names the line" {
	csv '1 1:2\n1 1:2 1:3\n' data.svm
	fails 65 'data.svm:2: index 1 comes twice in this line' data.svm
}

@test "a target in svmlight is the label" {
	printf "$svmlight" >data.svm
	fails 65 "data.svm: column 1 as a target; in svmlight each line's label is the target" --target 1 data.svm
}

@test "labels may be in a second file" {
	printf '\x00\x00\x08\x03\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x09\x01\x08' >images.idx
	printf '\x00\x00\x08\x01\x00\x00\x00\x02\x07\x03' >labels.idx
	csv '0,9,7\n1,8,3\n' together.csv
	gpufit -q --epochs 3 --json together.csv
	loss=$(value .loss)
	gpufit -q --epochs 3 --json --labels labels.idx -o m.st images.idx
	same "$(value '[.rows, .features, .loss] | tostring')" "[2,2,$loss]"
	gpufit evaluate -m m.st --labels labels.idx images.idx
	wanted=$output
	gpufit evaluate -m m.st together.csv
	same "$output" "$wanted"
}

@test "more or fewer labels than rows are refused" {
	csv '1\n2\n3\n' x.csv
	csv '1\n2\n' y.csv
	fails 65 "x.csv: 3 rows, but y.csv has 2 labels" --labels y.csv x.csv
}

@test "a model knows whether the indices of its data begin at 0 or 1" {
	csv '1 0:1 1:2\n2 0:2 1:1\n3 0:5 1:3\n' zero.svm
	gpufit --engine reference --epochs 5 -q -o zero.st zero.svm
	csv '? 0:5 1:3\n? 1:2\n' asked.svm
	gpufit predict --engine reference -m zero.st asked.svm
	csv '? 1:2\n' alone.svm
	same "${lines[2]}" "$("$GPUFIT" predict --engine reference -m zero.st alone.svm | tail -n 1)"
	csv '1 1:1 2:2\n2 1:2 2:1\n3 1:5 2:3\n' one.svm
	gpufit --engine reference --epochs 5 -q -o one.st one.svm
	fails 65 "asked.svm:1: index 0; the model's indices count from 1 (--index-base 0 if they do not)" predict --engine reference -m one.st asked.svm
	gpufit predict --engine reference -m one.st --index-base 0 asked.svm
}
