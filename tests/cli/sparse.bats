load common

# svmlight SEED: 200 rows of 30 features, most of which a row leaves out.
svmlight() {
	awk -v seed="$1" 'BEGIN {
		srand(seed)
		for (i = 0; i < 200; i++) {
			printf "%d", rand() < 0.5
			for (j = 1; j <= 30; j++)
				if (rand() < 0.1 || j == 30 && i == 0)
					printf " %d:%.3f", j, rand() - 0.5
			print ""
		}
	}'
}

@test "a model of sparse rows has the bytes of one of dense rows" {
	svmlight 1 >a.svm
	svmlight 2 >b.svm
	for sparse in yes no; do
		gpufit -q --sparse $sparse --engine streaming --loss bce --lr auto --epochs 20 --l1 0.001 \
			--validation b.svm --patience 5 -o $sparse.st a.svm
		gpufit evaluate --sparse $sparse -m $sparse.st b.svm
		evaluated[${#evaluated[@]}]=$output
		gpufit predict --sparse $sparse -m $sparse.st b.svm
		predicted[${#predicted[@]}]=$output
	done
	cmp yes.st no.st
	same "${evaluated[0]}" "${evaluated[1]}"
	same "${predicted[0]}" "${predicted[1]}"
}

@test "large data of few numbers are kept sparse, unless an option wants dense rows" {
	svmlight 1 >a.svm
	for i in {1..1000}; do echo "$((i % 2)) $i:1 5000:$i"; done >large.svm
	gpufit -v --check off --loss bce --epochs 1 large.svm
	[[ $stderr = *"sparse rows, so each epoch is one pass over them and one over columns"* ]]
	head -n 50 large.svm >few.svm
	gpufit -v --check off --loss bce --epochs 1 --validation few.svm large.svm
	[[ $stderr = *"large.svm: rows are kept sparse"* ]]
	gpufit -v --check off --loss bce --epochs 1 --engine reference large.svm
	[[ $stderr != *"sparse rows"* ]]
	gpufit -v --check off --loss bce --epochs 1 --batch-size 500 large.svm
	[[ $stderr != *"sparse rows"* ]]
	gpufit -v --check off --loss bce --epochs 1 --batch-size 600 large.svm
	[[ $stderr = *"sparse rows"* ]]
	gpufit -v --check off --loss bce --epochs 1 a.svm
	[[ $stderr != *"sparse rows"* ]]
}

@test "batches of sparse rows give the bytes of dense ones, and a notice where steps move all parameters" {
	local how
	svmlight 1 >a.svm
	for how in "sgd --batch-size 30" "adam --l2 0.01 --batch-size 1"; do
		for sparse in no yes; do
			gpufit --sparse $sparse --loss bce --epochs 3 --shuffle --optimizer $how -o $sparse.st a.svm
			notices[${#notices[@]}]=$stderr
		done
		cmp yes.st no.st
	done
	[[ ${notices[1]} != *"each step moves"* && ${notices[2]} != *"each step moves"* ]]
	[[ ${notices[3]} = *"each step moves all 31 parameters, and its 1 row has about 3 numbers"* ]]
}

@test "sparse rows are not advised to be standardized" {
	svmlight 1 >a.svm
	gpufit --sparse yes --loss bce --lr 1e-5 --epochs 100 a.svm
	[[ $stderr = *"did not converge"*"--lr auto, may help"* && $stderr != *--standardize* ]]
}

@test "-v tells whether rows are sparse, and why" {
	printf '1 1:1 10:2\n0 3:1 4:1\n' >a.svm
	tell() { # tell OPTIONS...: what -v says of rows
		gpufit -v --engine reference --check off --epochs 1 --loss bce "$@"
		grep -o "rows are .*" <<<"$stderr"
	}
	same "$(tell --sparse yes a.svm)" "rows are kept sparse, with 20 % of their numbers: as asked"
	same "$(tell --hidden 2 a.svm)" "rows are dense: the first layer of a network takes all features of a row"
	same "$(tell --missing mean a.svm)" "rows are dense: missing values are filled in or left out"
}

@test "a checkpoint is resumed with rows kept as before" {
	svmlight 1 >a.svm
	gpufit -q --engine streaming --check off --sparse yes --loss bce --epochs 2 --checkpoint a.ck a.svm
	fails 65 "a.ck: the checkpoint was made on sparse rows, and those of this training are dense; wanted: the same --sparse" \
		--engine streaming --loss bce --epochs 4 --resume a.ck a.svm
	gpufit -q --engine streaming --check off --sparse yes --loss bce --epochs 4 --resume a.ck -o resumed.st a.svm
	gpufit -q --engine streaming --check off --sparse yes --loss bce --epochs 4 -o whole.st a.svm
	cmp resumed.st whole.st
}

# Dense rows would take 104 GB.
@test "20000 rows of 1.3 million features train in memory near that of their numbers and parameters" {
	awk 'BEGIN {
		srand(3)
		for (i = 0; i < 20000; i++) {
			printf "%d", i % 2
			for (j = 1 + int(200000 * rand()); j < 1300000; j += 1 + int(200000 * rand()))
				printf " %d:1", j
			print i ? "" : " 1300000:1"
		}
	}' >wide.svm
	ldd "$GPUFIT" | grep -q libasan && skip "a sanitizer takes all addresses"
	ulimit -v 1500000 # of which a driver's compiler takes most
	gpufit --check off --loss bce --epochs 1 --json wide.svm
	same "$(value '[.rows, .features, .engine] | tostring')" '[20000,1300000,"streaming"]'
	ulimit -v 450000
	gpufit --sparse yes --engine reference --check off --loss bce --epochs 1 --json wide.svm
	same "$(value '[.rows, .features] | tostring')" "[20000,1300000]"
}

# dense_wanted WHY ARGUMENTS...: the program refuses sparse rows for that reason.
dense_wanted() {
	local why=$1
	shift
	fails 64 "the rows are sparse: $why; wanted: dense rows (--sparse no)" "$@"
}

@test "what takes dense rows refuses sparse ones" {
	local train="--sparse yes --loss bce a.svm"
	svmlight 1 >a.svm
	dense_wanted "the first layer of a network takes all features of a row" --hidden 3 $train
	dense_wanted "only engines streaming and reference take them" --engine moments --loss mse --sparse yes -q a.svm
	dense_wanted "--emit-pytorch takes all features of a row" --emit-pytorch a.py $train
	dense_wanted "a feature whose mean is subtracted is nowhere 0, so that --standardize would fill them up" \
		--standardize $train
	gpufit -q --engine reference --loss bce --standardize --epochs 1 -o m.st a.svm
	dense_wanted "the model was trained on standardized features" predict --sparse yes -m m.st a.svm
}

# words: 2500 rows of two columns of words, and one of numbers, of which some are missing.
words() {
	awk 'BEGIN {
		srand(5)
		print "a,b,c,y"
		for (i = 0; i < 2500; i++)
			printf "w%d,v%d,%s,%d\n", 300 * rand(), 40 * rand(), i % 3 ? i % 7 : i % 2 ? "" : 0, rand() < 0.4
	}'
}

@test "a model of words kept sparse has the bytes of one of all their features" {
	words >a.csv
	for sparse in yes no; do
		gpufit -q --sparse $sparse --engine streaming --loss bce --one-hot a,b --missing mean --validation 0.2 --epochs 5 \
			-o $sparse.st a.csv
		gpufit predict --sparse $sparse -m $sparse.st a.csv
		predicted[${#predicted[@]}]=$output
	done
	cmp yes.st no.st
	same "${predicted[0]}" "${predicted[1]}"
}

@test "a column may have tens of thousands of words" {
	awk 'BEGIN { print "user,y"; for (i = 0; i < 70000; i++) print "u" i "," i % 3 % 2 }' >users.csv
	gpufit -v --check off --loss bce --one-hot user --epochs 1 --json -o users.st users.csv
	same "$(value '[.rows, .features] | tostring')" "[70000,70000]"
	[[ $stderr = *"users.csv: rows are kept sparse, with 0.0014 % of their numbers: "* ]]
	ldd "$GPUFIT" | grep -q libasan && skip "a sanitizer takes all addresses"
	ulimit -v 4000000 # dense rows would take 20 GB
	gpufit predict -m users.st users.csv
	same "$(wc -l <<<"$output")" 70001
}
