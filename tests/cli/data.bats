load common

plain='x,y\n1,3\n2,5\n-0.5,1e1\n'

# holds_plain [OPTIONS...] FILE: the file has the numbers of $plain, as its loss shows, the mean of
# (-0.0074868202 x + 0.5364435911 - y)^2.
holds_plain() {
	gpufit -q --epochs 0 --json "$@" && same "$(value '[.rows, .features] | tostring')" "[3,1]" &&
		near "$(value .loss)" 38.550449338 3e-7
}

# as_plain TEXT [OPTIONS...]: a file of that text has the numbers of $plain
as_plain() {
	csv "$1"
	shift
	holds_plain "$@" data.csv
}

@test "CRLF, a BOM, quotes and a missing last newline change nothing" {
	as_plain 'x,y\r\n1,3\r\n2,5\r\n-0.5,1e1\r\n'
	as_plain '\xef\xbb\xbfx,y\n1,3\n2,5\n-0.5,1e1\n'
	as_plain '"x","y"\n"1","3"\n"2","5"\n"-0.5","1e1"\n'
	as_plain 'x,y\n1,3\n2,5\n-0.5,1e1'
	as_plain 'x,y\n\n1,3\n2,5\n\n-0.5,1e1\n\n'
}

@test "tab, semicolon and space are found as delimiters" {
	as_plain 'x\ty\n1\t3\n2\t5\n-0.5\t1e1\n'
	as_plain 'x;y\n1;3\n2;5\n-0.5;1e1\n'
	as_plain 'x y\n1 3\n2 5\n-0.5 1e1\n'
}

@test "a delimiter can be given by word or character" {
	as_plain 'x;y\n1;3\n2;5\n-0.5;1e1\n' --delimiter semicolon
	as_plain 'x|y\n1|3\n2|5\n-0.5|1e1\n' --delimiter '|'
	as_plain 'x\ty\n1\t3\n2\t5\n-0.5\t1e1\n' --delimiter=tab
}

@test "a file without a header starts with data" {
	as_plain '1,3\n2,5\n-0.5,1e1\n'
	as_plain '1,3\n2,5\n-0.5,1e1\n' --header no
}

@test "header yes reads numbers as names" {
	as_plain '7,8\n1,3\n2,5\n-0.5,1e1\n' --header yes
}

@test "standard input and gzip are read like files" {
	csv "$plain"
	holds_plain - <data.csv
	gzip -c data.csv >packed.csv.gz
	holds_plain packed.csv.gz
	holds_plain - <packed.csv.gz
	gzip -c data.csv >misnamed.csv
	holds_plain misnamed.csv
}

@test "a file named like a command is given as a path or after --" {
	csv "$plain" devices
	holds_plain ./devices
	holds_plain -- devices
}

@test "names may have commas, quotes and letters of any script" {
	csv '"größe, m²","""q""",価格\n1,2,3\n2,3,5\n'
	gpufit -q --epochs 1 --target '価格' data.csv -o m.st
	gpufit show --json m.st
	same "$(value '.feature_names[0]')" "größe, m²"
	same "$(value '.feature_names[1]')" '"q"'
	same "$(value '.target_names[0]')" "価格"
}

@test "data on standard input are read with -, and without it a message says so" {
	csv '1,2\n2,3\n3,4\n4,5\n'
	quick="--engine reference --epochs 3"
	unread="gpufit: standard input has data, which are not read: give - to train on them and not on the built-in points"
	points="data     the built-in points: 7 rows, 1 feature, 1 output"
	# shellcheck disable=SC2086 # words
	gpufit $quick <data.csv
	same "$stderr" "$unread"
	same "$(grep ^data <<<"$output")" "$points"
	cat data.csv | "$GPUFIT" $quick >out 2>err
	same "$(cat err)" "$unread"
	same "$(grep ^data out)" "$points"
	# shellcheck disable=SC2086
	refuses "--target needs DATA: the built-in points have one feature and one target; give - to read standard input" --target y <data.csv
	for input in /dev/null <(:); do
		gpufit $quick <$input
		same "$stderr" ""
		same "$(grep ^data <<<"$output")" "$points"
	done
	gpufit -q --json $quick <data.csv
	same "$stderr" ""
	same "$(value .data)" "the built-in points"
	gpufit $quick - <data.csv
	same "$stderr" ""
	same "$(grep ^data <<<"$output")" "data     4 rows, 1 feature, 1 output"
	# A loop that reads a file goes on reading it.
	same "$(while read -r _; do "$GPUFIT" -q $quick | grep -c "$points"; done <data.csv | xargs)" "1 1 1 1"
}
