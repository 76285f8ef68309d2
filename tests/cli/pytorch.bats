#!/usr/bin/env bats
# pytorch.bats: scripts of --emit-pytorch train in PyTorch what gpufit trains.
load common

# emitted NAME OPTIONS... DATA: writes NAME.py, the log of the training NAME.log, and its start NAME.st, which is not folded as
# that of standardized features would be.
emitted() {
	local option start=()
	for option in "${@:2}"; do
		[ "$option" = --standardize ] || start+=("$option")
	done
	names+=("$1")
	"$GPUFIT" -q --engine reference --epochs 10 --log "$1.log" --emit-pytorch "$1.py" "${@:2}" >report || return
	"$GPUFIT" -q --engine reference --lr 1 "${start[@]}" --epochs 0 -o "$1.st" >report
}

@test "PyTorch starts from the same bits and has the same losses" {
	python=${GPUFIT_PYTHON:-python3}
	"$python" -c "import torch, numpy" 2>/dev/null || skip "no torch and numpy in $python; set GPUFIT_PYTHON"
	local names=() iris=$root/data/iris.csv digits=$root/data/digits.csv norris=$root/data/nist/Norris.csv
	emitted notebook
	emitted seeded --seed 3 --hidden 5 --activation gelu
	emitted iris --loss cross_entropy --standardize --validation 0.2 --lr 0.5 "$iris"
	emitted lr_auto --loss cross_entropy --lr auto "$iris"
	emitted norris --target y --standardize --optimizer adam --lr 0.1 "$norris"
	emitted digits --loss cross_entropy --hidden 32 --activation gelu_tanh --batch-size 100 --shuffle --drop-last \
		--optimizer adamw --validation 0.25 "$digits"
	emitted warm --loss cross_entropy --hidden 9,8 --activation leaky_relu --negative-slope 0.1 --batch-size 30 \
		--warmup 7 --l2 0.01 --clip-norm 2 --schedule cosine:t_max=6,eta_min=0.001 --momentum 0.9 --nesterov "$iris"
	emitted cycle --loss cross_entropy --batch-size 50 --optimizer adam \
		--schedule one_cycle:max_lr=0.02,anneal=linear "$iris"
	emitted plateau --loss cross_entropy --lr 2 --schedule plateau:factor=0.5,patience=0 --no-bias "$iris"
	emitted steps --loss cross_entropy --schedule multistep:milestones=3/6,gamma=0.5 --batch-size 64 --schedule-per step \
		--optimizer rmsprop --alpha 0.9 --centered "$iris"
	csv '1;2;a\n2;1;b\n3;5;b\n4;-1;a\n2;2;b\n'
	for loss in bce hinge squared_hinge; do
		emitted $loss --loss $loss --shuffle --init zeros --header no data.csv
	done
	csv 'x\ty\tz\n1\t2\t3\n2\t1\t4\n3\t5\t9\n4\t0.5\t1\n' tabs.csv
	for loss in l1 smooth_l1 huber quantile epsilon_insensitive poisson gamma tweedie; do
		emitted $loss --loss $loss --target y,z tabs.csv
	done
	emitted parameter --loss huber --delta 0.5 --clip-value 0.1 --optimizer adagrad --lr-decay 0.1 tabs.csv
	"$python" -c "import numpy; numpy.save('table.npy', numpy.array([[1.5, 2, 0], [2, 1, 1], [0, 7, 1], [1, 1, 0]]))"
	emitted table --loss mse table.npy
	emitted classes --loss cross_entropy table.npy
	run "$python" "$root/tests/cli/pytorch_check.py" "${names[@]}"
	same "$status" 0 || { echo "$output"; return 1; }
	same "${#lines[@]}" "${#names[@]}"
}

@test "the script of the notebook is the one that a person would write" {
	emitted notebook
	diff notebook.py "$root/tests/cli/pytorch_notebook.txt"
}

@test "the script of the digits has batches, a split and a network" {
	cp "$root/data/digits.csv" .
	"$GPUFIT" -q --engine reference --check off --epochs 1 --hidden 128 --loss cross_entropy --batch-size 128 --shuffle \
		--optimizer adam --validation 0.2 --standardize --emit-pytorch digits.py digits.csv >report
	diff digits.py "$root/tests/cli/pytorch_digits.txt"
}

@test "what the script has no words for is refused before the training" {
	csv 'a,b,y\n1,2,3\n2,1,4\n,5,6\n'
	refuses "--emit-pytorch has no words for --patience" --emit-pytorch s.py --patience 3
	refuses "--emit-pytorch: the script needs a file, not standard input" --emit-pytorch s.py -
	fails 64 "--emit-pytorch has no words for --missing" --emit-pytorch s.py --missing drop data.csv
	csv '1 1:2 2:3\n2 1:1\n' data.svm
	fails 64 "--emit-pytorch reads .npy and text with , ; | or tabs between columns, whose first line is data or names all \
columns: data.svm is another" --emit-pytorch s.py data.svm
	[ ! -e s.py ]
}
