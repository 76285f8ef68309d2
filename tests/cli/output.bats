load common

@test "the report in JSON has exactly these keys" {
	houses
	gpufit -q --json --epochs 3 --lr 1e-5 houses.csv
	same "${#lines[@]}" 1
	same "$(value 'keys_unsorted | join(" ")')" "device engine kernels rows train_rows val_rows features outputs target_names epochs steps lr epochs_needed first_loss loss r2 gradient_first gradient_last weight bias checked unchecked worst_check train_seconds load_seconds status"
	same "$(value '[.rows, .features, .outputs, .epochs, .status] | tostring')" '[5,3,1,3,"done"]'
	same "$(value '[.weight | length, (.[0] | length)] | tostring')" "[1,3]"
	same "$(value '.train_seconds > 0 and .load_seconds > 0')" true
}

@test "more than a thousand parameters are not in the JSON" {
	for columns in 1000 1001; do
		seq -s , $columns >wide.csv
		gpufit -q --json --epochs 0 wide.csv
		same "$(value 'has("weight"), has("bias")' | xargs)" "$([ $columns -eq 1000 ] && echo true true || echo false false)"
	done
}

@test "the log has an object for each epoch, counted from 0" {
	gpufit -q --epochs 7 --log run.jsonl
	same "$(jq -c keys_unsorted run.jsonl | uniq)" '["epoch","loss","lr"]'
	same "$(jq .epoch run.jsonl | xargs)" "0 1 2 3 4 5 6"
	same "$(jq .lr run.jsonl | uniq)" 0.01
}

@test "the log has the parameters of an epoch before its update" {
	houses
	gpufit -q --epochs 3 --lr 1e-5 --target price,rent --log run.jsonl --log-params houses.csv
	same "$(jq -c keys_unsorted run.jsonl | uniq)" '["epoch","loss","lr","weight","bias","grad_weight","grad_bias"]'
	same "$(jq -c '[(.weight, .grad_weight | length, (.[0] | length)), (.bias, .grad_bias | length)]' run.jsonl | uniq)" "[2,2,2,2,2,2]"
	# p - lr * grad is the next p, to a rounding of float and of nine digits each
	jq -es '. as $e | [range(2)] | all(. as $i | [$e[$i].weight, $e[$i].grad_weight, $e[$i + 1].weight] | map(flatten) | transpose |
		all((.[0] - 1e-5 * .[1] - .[2]) as $off | $off * $off <= 1e-14 * (.[0] * .[0] + 1e-10 * .[1] * .[1])))' run.jsonl
}

@test "the losses in the log are those of the parameters beside them" {
	gpufit -q --epochs 5 --log run.jsonl --log-params
	# mean of (w x + b - x^2)^2 of the seven points
	jq -es '[1, 2, 3, 4, 1.1, 2.2, 3.3] as $x | all(.weight[0][0] as $w | .bias[0] as $b |
		([$x[] | ($w * . + $b - . * .) | . * .] | add / 7) as $loss | .loss / $loss - 1 | . * . <= 4e-13)' run.jsonl
}

@test "numbers read back as the same float" {
	gpufit -q --epochs 100 --json -o a.st
	weight=$(value '.weight[0][0]')
	gpufit show --json a.st
	same "$(value '.weight[0][0]')" "$weight"
	gpufit show a.st
	[[ $output = *" $weight"* ]]
}

@test "quiet prints nothing but results" {
	gpufit -q --epochs 1000
	same "$stderr" ""
	[[ ${lines[0]} = "device   "* ]]
}

@test "verbose names device and engine on standard error" {
	gpufit -v --epochs 1
	[[ ${stderr_lines[0]} = "gpufit: device 0 (0:0): "* || ${stderr_lines[0]} = "gpufit: device "* ]]
	[[ ${stderr_lines[1]} = "gpufit: engine "*": "* ]]
	plain=$("$GPUFIT" -q --epochs 1 | grep -v ^epochs)
	same "$(grep -v ^epochs <<<"$output")" "$plain"
}

@test "output into a missing folder is refused" {
	for option in -o --output --log; do
		fails 73 "none/x: cannot create: No such file or directory" --epochs 1 $option none/x
	done
	fails 73 ".: cannot create: Is a directory" --epochs 1 -o .
}

@test "output into a folder without permission is refused" {
	[ "$(id -u)" -ne 0 ] || skip "root may write everywhere"
	mkdir locked
	chmod 555 locked
	fails 73 "locked/x: cannot create: Permission denied" --epochs 1 -o locked/x
}

@test "a full disk is an I/O error" {
	for option in -o --log; do
		run --separate-stderr "$GPUFIT" -q --epochs 3 $option /dev/full
		same "$status" 74
		same "$stderr" "gpufit: /dev/full: cannot write: No space left on device"
	done
}

@test "results that cannot be written to standard output are an I/O error" {
	for arguments in "--epochs 1" "--epochs 1 --json" --help --version devices "devices --json"; do
		run --separate-stderr bash -c '"$0" -q $1 >/dev/full || { "$0" $1 >/dev/full; }' "$GPUFIT" "$arguments"
		same "$status" 74
		same "${stderr_lines[-1]}" "gpufit: standard output: cannot write: No space left on device"
	done
}

@test "a training goes on when the reader of its output has closed the pipe" {
	"$GPUFIT" -q --trace=2000 -o m.st 2>err | head -n 1 >out
	same "$(cat out)" "epoch 0, lr 0.01"
	same "$(cat err)" ""
	gpufit show m.st
}

@test "predict ends quietly when its reader has closed the pipe, and with an error where SIGPIPE is ignored" {
	plane 100000
	head -n 100 plane.csv >few.csv
	gpufit -q --engine reference --epochs 1 -o m.st few.csv
	run --separate-stderr bash -c '"$0" predict --engine reference -m m.st plane.csv | head -n 2; echo "${PIPESTATUS[*]}"' "$GPUFIT"
	same "$stderr" ""
	same "${lines[0]} ${lines[2]}" "prediction 141 0"
	run --separate-stderr bash -c 'trap "" PIPE; "$0" predict --engine reference -m m.st plane.csv | head -n 2; echo "${PIPESTATUS[*]}"' "$GPUFIT"
	same "$stderr" "gpufit: standard output: cannot write: Broken pipe"
	same "${lines[0]} ${lines[2]}" "prediction 74 0"
}

@test "a training that fails leaves the old model" {
	echo old >m.st
	run "$GPUFIT" -q --lr 1 -o m.st
	same "$status" 1
	[[ $output != *"saved    m.st"* && $output = *"saved    nothing: m.st was not written"* ]]
	run --separate-stderr "$GPUFIT" -q --lr 1 -o m.st --json
	same "$(value .saved)" null
	same "$(cat m.st)" old
	csv '1,2\nx,3\n'
	fails 65 'data.csv:2: column 1: not a number: "x"; --one-hot 1 would encode it' -o m.st data.csv
	same "$(cat m.st)" old
	same "$(ls -A | xargs)" "data.csv m.st"
}

@test "a report names the saved model even if the log could not be written" {
	run --separate-stderr "$GPUFIT" -q --engine reference --epochs 5 -o m.st --log /dev/full
	same "$status" 74
	same "$stderr" "gpufit: /dev/full: cannot write: No space left on device"
	[[ $output = *"saved    m.st"* ]]
	gpufit show m.st
	gpufit -q --engine reference --epochs 5 -o m.st --json
	same "$(value .saved)" m.st
}

@test "output through a symbolic link replaces the file and keeps the link" {
	echo old >real.st
	ln -s real.st link.st
	gpufit -q --epochs 1 -o link.st
	[ -L link.st ]
	gpufit show real.st
	same "${lines[0]}" "linear   1 feature, 1 output"
}

@test "no file is left beside the outputs" {
	gpufit -q --epochs 10 -o m.st --log run.jsonl
	same "$(ls -A | xargs)" "m.st run.jsonl"
}

@test "no input file is written over" {
	csv '1,2\n2,4\n3,6\n'
	csv '2\n4\n6\n' labels.csv
	cp data.csv rows.csv && ln -s data.csv link.csv
	gpufit -q --epochs 3 -o model.st data.csv
	before=$(cksum ./*)
	refuses "--output would write over DATA, 'data.csv'" -o data.csv data.csv
	refuses "--output would write over DATA, 'link.csv'" -o ./data.csv link.csv
	refuses "--log would write over DATA, 'data.csv'" --log data.csv data.csv
	refuses "--checkpoint would write over --labels, 'labels.csv'" --checkpoint labels.csv --labels labels.csv data.csv
	refuses "--output would write over --validation, 'rows.csv'" -o rows.csv --validation rows.csv data.csv
	refuses "--output would write over DATA, 'data.csv'" predict -m model.st -o data.csv data.csv
	refuses "--output would write over --model, 'model.st'" predict -m model.st -o model.st data.csv
	refuses "--log would write over --init, 'model.st'" --init model.st --log ./model.st data.csv
	refuses "--checkpoint would write over --init, 'model.st'" --init model.st --checkpoint ./model.st data.csv
	refuses "--output would write over --resume, 'data.csv'" --resume data.csv -o link.csv rows.csv
	refuses "--log would write over --resume, 'labels.csv'" --resume labels.csv --log "$PWD/labels.csv" rows.csv
	same "$(cksum ./*)" "$before"
}

@test "the file on standard input is not written over, under any of its names" {
	csv '1,2\n2,4\n3,6\n'
	gpufit -q --epochs 3 -o model.st data.csv
	before=$(cksum ./*)
	for name in data.csv ./data.csv /dev/stdin /proc/self/fd/0; do
		refuses "--output would write over DATA, which is standard input" -o $name - <data.csv
		refuses "--log would write over DATA, which is standard input" --log $name - <data.csv
		refuses "--output would write over DATA, which is standard input" predict -m model.st -o $name - <data.csv
		refuses "--output would write over DATA, '/dev/stdin'" -o $name /dev/stdin <data.csv
	done
	run --separate-stderr bash -c '"$0" predict -m model.st data.csv >>data.csv' "$GPUFIT"
	same "$status" 64
	same "${stderr_lines[0]}" "gpufit: standard output would write over DATA, 'data.csv'"
	same "$(cksum ./*)" "$before"
	gpufit predict -m model.st -o new.csv - <data.csv
	same "$(wc -l <new.csv)" 4
}

@test "two outputs with the same file are refused, however it is spelt" {
	mkdir sub
	ln -s same one
	ln -s sub/../same other
	for pair in "same ./same" "same sub/../same" "same $PWD/same" "one same" "one other"; do
		refuses "--output and --checkpoint name the same file" --epochs 1 -o ${pair% *} --checkpoint ${pair#* }
	done
	same "$(ls -A | xargs)" "one other sub"
	touch same
	refuses "--log and --output name the same file" --epochs 1 -o one --log other
	gpufit -q --epochs 1 -o same --log sub/same --engine reference
	run --separate-stderr bash -c '"$0" -q --epochs 1 -o m.st >m.st' "$GPUFIT"
	same "${stderr_lines[0]}" "gpufit: --output would replace the file of standard output"
}

@test "a pipe is not read as two files, nor as a checkpoint" {
	mkfifo pipe
	refuses "DATA and --labels are one pipe, which can be read once only" --labels pipe ./pipe
	refuses "--resume: wanted a file, found the pipe 'pipe'" --resume pipe
	refuses "--checkpoint: wanted a file, found the pipe 'pipe'" --checkpoint pipe
}

@test "the next run removes the temporary files of a killed one" {
	echo half >.gpufit-4194305-0.tmp
	gpufit -q --epochs 1 -o m.st --engine reference
	same "$(ls -A)" m.st
	csv '1\n2\n'
	echo half >.gpufit-4194305-0.tmp
	gpufit predict -m m.st -o p.csv data.csv
	same "$(ls -A | xargs)" "data.csv m.st p.csv"
}

@test "a model may replace the one that the training started from" {
	csv '1,2\n2,4\n3,6\n'
	gpufit -q --epochs 3 -o model.st data.csv
	gpufit -q --epochs 3 --init model.st -o model.st data.csv
	gpufit -q --epochs 3 --checkpoint run.ckpt data.csv
	gpufit -q --epochs 5 --resume run.ckpt --checkpoint run.ckpt data.csv
}
