# bats file_tags=quick
load common

header=$root/host/include/gpufitcl.h
lists=$root/host/include/gpufitcl_words.h
manual=$root/host/cli/gpufit.1.scd
commands="train predict evaluate devices selftest show completion"

# list NAME: prints the words of GF_NAME_LIST, a line each
list() {
	sed -n "/^#define GF_$1_LIST(/,/[^\\\\]\$/p" "$lists" | grep -oP '\bX\(\K\w+(?=,)'
}

# words NAME: prints them as messages do
words() {
	list "$1" | awk '{ word[NR] = $0 } END {
		for (i = 1; i <= NR; i++) printf "%s%s", word[i], i == NR ? "" : i == NR - 1 ? " or " : ", "
	}'
}

@test "the error of a wrong word lists the right ones" {
	refuses "--loss: wanted $(words LOSS), found 'mae'" --loss mae
	refuses "--optimizer: wanted $(words OPTIMIZER), found 'lbfgs'" --optimizer=lbfgs
	refuses "--schedule: wanted WORD:PARAMETER=VALUE,... with the word $(words SCHEDULE), found 'cosin:t_max=3'" --schedule cosin:t_max=3
	refuses "--schedule: wanted WORD:PARAMETER=VALUE,... with the word $(words SCHEDULE), found '$(printf '%040d' 0)'" --schedule "$(printf '%040d' 0)"
	refuses "--schedule-per: wanted auto, epoch or step, found 'batch'" --schedule step:step_size=3 --schedule-per batch
	refuses "--class-weight: wanted weights as in a=2,b=1, or none or balanced, found '1'" --class-weight 1
	refuses "--missing: wanted error, drop, mean, most, category or auto, found 'median'" --missing median data.csv
	refuses "--engine: wanted auto, reference, resident, streaming or moments, found 'gpu'" --engine gpu
	refuses "kernels: engine reference has none" --engine reference --kernels gpu
	refuses "--kernels: wanted $(words KERNELS), found 'fpga'" --kernels fpga
	refuses "--check: wanted auto, every, ends or off, found 'on'" --check on
	refuses "--init: wanted an existing model file, or the word pytorch, zeros or notebook, found ''" --init ''
	refuses "--init: wanted an existing model file, or the word pytorch, zeros or notebook, found 'zeroes'" --init zeroes
	csv '1,2\n'
	refuses "--header: wanted yes, no or auto, found 'true'" --header true data.csv
	refuses "--delimiter: wanted one character that is part of no number, or comma, tab, semicolon, bar or space, found '.'" --delimiter . data.csv
}

@test "a value that is no number, or out of range, is refused" {
	for wrong in -1 1e3 0x10 ten +5 "5 " 99999999999999999999; do
		refuses "--epochs: wanted a whole number, 0 or above, found '$wrong'" --epochs="$wrong"
	done
	for wrong in 0 -0.1 nan inf 0x1p-3 1e39 1e-50 1e-400 fast 1,5; do
		refuses "--lr: wanted a number above 0 that a float can hold, or auto, found '$wrong'" --lr="$wrong"
	done
	for wrong in -1 18446744073709551616 x; do
		refuses "--seed: wanted a whole number from 0 to 18446744073709551615, found '$wrong'" --seed="$wrong"
	done
	refuses "--trace: wanted a whole number, 0 or above, found 'x'" --trace=x
	refuses "--explain: wanted an epoch, counted from 0, found 'x'" --explain=x
}

@test "--option value and --option=value are the same" {
	csv 'a;b;c\n1;2;3\n4;5;6\n'
	gpufit -q --target b --features c,a --header yes --delimiter semicolon --loss mse --optimizer sgd --lr 0.02 --epochs 4 \
		--init pytorch --seed 7 --check every --device 0 --engine streaming --log-params --log a.jsonl --output a.st data.csv
	gpufit -q --target=b --features=c,a --header=yes --delimiter=semicolon --loss=mse --optimizer=sgd --lr=0.02 --epochs=4 \
		--init=pytorch --seed=7 --check=every --device=0 --engine=streaming --log-params --log=b.jsonl --output=b.st data.csv
	cmp a.jsonl b.jsonl
	cmp a.st b.st
	gpufit -q -o c.st --target b --features c,a --lr 0.02 --epochs 4 --seed 7 --engine streaming data.csv
	cmp a.st c.st
	gpufit predict -m a.st --output a.csv data.csv
	gpufit predict --model=a.st --output=b.csv data.csv
	cmp a.csv b.csv
}

@test "an unknown option and a missing value are refused" {
	refuses "--bogus: unknown option" --bogus
	refuses "-x: unknown option" -x
	refuses "--lr: missing argument" --lr
	refuses "--log: wanted a file, found '--json'" --log --json
	refuses "--lr: unknown option" devices --lr 1
}

@test "too many and too few files are refused" {
	touch a
	refuses "one MODEL at most, found 'a' and 'b'" show a b
	refuses "devices takes options only, found 'a'" devices a
	refuses "no DATA: give a file, or - for standard input" predict -m x
	refuses "no model: give one with -m MODEL" evaluate x
	refuses "no MODEL: give a file" show
}

@test "a misspelt command, a wrong option and a file too many have errors of their own" {
	touch data.csv
	refuses "'evalute' is neither a command nor a file" evalute -m x data.csv
	refuses "'fit' is neither a command nor a file" fit data.csv
	refuses "-m: unknown option" data.csv -m x
	fails 66 "fit: No such file or directory" fit --epochs 3
}

@test "options that contradict each other are refused" {
	refuses "--quiet and --verbose contradict each other" -q -v
	refuses "--log-params needs --log FILE" --log-params
	refuses "--log and --output name the same file" --log x -o x
	refuses "--json leaves no room for the tables of --trace and --explain; --log FILE --log-params has their numbers" --json --trace
	refuses "--clip-norm and --clip-value contradict each other: the result would depend on which goes first" --clip-norm 1 --clip-value 1
}

@test "no message and no report has control characters" {
	name=$'a\nb\e[31m\xe2\x80\xae\xff.csv'
	shown='a\nb\x1b[31m\xe2\x80\xae\xff.csv'
	fails 66 "./$shown: No such file or directory" "./$name"
	refuses "--lr: wanted a number above 0 that a float can hold, or auto, found '$shown'" --lr "$name"
	no_device "$shown" --device "$name"
	same "$(GPUFIT_DEVICE=$name "$GPUFIT" 2>&1 | tail -n 1)" "GPUFIT_DEVICE asks for '$shown'"
	gpufit -q --engine reference --epochs 1 -o "$name"
	same "$(grep ^saved <<<"$output")" "saved    $shown"
	gpufit -q --engine reference --epochs 1 -o "./é.st"
	same "$(grep ^saved <<<"$output")" "saved    ./é.st"
}

@test "the error of a mistake names the help of its command" {
	refuses "--bogus: unknown option" --bogus
	same "${stderr_lines[1]}" "try 'gpufit --help'"
	refuses "--bogus: unknown option" predict --bogus
	same "${stderr_lines[1]}" "try 'gpufit predict --help'"
}

@test "each command has its help, on standard output and within 80 columns" {
	for command in $commands; do
		gpufit $command --help
		same "$stderr" ""
		[[ $output = *"Usage: gpufit "* ]]
		same "$(awk 'length > 80' <<<"$output")" ""
		wanted=$output
		gpufit $command -h
		same "$output" "$wanted"
	done
}

@test "help alone fits a terminal, with examples, every command, and only options that exist" {
	gpufit --help
	same "$stderr" ""
	same "$(awk 'length > 80' <<<"$output")" ""
	[ "${#lines[@]}" -le 24 ]
	brief=$output
	gpufit -h
	same "$output" "$brief"
	for command in $commands; do
		grep -q "^  $command " <<<"$brief"
	done
	gpufit train --help
	for option in $(grep -oE -- '--[a-z-]+' <<<"$brief" | sort -u); do
		grep -qe "$option" <<<"$output" || { echo "no $option"; return 1; }
	done
}

# helps: prints GF_LOSS_LIST, a line "word: what it is for" each
helps() {
	sed -n '/^#define GF_LOSS_LIST(/,/[^\\]$/p' "$lists" | grep -oP 'X\(\w+, *"[^"]+' | sed 's/X(//; s/, *"/: /'
}

@test "help and the man page describe each loss in the same words" {
	gpufit train --help
	man=$(tr -s '\n\t ' ' ' <"$manual" | tr -d '_')
	same "$(helps | wc -l)" "$(list LOSS | wc -l)"
	while IFS= read -r line; do
		grep -qE "^ +${line%%: *} +$(sed 's/[()]/\\&/g' <<<"${line#*: }")\$" <<<"$output" || { echo "help: $line"; return 1; }
		[[ $man = *" $(tr -d '_' <<<"${line%%: *}") is ${line#*: }. "* ]] || { echo "man: $line"; return 1; }
	done < <(helps)
}

@test "help, the man page and the reader list the same words for missing values" {
	words=$(sed -n '/^#define GF_NA_WORDS/,/[^\\]$/p' "$lists" | grep -oP '"\K[^"\\]+(?=")' | tr -d '\n')
	gpufit train --help
	same "$(sed -n '/^  --na$/,/^  --/p' <<<"$output" | sed '1,2d;$d' | xargs -d '\n' | tr -s ' ' | sed 's/^ //; s/, /,/g')" "$words"
	same "$(sed -n '/^\*--na\*/,/^\*--index/p' "$manual" | sed -n '/Default: /,/\.$/p' | xargs -d '\n' |
		tr -s '\t ' ' ' | sed 's/^ *Default: //; s/ and /, /; s/\.$//; s/, /,/g')" "$words"
	IFS=, read -ra each <<<"$words"
	[ "${#each[@]}" -ge 20 ]
	for word in "${each[@]}"; do
		printf 'a,b\n1,2\n%s,3\n4,5\n' "$word" >data.csv
		fails 65 "data.csv:3: column 1 (\"a\"): a missing value (\"$word\"); --missing drop, mean or most" --engine reference --epochs 1 data.csv
	done
}

@test "help lists every command, and every word of every option" {
	gpufit train --help
	brief=$("$GPUFIT" --help)
	for list in LOSS OPTIMIZER SCHEDULE SCHEDULE_PER CLASS_WEIGHT MISSING ENGINE CHECK INIT; do
		[ "$(list $list | wc -l)" -ge 2 ]
		for word in $commands $(list $list); do
			grep -qwe "$word" <<<"$output$brief"
		done
	done
}

@test "the version is that of the header, with the libraries and the compiler" {
	gpufit --version
	[[ ${lines[1]} =~ ^"jansson "[0-9.]+", zlib "[0-9.]+", OpenCL 1.2 or newer; built by "(gcc|clang)" "[0-9.]+" for " ]]
	same "${lines[0]}" "gpufit $(sed -n 's/^#define GF_VERSION "\(.*\)"/\1/p' "$header")"
}

# help_options: prints a line for each option of each command, as in --help: "-o, --output FILE|save the model; default: none"
help_options() {
	for command in $commands; do
		"$GPUFIT" $command --help
	done | awk '
		function flush() { if (head) print head "|" text; head = "" }
		/^  (-[a-z], |    )--[a-z]/ {
			flush()
			head = text = $0
			sub(/^ +/, "", head); sub(/  .*/, "", head); sub(/=/, " ", head)
			sub(/^ *(-[a-z], )?--[^ ]+ */, "", text)
			next
		}
		/^          / && head { sub(/^ +/, ""); text = text " " $0; next }
		{ flush() }
		END { flush() }' | sed -E 's/^([^|]*)\[ ?/\1[=/; s/\[==/[=/' | tr -d '_*' | tr -s ' ' | sort -u
}

# man_options: prints such lines from the man page
man_options() {
	awk '
		function flush() { if (head) print head "|" text; head = "" }
		/^\*-.*[]_*]$/ { flush(); head = $0; text = ""; next }
		/^\t/ { text = text " " $0; next }
		/^$/ || /^_/ { text = text " " $0; next }
		{ flush() }
		END { flush() }' "$manual" | tr -d '_*\\' | tr -s '\t ' ' ' | sort -u
}

@test "the man page and --help have the same options, with the same letters and values" {
	help_options | cut -d '|' -f 1 | sort -u >help
	man_options | cut -d '|' -f 1 | sort -u >man
	diff help man
	[ "$(wc -l <help)" -ge 60 ]
}

@test "the man page and --help give the same default of each option" {
	help_options | grep 'default: ' >help
	[ "$(wc -l <help)" -ge 50 ]
	man_options >man
	while IFS='|' read -r head text; do
		default=${text##*default: }
		man="$(grep -F -e "$head|" man) "
		[[ $man = *"Default: $default"[.,:\;]" "* || $man = *"(default: $default)"* || $man = *"$default (the default)"* ||
			$man = *"$default, the default"* ]] ||
			{ echo "$head: the man page does not say: Default: $default"; return 1; }
	done <help
	while IFS='|' read -r head text; do
		[[ $text != *" Default: "* ]] || grep -qF -e "$head|" help || [ "$head" = "--na WORDS" ] ||
			{ echo "$head: --help does not say its default"; return 1; }
	done <man
}

@test "the man page has every word, and every parameter of a schedule" {
	for list in LOSS OPTIMIZER SCHEDULE SCHEDULE_PER CLASS_WEIGHT MISSING ENGINE CHECK INIT; do
		for word in $(list $list); do
			grep -qe "_${word}_" "$manual" || { echo "no _${word}_"; return 1; }
		done
	done
	# Strings that are cut in the header, joined; "step_size,gamma=0.1" becomes a line for each.
	mapfile -t parameters < <(sed -n '/^#define GF_SCHEDULE_LIST(/,/[^\\]$/p' "$lists" | tr -d '\\\n\t' | sed 's/" *"//g' |
		grep -oP 'X\(\w+, *"\K[^"]+' | tr , '\n' | sort -u)
	[ "${#parameters[@]}" -ge 30 ]
	for parameter in "${parameters[@]}"; do
		grep -qF "_${parameter}_" "$manual" || { echo "no _${parameter}_"; return 1; }
	done
}

@test "the man page has every command and every exit code" {
	for command in $commands; do
		grep -q "^\*$command\*$" "$manual"
	done
	for code in 0 1 64 65 66 69 70 73 74 75 129 130 141 143; do
		grep -qE "^\[?\[?\|? *\*$code\*" "$manual"
	done
}

@test "the man page formats" {
	command -v scdoc >/dev/null || skip "scdoc is not installed"
	scdoc <"$manual" >gpufit.1
	grep -q '^\.TH "gpufit" "1"' gpufit.1
}
