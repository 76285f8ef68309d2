#!/usr/bin/env bats
# bats file_tags=quick
# several_files.bats: several files, and files that programs compressed, as one table.

load common

# parts: writes data.csv, and its rows in part-1.csv and part-2.csv
parts() {
	csv 'x,y\n1,3\n2,5\n-0.5,1e1\n'
	printf 'x,y\n1,3\n' >part-1.csv
	printf 'x,y\n2,5\n-0.5,1e1' >part-2.csv
}

# holds_parts OPTIONS...: a training on these files starts from the loss of data.csv
holds_parts() {
	gpufit -q --epochs 0 --json "$@"
	same "$(value '[.rows, .loss] | tostring')" "$whole"
}

@test "several files are one table, named, by a pattern, and with standard input among them" {
	parts
	gpufit -q --epochs 0 --json data.csv
	whole=$(value '[.rows, .loss] | tostring')
	holds_parts part-1.csv part-2.csv
	holds_parts 'part-*.csv'
	holds_parts part-1.csv - <part-2.csv
}

@test "a pattern that nothing matches is an error, and a file of that name is no pattern" {
	parts
	fails 66 'none-*.csv: No such file or directory' 'none-*.csv'
	cp data.csv 'part-[12].csv'
	gpufit -q --epochs 0 --json 'part-[12].csv'
	same "$(value .rows)" 3
}

@test "predict and evaluate take several files" {
	parts
	gpufit -q part-1.csv part-2.csv --lr 0.1 --epochs 10 -o m.safetensors
	gpufit predict -m m.safetensors data.csv
	whole=$output
	gpufit predict -m m.safetensors part-1.csv part-2.csv
	same "$output" "$whole"
	gpufit evaluate -m m.safetensors data.csv
	whole=$output
	gpufit evaluate -m m.safetensors 'part-*.csv'
	same "$output" "$whole"
}

@test "no output replaces any of the files" {
	parts
	refuses "--output would write over DATA, 'part-2.csv'" part-1.csv part-2.csv -o part-2.csv
}

@test "no output replaces an .npz file of which an array is read" {
	echo not read >d.npz
	refuses "--output would write over DATA, 'd.npz:train'" d.npz:train -o d.npz
}

@test "rows left out are counted in all files" {
	parts
	printf 'x,y\n,3\n' >part-3.csv
	gpufit --epochs 0 --missing drop part-1.csv part-2.csv part-3.csv
	[[ $stderr = *"part-1.csv and 2 more files: left out 1 row with missing values"* ]]
}

@test "a compressed file that breaks off trains nothing" {
	command -v bzip2 >found || skip "bzip2 is not installed"
	parts
	bzip2 -c data.csv | head -c 40 >broken.bz2
	run --separate-stderr "$GPUFIT" part-1.csv broken.bz2 -o m.safetensors
	same "$status" 65
	[[ $stderr = *"broken.bz2: bzip2 cannot decompress it: bzip2: Compressed file ends"* ]]
	[ ! -e m.safetensors ]
}
