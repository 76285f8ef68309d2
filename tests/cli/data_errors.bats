# bats file_tags=quick
load common

# wrong TEXT MESSAGE [OPTIONS...]: data.csv with that text is refused; MESSAGE follows the file's name.
wrong() {
	csv "$1"
	local message=$2
	shift 2
	fails 65 "data.csv$message" data.csv "$@"
}

@test "the error of a field that is no number names its line, its column and its text" {
	wrong 'size,price\n1,2\n3,abc\n' ':3: column 2 ("price"): not a number: "abc"'
	wrong '1,2\n3,abc\n' ':2: column 2: not a number: "abc"'
	wrong 'size,price\n1,2\n\n3,1f\n' ':4: column 2 ("price"): not a number: "1f"'
	wrong 'size,price\r\n1,2\r\n3,--1\r\n' ':3: column 2 ("price"): not a number: "--1"'
}

@test "an empty field is refused" {
	wrong 'size,price\n1,2\n3,\n' ':3: column 2 ("price"): a missing value (an empty field); a target is not filled in; --missing drop'
}

@test "hexadecimal numbers are refused" {
	wrong '1,2\n3,0x10\n' ':2: column 2: not a decimal number: "0x10"'
}

@test "infinities and nan are refused" {
	wrong '1,2\n3,inf\n' ':2: column 2: not a finite number: "inf"'
	wrong '1,2\n3,-Infinity\n' ':2: column 2: not a finite number: "-Infinity"'
	wrong '1,2\nnan,3\n' ':2: column 1: a missing value ("nan"); --missing drop, mean or most'
}

@test "a number that overflows a float is refused" {
	wrong '1,2\n3,1e39\n' ':2: column 2: beyond float'\''s range: "1e39"'
	csv '1,2\n3.4028234e38,3\n'
	gpufit -q --epochs 0 --init zeros data.csv
}

@test "the error of a ragged row says how many columns it has and should have" {
	wrong 'a,b\n1,2\n3\n' ':3: 1 column, but line 1 has 2; if it is no row, sed 3d FILE | gpufit - leaves it out'
	wrong 'a,b\n1,2\n3,4,5\n' ':3: 3 columns, but line 1 has 2'
}

@test "a NUL byte is refused" {
	wrong 'a,b\n1,2\n3,\x004\n' ':3: a NUL byte; this is no text file'
}

@test "an open quote is found where it opens" {
	wrong 'a,b\n1,2\n"3,4\n5,6\n' ':3: column 1 ("a"): a quote opens here and is never closed'
}

@test "text after a closing quote is refused" {
	wrong 'a,b\n1,2\n"3"x,4\n' ':3: column 1 ("a"): text after the closing quote; a quote inside quotes is written twice'
}

@test "an empty file is refused" {
	wrong '' ':1: empty; rows of numbers are wanted'
	wrong '\n\n' ':1: empty; rows of numbers are wanted'
}

@test "a header alone is refused" {
	wrong 'a,b\n' ':1: a header, but no row follows it'
	wrong 'a,b' ':1: a header, but no row follows it'
}

@test "one column leaves no feature" {
	wrong 'a\n1\n2\n' ':1: one column was found, in "a", and none is left for the features; --delimiter C says what separates columns'
	wrong 'a,b\n1,2\n' ':1: 2 columns, taken by the targets: none is left for the features' --target a,b
}

@test "a column cannot be target and feature" {
	csv 'a,b\n1,2\n'
	fails 65 'data.csv:1: column 2 ("b") is both a feature and a target' --target b --features b data.csv
}

@test "the error of an unknown column lists the columns that there are" {
	csv 'a,b\n1,2\n'
	fails 65 'data.csv:1: target "c": no such column; there are "a", "b"' --target c data.csv
	fails 65 'data.csv:1: feature "c": no such column; there are "a", "b"' --features c data.csv
	fails 65 'data.csv:1: target "3": there are 2 columns' --target 3 data.csv
	fails 65 'data.csv:1: target "0": columns count from 1' --target 0 data.csv
	fails 65 'data.csv:1: feature "2-1": the range runs backwards' --features 2-1 data.csv
}

@test "a name that two columns share is refused" {
	csv 'a,a,b\n1,2,3\n'
	fails 65 'data.csv:1: target "a": columns 1 and 2 both have this name; give a number' --target a data.csv
}

@test "a missing file and a folder cannot be opened" {
	fails 66 "missing.csv: No such file or directory" missing.csv
	fails 66 ".: is a folder, not a file" .
}

@test "a file that may not be read cannot be opened" {
	[ "$(id -u)" -ne 0 ] || skip "root may read everything"
	csv '1,2\n'
	chmod 000 data.csv
	fails 66 "data.csv: Permission denied" data.csv
}

@test "the error of an unknown word lists the commands" {
	fails 66 "devces: No such file or directory" devces
	[[ ${stderr_lines[1]} = *"train predict evaluate devices selftest show completion" ]]
}

@test "a field of ten million digits is refused without repeating it" {
	{ echo a,b; head -c 10000000 /dev/zero | tr '\0' 1; echo ,2; } >data.csv
	fails 65 'data.csv:2: column 1 ("a"): beyond float'\''s range: "1111111111111111111111111111111111111111"...' data.csv
}

@test "a line of ten megabytes is counted and refused" {
	{ echo a,b; head -c 10000000 /dev/zero | sed 's/\x00\x00/1,/g'; echo 1; } >data.csv
	fails 65 "data.csv:2: 5000001 columns, but line 1 has 2" data.csv
}

@test "a field without end is taken for an open quote" {
	{ printf 'a,b\n1,"'; head -c 17000000 /dev/zero | tr '\0' x; } >data.csv
	fails 65 'data.csv:2: column 2 ("b"): a field of more than 16 MiB; is a quote left open?' data.csv
}

@test "UTF-16 is read as text, and its lines are counted" {
	wrong '\xff\xfea\x00,\x00b\x00' ':1: a header, but no row follows it'
}

@test "compressed data that break off or are damaged are refused" {
	csv 'a,b\n1,2\n'
	gzip data.csv
	head -c 20 data.csv.gz >cut.gz
	fails 65 "cut.gz: the gzip data break off" cut.gz
	printf '\x1f\x8bjunkjunkjunk' >junk.gz
	fails 65 "junk.gz: the gzip data are damaged" junk.gz
}

@test "errors in standard input name it" {
	csv 'a,b\n1,x\n'
	fails 65 'standard input:2: column 2 ("b"): not a number: "x"; if these are classes: --loss bce or hinge for two of them, cross_entropy for any number' - <data.csv
}

@test "header no reads line 1 as data" {
	csv 'a,b\n1,2\n'
	fails 65 'data.csv:1: column 1: not a number: "a"; --one-hot 1 would encode it' --header no data.csv
}

@test "columns without a name are called by their places, with one notice" {
	printf 'a,,b,y\n1,2,3,4\n2,3,5,6\n3,5,4,1\n' >data.csv
	run --separate-stderr "$GPUFIT" --no-progress --engine reference --epochs 1 -o m.st data.csv
	same "$status" 0
	same "$(grep -c name <<<"$stderr")" 1
	[[ $stderr = *"data.csv:1: column 2 has no name: it is called column2"* ]]
	run --separate-stderr "$GPUFIT" predict --engine reference -m m.st data.csv
	same "$status" 0
	same "$stderr" ""
	printf 'a,,,y\n1,2,3,4\n2,3,5,6\n3,5,4,1\n' >data.csv
	run --separate-stderr "$GPUFIT" --no-progress --engine reference --epochs 1 data.csv
	[[ $stderr = *"data.csv:1: 2 columns have no name: they are called by their places, the first column2"* ]]
}

# A table of 40 houses with words, names, missing values, and numbers of very different sizes.
@test "the first error of a table with words and missing values names all options that it needs, and they work" {
	awk 'BEGIN { srand(2); print "id,area,\"year of building\",city,rooms,price"
		split("Aarau Basel Chur", city, " ")
		for (i = 1; i <= 40; i++) {
			area = 40 + int(200 * rand()); year = 1900 + int(120 * rand()); c = 1 + int(3 * rand())
			print "h" i "," area "," (i == 3 ? "n/a" : year) "," city[c] "," (i == 9 ? "" : 1 + int(area / 40)) "," \
				3000 * area + 500 * (year - 1900) + 50000 * c
		}
	}' >houses.csv
	fails 65 'houses.csv:2: column 1 ("id"): not a number: "h1"; --exclude "id" leaves it out: 40 of its first 40 words are different; for a first try add --exclude id --one-hot city --missing mean --standardize' houses.csv
	try=${stderr##*first try add }
	gpufit -q --json --engine reference houses.csv $try
	near "$(value .r2)" 1 0.05
	# what is there already is not said again, and a column whose name needs quotes goes by its number
	fails 65 'houses.csv:2: column 4 ("city"): not a number: "'"$(sed -n 2p houses.csv | cut -d, -f4)"'"; --one-hot "city" would encode it; for a first try add --one-hot city --standardize' houses.csv --exclude id --missing mean
	sed '4s/n\/a/x/; 5,44s/^\([^,]*,[^,]*\),[0-9]*/\1,x/' houses.csv >words.csv
	fails 65 'words.csv:4: column 3 ("year of building"): not a number: "x"; --one-hot "year of building" would encode it; for a first try add --one-hot 3 --standardize' --exclude id words.csv --one-hot city --missing mean
	# of a few rows, and of a file that is read for a model, nothing is claimed
	head -5 houses.csv >few.csv
	fails 65 'few.csv:4: column 3 ("year of building"): a missing value ("n/a"); --missing drop, mean or most' --exclude id --one-hot city few.csv
	gpufit -q --engine reference --epochs 0 -o model.st --exclude id --one-hot city --missing drop houses.csv
	run --separate-stderr "$GPUFIT" predict -m model.st --missing error houses.csv
	[[ $stderr != *"first try"* ]]
}
