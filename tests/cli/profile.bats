load common

# seconds TABLE...: "name ... 1.23 ms ..." as "name<TAB>seconds": a phase's name has blanks, its time comes first
phases() {
	sed -n '/^load the data/,$p' <<<"$output" | awk '{
		for (i = 2; !($(i + 1) ~ /^(us|ms|s|min)$/); i++) $1 = $1 " " $i
		scale["us"] = 1e-6; scale["ms"] = 1e-3; scale["s"] = 1; scale["min"] = 60
		t = $i * scale[$(i + 1)]; if ($(i + 1) == "min") t += $(i + 2)
		print $1 "\t" t
	}'
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	"$GPUFIT" -q --engine resident --profile >table 2>err
}

setup_output() {
	output=$(cat "$BATS_FILE_TMPDIR/table")
}

@test "the phases add up to the whole" {
	setup_output
	same "$(phases | tail -n 1 | cut -f 1)" whole
	# Each is printed with three digits, so to half a percent, and so is the whole.
	phases | awk -F '\t' '$1 == "whole" { whole = $2; next } { sum += $2 } END {
		off = sum - whole; exit !(whole > 0 && off * off <= 1e-4 * whole * whole) }'
}

@test "kernels and copies are named, with calls, times and bytes" {
	setup_output
	same "$(grep -o '^kernel or copy.*' <<<"$output" | tr -s ' ')" "kernel or copy calls total mean min max share bytes GB/s of ceiling"
	for name in resident "write parameters" "read parameters" "read losses"; do
		grep -qE "^$name +[0-9]+  " <<<"$output"
	done
	[[ $output = *"read ceiling of these data, measured just now on this device: "*" GB/s"* ]]
}

@test "shares add up to the whole, and a small one is not 0" {
	setup_output
	shares=$(sed -n '/^kernel or copy/,/^read ceiling/p' <<<"$output" | sed -nE 's/^.*(us|ms|s|min)  +([0-9.e+-]+) %.*/\2/p')
	same "$(wc -l <<<"$shares")" "$(sed -n '/^kernel or copy/,/^read ceiling/p' <<<"$output" | grep -cE '[0-9] (us|ms|s)')"
	awk '{ sum += $1; none += $1 == 0 } END { exit !(sum > 99 && sum < 101 && !none) }' <<<"$shares"
}

@test "the read ceiling is measured on the data, and is a plausible one" {
	gpufit -q --engine streaming --epochs 20 --profile --json
	same "$(value '.profile.ceiling_bytes_per_second | . > 1e7 and . < 1e14')" true
	plane 5000
	gpufit -q --epochs 20 --profile --json plane.csv
	same "$(value '.profile.ceiling_bytes_per_second | . > 1e7 and . < 1e14')" true
	gpufit -q --kernels gpu --epochs 20 --profile --json plane.csv
	same "$(value '.profile.ceiling_bytes_per_second | . > 1e7 and . < 1e14')" true
}

@test "without --profile no profile is printed" {
	gpufit -q --epochs 10
	[[ $output != *GB/s* ]]
	gpufit -q --epochs 10 --json
	same "$(value 'has("profile")')" false
}

@test "the profile in JSON adds up, and a kernel's times are consistent" {
	gpufit -q --engine streaming --epochs 20 --profile --json
	same "$(value '.profile | (.open_seconds + .build_seconds + .upload_seconds + .train_seconds + .check_seconds + .ceiling_seconds + .other_seconds) / .wall_seconds - 1 | . * . < 1e-12')" true
	same "$(value '.profile.rows | length > 3 and all(.calls > 0 and .min_seconds <= .max_seconds * 1.000001 and .total_seconds <= .calls * .max_seconds * 1.000001)')" true
	same "$(value '.profile | .ceiling_bytes_per_second > 0 and ([.rows[].total_seconds] | add) <= .wall_seconds')" true
}

@test "every kernel and every copy of mini-batches has its line" {
	plane 100
	gpufit -q --profile --check off --engine streaming --batch-size 32 --shuffle --optimizer adam --clip-norm 1 --average --validation 0.2 --epochs 2 plane.csv
	table=$(sed -n '/^kernel or copy/,$p' <<<"$output")
	for name in "write y" "write rates" "write order" "clear parameters" "clear batch x" gather gradient norm update loss "read losses" "read parameters"; do
		same "$(grep -c "^$name  " <<<"$table")" 1
	done
	same "$(awk '$1 == "update" { print $2 }' <<<"$table")" 6
}
