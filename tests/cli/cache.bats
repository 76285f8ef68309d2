load common

# words SEED: 300 rows of two numbers, a word, a class, a weight, and some holes.
words() {
	awk -v seed="$1" 'BEGIN {
		srand(seed)
		split("red green blue", color)
		print "a,b,color,weight,kind"
		for (i = 0; i < 300; i++)
			printf "%s,%.4f,%s,%d,%s\n", rand() < 0.05 ? "" : rand(), 9 * rand(),
				color[1 + int(3 * rand())], 1 + int(3 * rand()), rand() < 0.4 ? "yes" : "no"
	}'
}

# leftovers: how many temporary files the folder has.
leftovers() {
	find . -name '.gpufit-*' | wc -l
}

# anonymous ARGUMENTS...: runs the program, which must succeed, and sets $peak to the most memory that it had of its own, in
# MiB, as seen a hundred times a second: pages of files do not count.
anonymous() {
	local now=0 process
	peak=0
	"$GPUFIT" -q --engine streaming --check off --epochs 2 "$@" >out 2>err &
	process=$!
	while kill -0 $process 2>>gone; do
		now=$(awk '/^RssAnon/ { print int($2 / 1024) }' /proc/$process/status 2>>gone) || continue
		[ "${now:-0}" -le "$peak" ] || peak=$now
		sleep 0.01
	done
	wait $process || { cat err; return 1; }
}

# zeros FILE ROWS COLUMNS: a NumPy array of zeros, which take no room on the disk.
zeros() {
	printf '\x93NUMPY\x01\0v\0%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($2, $3), }" >"$1"
	truncate -s $((128 + 4 * $2 * $3)) "$1"
}

@test "a model trained from a cache has the bytes of one trained from the data" {
	words 1 >w.csv
	for more in "--standardize --validation 0.2 --patience 3" "--batch-size 32 --shuffle" "--folds 3"; do
		rm -f w.cache
		# shellcheck disable=SC2086 # words
		for cache in "" "--cache w.cache" "--cache w.cache"; do
			run --separate-stderr "$GPUFIT" -q --loss bce --one-hot color --sample-weight weight --missing mean \
				--engine reference --epochs 5 --lr 0.1 $more $cache -o "m$((models++)).st" w.csv
			same "$status" 0
			report=$(grep -v '^epochs\|^saved\|^time' <<<"$output")
			[ -z "$cache" ] && wanted=$report
			same "$report" "$wanted"
		done
		[ "$more" = "--folds 3" ] && continue # which save no model
		cmp "m$((models - 3)).st" "m$((models - 2)).st"
		cmp "m$((models - 3)).st" "m$((models - 1)).st"
	done
	same "$(leftovers)" 0
	for command in predict evaluate; do
		gpufit $command -m m0.st w.csv
		wanted=$output
		for turn in made used; do
			gpufit $command -m m0.st --cache $command.cache w.csv
			same "$output" "$wanted"
			[ "$turn" = used ] || same "$stderr" ""
		done
		gpufit $command -q -m m3.st --cache $command.cache w.csv
	done
	fails 65 "w.cache: is a cache, which is not read; the file that it was made of is wanted as DATA, and this one as --cache" \
		w.cache
}

@test "a cache is made anew for other data and options, and says so" {
	words 1 >w.csv
	gpufit --engine reference --cache w.cache --features a,b --target kind --missing drop --loss bce --epochs 1 w.csv
	words 2 >w.csv
	gpufit --engine reference --cache w.cache --features a,b --target kind --missing drop --loss bce --epochs 1 w.csv
	[[ $stderr = *"gpufit: w.cache: the cache is of another file, or the file has changed since; it is made anew"* ]]
	gpufit --engine reference --cache w.cache --features a,b --target weight --missing drop --epochs 1 w.csv
	[[ $stderr = *"gpufit: w.cache: the cache was made with other options (target), and is made anew"* ]]
	truncate -s -1 w.cache
	gpufit --engine reference --cache w.cache --features a,b --target weight --missing drop --epochs 1 w.csv
	[[ $stderr = *"gpufit: w.cache: the cache was cut or altered, and is made anew"* ]]
	gpufit --engine reference --cache w.cache --features a,b --target weight --missing drop --epochs 1 w.csv
	[[ $stderr != *w.cache* ]]
}

@test "a cache takes the place of no other file, and needs a file to read" {
	words 1 >w.csv
	cp w.csv copy.csv
	refuses "--cache would write over DATA, 'w.csv'" --cache w.csv w.csv
	refuses "--output and --cache name the same file" --cache m.st -o m.st w.csv
	fails 65 "copy.csv: is no cache that this program made, and is not replaced; wanted: the name of a new file" \
		--cache copy.csv --target kind --exclude color --loss bce w.csv
	cmp w.csv copy.csv
	fails 64 "cache: standard input has no name and time by which a later run could know it; wanted: a file" \
		--cache w.cache - <w.csv
	fails 73 "nowhere/w.cache: cannot create: No such file or directory" --cache nowhere/w.cache w.csv
	refuses "--cache needs DATA: the built-in points have one feature and one target" --cache w.cache
}

@test "two processes that make one cache at once both train as one without a cache" {
	yes 1,2,0.5,4,3 | head -n 100000 >d.csv
	"$GPUFIT" -q --engine reference --epochs 2 -o a.st --cache d.cache d.csv >a &
	"$GPUFIT" -q --engine reference --epochs 2 -o b.st --cache d.cache d.csv >b &
	wait
	gpufit -q --engine reference --epochs 2 -o c.st d.csv
	cmp a.st c.st
	cmp b.st c.st
	gpufit --engine reference --epochs 2 --cache d.cache d.csv
	[[ $stderr != *d.cache* ]]
	same "$(leftovers)" 0
}

@test "a process that is killed while it makes a cache leaves no cache, and the next one cleans up" {
	yes 1,2,0.5,4,3 | head -n 3000000 >d.csv
	"$GPUFIT" -q --engine reference --epochs 1 --cache d.cache d.csv >killed 2>&1 &
	process=$!
	while kill -0 $process && [ "$(leftovers)" = 0 ]; do :; done
	kill -9 $process
	wait $process || true
	[ ! -e d.cache ]
	same "$(leftovers)" 1
	head -n 3 d.csv >e.csv
	gpufit -q --engine reference --epochs 1 --cache e.cache e.csv
	same "$(leftovers)" 0
}

# stays_below LIMIT ARGUMENTS...: the second run has less than LIMIT MiB; in the first one OpenCL may compile, which takes more.
stays_below() {
	ldd "$GPUFIT" | grep -q libasan && skip "a sanitizer has memory of its own"
	"$GPUFIT" -q --engine streaming --check off --epochs 2 "${@:2}" >first
	[ -z "$made" ] || rm -f "$made"
	anonymous "${@:2}"
	echo "$peak MiB: ${*:2}"
	[ "$peak" -lt "$1" ]
}

@test "an array of 120 MB takes half of that, also standardized, split and shuffled" {
	zeros x.npy 300000 100
	zeros y.npy 300000 1
	stays_below 60 --labels y.npy x.npy
	stays_below 60 --labels y.npy --cache x.cache --standardize --validation 0.1 x.npy
	[ ! -e x.cache ] # the array is used where it stands
	made=x.cache stays_below 60 --target 1 --cache x.cache x.npy
	stays_below 60 --target 1 --cache x.cache --shuffle=blocks --batch-size 1000 x.npy
	same "$(leftovers)" 0
}

@test "a CSV file of 64 MB of numbers becomes a cache in 40 MB of memory" {
	yes 1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6 | head -n 500000 >d.csv
	made=d.cache stays_below 45 --lr 1e-9 --cache d.cache d.csv
}
