load common

# When a training ends, what it keeps, and what it says about its end.  The engine is reference, which has no kernels to
# compile.

# ref ARGUMENTS...: trains on data.csv by the reference, with its log.
ref() {
	gpufit -q --json --engine reference --log run.jsonl "$@" data.csv
}

# Writes forty rows of a plane with some noise.
tilted() {
	awk 'BEGIN { srand(5); print "a,b,y"
		for (i = 0; i < 40; i++) { a = rand(); b = rand(); print a "," b "," 3 * a - b + rand() / 4 } }' >data.csv
}

# losses prints the loss of each epoch, least the smallest of them.
losses() {
	jq -s 'map(.loss)' run.jsonl
}

@test "with a full batch the best parameters are those with the best loss" {
	tilted
	ref --optimizer adam --lr 0.5 --epochs 100 --patience 2 --seed 1
	same "$(value .stopped_early)" true
	near "$(value .loss)" "$(losses | jq min)" 1e-6
	near "$(losses | jq ".[$(value .best_epoch)]")" "$(value .loss)" 1e-6
	ref --lr 1.9 --epochs 100 --patience 2
	same "$(value '.loss <= .first_loss')" true
	# with more batches the loss of an epoch is a mean along the way: the parameters after it
	ref --batch-size 8 --epochs 30 --patience 2 --lr 0.05
	same "$(value '.loss < .first_loss')" true
}

@test "the parameters after the last update are kept if their loss is better" {
	tilted
	ref --lr 0.1 --epochs 5
	local plain=$(value .loss)
	ref --lr 0.1 --epochs 5 --patience 3
	near "$(value .loss)" "$plain" 1e-7
	same "$(value '[.best_epoch, .stopped_early] | tostring')" '[4,false]'
}

@test "with maximize a larger loss is better for patience, validation and plateau" {
	tilted
	ref --maximize --lr 0.001 --epochs 20 --patience 3
	same "$(value '[.epochs, .best_epoch, .loss > .first_loss] | tostring')" '[20,19,true]'
	ref --maximize --lr 0.001 --epochs 20 --patience 3 --validation 0.25
	same "$(value '[.epochs, .best_epoch] | tostring')" '[20,19]'
	ref --maximize --lr 0.001 --epochs 20 --schedule plateau:patience=1
	same "$(jq -s 'map(.lr) | unique | tostring' run.jsonl)" '"[0.001]"'
}

@test "with maximize penalties still make weights smaller" {
	tilted
	ref --maximize --lr 0.001 --epochs 20
	local plain=$(value '.weight[0] | map(. * .) | add') penalty
	for penalty in "--l2 5" "--l1 1" "--weight-decay 5"; do
		ref --maximize --lr 0.001 --epochs 20 $penalty
		same "$(value ".weight[0] | map(. * .) | add < $plain")" true
	done
}

@test "a training that has stopped early is not continued" {
	tilted
	local options="--optimizer adam --lr 0.5 --epochs 100 --patience 2 --batch-size 16"
	ref $options --checkpoint ck -o a.st
	local epochs=$(value .epochs)
	[ "$epochs" -lt 100 ]
	ref $options --resume ck -o b.st
	same "$(value '[.epochs, .stopped_early] | tostring')" "[$epochs,true]"
	cmp a.st b.st
}

@test "the lr of the report is that of the first step" {
	tilted
	for options in "--schedule one_cycle:max_lr=0.1" "--warmup 4" "--schedule linear"; do
		ref --epochs 20 $options
		same "$(value .lr)" "$(head -1 run.jsonl | jq .lr)"
	done
}

@test "a weight of 0 is printed without a sign" {
	tilted
	gpufit -q --engine reference --l1 10 --lr 0.1 --epochs 30 data.csv
	[[ $output = *" 0"* && $output != *" -0"$'\n'* ]]
}

@test "epochs have the order of rows of PyTorch for every start" {
	printf 'a,b,y\n1,0,1\n2,1,3\n3,-1,2\n4,2,7\n5,0,5\n6,1,8\n7,-2,4\n8,3,12\n9,1,11\n10,0,10\n' >data.csv
	# manual_seed(5); Linear(2, 1) with its parameters set to 0; DataLoader(batch_size=4, shuffle=True); torch 2.15.0
	ref --init zeros --shuffle --batch-size 4 --seed 5 --epochs 3 --lr 0.01
	near "$(losses | jq '.[0]')" 20.9485962 1e-5
	near "$(losses | jq '.[1]')" 3.8557426 1e-5
	near "$(losses | jq '.[2]')" 2.01886231 1e-5
}

@test "a validation loss that is not finite ends the training, and names the row" {
	tilted
	printf 'a,b,y\n1,0,2\n3e38,3e38,1\n' >va.csv
	local blame="the data are too large for floats, and should be standardized"
	run --separate-stderr "$GPUFIT" -q --engine reference --validation va.csv --epochs 20 --lr 0.1 --patience 3 --init zeros data.csv
	same "$status" 1
	[[ $stderr = "gpufit: training diverged: the validation loss of epoch 0 is not finite: $blame: row 2 of the validation data has"* ]]
}

@test "rows that all have weight 0 can neither train nor validate" {
	awk 'BEGIN { print "x,w,y"; for (i = 0; i < 10; i++) print i "," (i == 3) "," 2 * i }' >data.csv
	for seed in 1 2; do
		run --separate-stderr "$GPUFIT" -q --engine reference --sample-weight w --validation 0.2 --seed $seed data.csv
		same "$status" 65
		echo "$stderr"
	done >found
	same "$(sort -u found)" "gpufit: sample_weight: all 2 rows that validate have weight 0; wanted: one above 0
gpufit: sample_weight: all 8 rows that train have weight 0; wanted: one above 0"
}

# says SENTENCE ARGUMENTS...: trains on data.csv with that sentence among its notices
says() {
	local sentence=$1
	shift
	run --separate-stderr "$GPUFIT" --no-progress --engine reference "$@" data.csv
	grep -qF "$sentence" <<<"$stderr" || { echo "$stderr"; return 1; }
}

@test "a training that ends with a worse loss than it began with says so, and names what helps" {
	awk 'BEGIN { print "x,y"; for (i = 1; i <= 20; i++) print i * 40 "," i % 3 }' >data.csv
	says "the training ends worse than it began: the loss went from" --loss quantile --epochs 20 --init zeros
	# no --lr auto: the curvature of quantile has no bound
	[[ $stderr = *"; a smaller --lr, or --standardize, may help"* ]]
	says "the training ends worse than it began" --loss poisson --lr 1e-5 --epochs 2 --init zeros
	tilted
	run --separate-stderr "$GPUFIT" --engine reference --epochs 20 data.csv
	[[ $stderr != *worse* ]]
}

@test "a rate that would take forever is not advised" {
	awk 'BEGIN { print "x,y"; for (i = 1; i <= 20; i++) print i * 4000 "," i % 2 }' >data.csv
	says "lr 0.01 may not converge here, and no rate is of use: the features' sizes are too different; --standardize makes them alike" --loss bce
	says "is too small to reach the least loss in 5000 epochs: the features' sizes are too different; --standardize makes them alike" --loss bce --lr auto
}

@test "the error of a divergence names the rate that the schedule has reached and the option to change" {
	tilted
	run --separate-stderr "$GPUFIT" --engine reference --schedule one_cycle:max_lr=20 --lr 0.01 --epochs 40 -q data.csv
	same "$status" 1
	[[ $stderr = *"the schedule had made lr "* && $stderr = *"--lr auto"* && $stderr != *"lr is 0.01"* ]]
	run --separate-stderr "$GPUFIT" -q --engine reference --momentum 1.2 data.csv
	[[ $status = 1 && $stderr = *"momentum, 1.2, lets steps grow without end"* ]]
	awk 'BEGIN { print "x,z,y"; for (i = 0; i < 9; i++) print i ",0," i }' >data.csv
	run --separate-stderr "$GPUFIT" -q --engine reference --optimizer adam --eps 0 --init zeros data.csv
	[[ $status = 1 && $stderr = *"eps, 0, lets a gradient of 0 be divided by 0"* ]]
}

@test "a model that fits may be trained on, although its loss grows from almost 0" {
	awk 'BEGIN { print "x,y"; for (i = 0; i < 9; i++) print i ";" 2 * i + 1 }' | tr ';' ',' >data.csv
	ref --standardize --lr 0.4 --epochs 300 -o fits.st
	ref --init fits.st --optimizer adam --lr 0.01 --epochs 100
	same "$(value '.status, (.loss > 1e6 * .first_loss or .loss < 0.01)' | xargs)" "done true"
}

# Writes two classes that overlap.
overlapping() {
	awk 'BEGIN { srand(5); print "a,b,y"
		for (i = 0; i < 40; i++) { a = rand(); b = rand(); print a "," b "," (3 * a - b + rand() > 1.5) } }' >data.csv
}

@test "training ends when the gradient is within tolerance, with the parameters of that gradient" {
	overlapping
	ref --loss bce --lr 2 --tolerance 0.01 -o ref.st
	same "$(value '[.converged, .gradient_last <= 0.01, .epochs < 5000, .stopped_early] | tostring')" '[true,true,true,null]'
	local epochs=$(value .epochs)
	same "$(wc -l <run.jsonl)" "$epochs"
	# one epoch less, and the gradient is not yet within it
	ref --loss bce --lr 2 --epochs "$epochs"
	same "$(value '.gradient_last > 0.01')" true
	for engine in resident streaming; do
		gpufit -q --json --engine $engine --loss bce --lr 2 --tolerance 0.01 --check every -o $engine.st data.csv
		same "$(value '[.converged, .epochs] | tostring')" "[true,$epochs]"
	done
	cmp resident.st streaming.st
	# a resumed run has its end behind it
	ref --loss bce --lr 2 --tolerance 0.01 --checkpoint ck -o a.st
	ref --loss bce --lr 2 --tolerance 0.01 --resume ck -o b.st
	same "$(value '[.converged, .epochs] | tostring')" "[true,$epochs]"
	cmp a.st b.st
	# not reached: said
	ref --loss bce --lr 2 --tolerance 1e-6 --epochs 5
	same "$(value .converged)" false
}

@test "tolerance is refused with batches" {
	overlapping
	fails 64 "tolerance: it compares the gradient of all rows; wanted: no batch_size" --tolerance 1 --batch-size 4 data.csv
}

@test "a training that did not converge says so, for losses other than mse" {
	overlapping
	says "the training did not converge: the gradient was" --loss bce --lr 0.001 --epochs 20
	run --separate-stderr "$GPUFIT" --no-progress --engine reference --loss bce --lr 2 --epochs 2000 data.csv
	[[ $stderr != *converge* && $output = *"gradient 0."*" at most"* ]]
	# of a loss without a slope everywhere nothing is claimed
	run --separate-stderr "$GPUFIT" --no-progress --engine reference --loss hinge --lr 0.001 --epochs 20 data.csv
	[[ $stderr != *converge* && $output != *gradient* ]]
}
