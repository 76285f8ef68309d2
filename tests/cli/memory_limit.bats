load common

# train OPTIONS...: trains on plane.csv (240 KB of features) with all features on the device, and then within each of $limits
# bytes of it, to equal models.
train() {
	local limit

	gpufit -q --no-progress "$@" -o whole.st plane.csv
	for limit in $limits; do
		gpufit -q --no-progress "$@" --memory-limit "$limit" --json -o part.st plane.csv
		cmp whole.st part.st
		same "$(value '.parts > .parts_held and .sent_bytes > 0')" true
	done
}

@test "models of features that take turns on the device have the bytes of those that are all there" {
	plane 20000
	limits='120K 34K 4800'
	train --epochs 5 --lr auto --validation 0.2
	limits=34K
	train --epochs 3 --batch-size 128 --shuffle --average
	train --epochs 2 --batch-size 1000 --hidden 4 --optimizer adam
	limits=200K
	train --epochs 5 --engine moments
}

@test "what predicts, evaluates and searches within a memory limit has the results of all features on the device" {
	plane 5000
	gpufit -q --epochs 20 -o m.st plane.csv
	for limit in 1G 5K; do
		gpufit predict -q --memory-limit $limit -m m.st plane.csv
		predicted[${#predicted[@]}]=$output
		gpufit evaluate -q --memory-limit $limit -m m.st plane.csv
		evaluated[${#evaluated[@]}]=$output
		gpufit -q --no-progress --json --memory-limit $limit --epochs 20 --folds 3 --sweep lr=0.01,0.1 plane.csv
		searched[${#searched[@]}]=$(value 'del(.engine) | del(.. | .train_seconds?, .load_seconds?)')
	done
	same "${predicted[0]}" "${predicted[1]}"
	same "${evaluated[0]}" "${evaluated[1]}"
	same "${searched[0]}" "${searched[1]}"
}

@test "--verbose says what a memory limit costs, and a limit that is too small is refused" {
	plane 5000
	gpufit -v --epochs 2 --memory-limit 5K plane.csv
	[[ $stderr =~ 'features: '[0-9]+' parts, '[0-9]+' of them on the device at a time; the steps sent it '[0-9.]+' KiB: '[0-9.]+' KiB an epoch, ' ]]
	[[ $stderr = *'each step is one pass over its rows; engine resident: it takes all of x at a time'* ]]
	run --separate-stderr "$GPUFIT" --memory-limit 2K plane.csv
	same $status 64
	[[ $stderr =~ ^'gpufit: memory_limit: 2048 bytes of device '.*' for rows of 3 features; wanted: at least '[0-9]+', for two buffers of 128 rows'$ ]]
	refuses "--memory-limit: wanted bytes, with K, M, G or T for 1024 and its powers, as in 500M, found '5X'" \
		--memory-limit 5X plane.csv
	refuses "--memory-limit: wanted bytes, with K, M, G or T for 1024 and its powers, as in 500M, found '99999999999T'" \
		--memory-limit 99999999999T plane.csv
	fails 64 'memory_limit: engine reference has no device; wanted: another engine' --engine reference --memory-limit 1M plane.csv
}

@test "sparse rows have no parts that take turns" {
	for i in {1..400}; do echo "$i 1:1 $((i % 20 + 2)):2"; done >few.svm
	fails 64 'the rows are sparse: only parts of dense rows take turns within a memory limit; wanted: dense rows (--sparse no)' \
		--sparse yes --memory-limit 1K few.svm
}
