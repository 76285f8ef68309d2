load common

# table EPOCH: prints that epoch's part of the trace in $output
table() {
	awk -v epoch="epoch $1," 'index($0, "epoch ") == 1 { on = index($0, epoch) == 1 } on' <<<"$output"
}

# column HEADER: prints the numbers under the header, in the first table that has it
column() {
	awk -v header="$1" '
	$1 == "row" { for (i = 1; i <= NF; i++) if ($i == header) at = i; next }
	!at { next }
	$1 !~ /^[0-9]+$/ { exit }
	{ printf "%s%s", n++ ? " " : "", $at }'
}

@test "trace shows the first three epochs and the last" {
	gpufit -q --trace
	same "$(grep ^epoch <<<"$output" | grep lr | xargs)" "epoch 0, lr 0.01 epoch 1, lr 0.01 epoch 2, lr 0.01 epoch 4999, lr 0.01"
}

@test "trace=N shows the first N and the last, once" {
	gpufit -q --trace=2 --epochs 5
	same "$(grep '^epoch .*lr' <<<"$output" | tr -dc '0-9\n,' | cut -d , -f 1 | xargs)" "0 1 4"
	gpufit -q --trace=9 --epochs 3
	same "$(grep -c '^epoch .*lr' <<<"$output")" 3
	gpufit -q --trace=0 --epochs 3
	same "$(grep '^epoch .*lr' <<<"$output")" "epoch 2, lr 0.01"
}

# Epoch 4 is left out: the notebook's own parameters give 4.18565006 for its output 4.1856, so near the middle of two
# decimals that the order of additions decides.
@test "trace shows the notebook's tables to their last digit" {
	gpufit -q --trace=25
	while read -r epoch wanted; do
		same "$(table "$epoch" | column output)" "$wanted"
	done <<-END
		0 0.9594 1.4036 1.8478 2.2919 1.0038 1.4924 1.9810
		1 1.4007 2.1835 2.9663 3.7491 1.4790 2.3401 3.2012
		2 1.7737 2.8448 3.9159 4.9871 1.8808 3.0590 4.2373
		3 2.0886 3.4054 4.7221 6.0389 2.2203 3.6687 5.1172
		23 3.6348 6.3655 9.0961 11.8267 3.9079 6.9116 9.9153
		24 3.6349 6.3790 9.1231 11.8673 3.9093 6.9278 9.9464
	END
	same "$(table 0 | column x)" "1.0000 2.0000 3.0000 4.0000 1.1000 2.2000 3.3000"
	same "$(table 24 | column label)" "1.0000 4.0000 9.0000 16.0000 1.2100 4.8400 10.8900"
}

@test "trace shows parameters, loss and gradients of the epoch" {
	gpufit -q --trace=1 --epochs 2
	first=$(table 0)
	near "$(awk '$1 == "weight" { print $3 }' <<<"$first")" 0.44418656826019287 3e-7
	near "$(awk '$1 == "bias" { print $2 }' <<<"$first")" 0.5152027606964111 3e-7
	near "$(awk '$1 == "loss" { print $2 }' <<<"$first")" 48.06100845 3e-7
	near "$(awk '$1 == "weight.grad" { print $3 }' <<<"$first")" -33.8610051 3e-7
	near "$(awk '$1 == "bias.grad" { print $2 }' <<<"$first")" -10.2743098 3e-7
}

@test "trace and explain take the next argument as DATA" {
	houses
	gpufit -q --epochs 1 --lr 1e-6 --trace houses.csv
	[[ $output = *"data     5 rows, 3 features, 1 output"* ]]
	gpufit -q --epochs 1 --lr 1e-6 --explain houses.csv
	[[ $output = *"data     5 rows, 3 features, 1 output"* ]]
}

@test "rows beyond ten are counted, not shown" {
	gpufit -q --epochs 1 --lr 1e-7 --trace --target y "$root/data/nist/Norris.csv"
	same "$(table 0 | column row | wc -w)" 10
	[[ $output = *"... 26 more rows"* ]]
	gpufit -q --epochs 1 --lr 1e-7 --explain --target y "$root/data/nist/Norris.csv"
	[[ $output = *"... 26 more rows"* ]]
}

@test "explain puts the wrong gradient beside the right one" {
	gpufit -q --explain --epochs 1
	right=$(sed -n '/^3\. /,$p' <<<"$output" | grep -m 1 '^   = -*[0-9.]* *device')
	# sum 2 (z - y) x / 7 and sum 2 (z - y) / 7 * mean x, in double
	near "$(awk '{ print $2 }' <<<"$right")" -33.8610051 1e-8
	near "$(awk '{ sub(",", "", $4); print $4 }' <<<"$right")" -33.8610051 3e-7
	near "$(sed -n 's/^ *-10.27.* = \(.*\), which is wrong.*/\1/p' <<<"$output")" -24.3647918 1e-8
}

@test "explain predicts the next parameters as the notebook saw them" {
	gpufit -q --explain --epochs 1
	next=$(sed -n '/^4\. /,$p' <<<"$output")
	read -r _ _ right device _ wrong < <(grep '^ *x ' <<<"$next")
	near "$right" 0.7827966213226318 3e-7
	near "$device" 0.7827966213226318 3e-7
	near "$wrong" 0.6878344872548996 3e-7 # what the notebook's author expected
	read -r _ _ right device _ < <(grep '^ *b ' <<<"$next")
	near "$right" 0.617945852279663 3e-7
	near "$device" 0.6179458498954773 3e-7
}

@test "explain=EPOCH explains that epoch" {
	gpufit -q --explain=2 --epochs 5
	[[ $output = "epoch 2: "* ]]
	near "$(sed -n '/^2\. /,/^3\. /p' <<<"$output" | awk '/device/ { print $2 }')" 28.13516617 3e-7
}

@test "explain of many features names each and sums the first row" {
	houses
	gpufit -q --explain --epochs 1 --lr 1e-6 --target price,rent houses.csv
	[[ $output = *"x is the feature rooms, y the target price"* ]]
	[[ $output = *"z, their sum"* ]]
	same "$(grep -cE '^   (rooms|size) ' <<<"$output")" 6
}

@test "explaining an epoch beyond the last is refused" {
	refuses "--explain: there is no epoch 5000: epochs count from 0, and there are 5000" --explain=5000
	refuses "--explain: there is no epoch 0: epochs count from 0, and there are 0" --explain --epochs 0
	run --separate-stderr "$GPUFIT" --lr 0.2 --explain=100
	same "$status" 1
	same "${stderr_lines[1]}" "gpufit: epoch 100 was not reached: there is nothing to explain"
}

@test "trace and explain fit 80 columns" {
	houses
	gpufit -q --trace --explain --epochs 2 --lr 1e-6 --target price,rent houses.csv
	same "$(awk 'length > 88' <<<"$output")" ""
	gpufit -q --trace --epochs 2
	[ ${#lines[@]} -gt 30 ]
	same "$(awk 'length > 80' <<<"$output")" ""
}

@test "explain is refused with options that it does not explain" {
	plain="--explain takes plain sgd on mse, all rows in one step: found"
	refuses "$plain --loss huber" --explain --loss huber
	refuses "$plain --optimizer adam" --explain --optimizer adam
	for option in --standardize --shuffle --no-bias --maximize "--batch-size 2" "--momentum 0.9" "--l1 0.1" "--l2 0.1" "--weight-decay 0.1"; do
		# shellcheck disable=SC2086 # words
		refuses "$plain ${option%% *}" --explain $option
	done
}

# ---- networks ----

# section TITLE: prints that section of the explanation in $output
section() {
	awk -v title="$1" '/^[0-9]+\. / { on = index($0, title) > 0 } /^device/ { on = 0 } on' <<<"$output"
}

@test "trace shows a network's parameters by the names of nn.Sequential, at most ten units" {
	gpufit -q --trace=1 --epochs 2 --hidden 16 --activation tanh
	first=$(table 0)
	same "$(grep -c '^  0.weight\[' <<<"$first")" 10
	same "$(grep -c '^  0.weight.grad\[' <<<"$first")" 10
	[[ $first = *"... 6 more units"*"... 6 more inputs"* ]]
	same "$(grep -c '2.bias.grad ' <<<"$first")" 1
	same "$(column label <<<"$first")" "1.0000 4.0000 9.0000 16.0000 1.2100 4.8400 10.8900"
	gpufit -q --trace=1 --epochs 2 --hidden 3 --no-bias
	[[ $output != *".bias"* ]]
}

@test "trace has the numbers that the log has" {
	gpufit -q --trace=1 --epochs 1 --hidden 3 --activation tanh --log net.jsonl --log-params
	same "$(awk '$1 ~ /^0.weight.grad/ { print $2 }' <<<"$output" | xargs)" \
		"$(python3 -c '
import json
epoch = json.loads(open("net.jsonl").readline())
print(*["%.9g" % row[0] for row in epoch["gradient"]["0.weight"]])')"
}

@test "explain of a network goes forward, to the loss and backward" {
	gpufit -q --explain --epochs 1 --hidden 4,3 --activation tanh
	same "$(grep -oE '^[0-9]+\. [A-Z][a-z]+ [a-z0-9]+ ?(forward|backward)?' <<<"$output" | xargs -d '\n')" \
		"1. Layer 0 forward 2. Layer 2 forward 3. Layer 4 forward 4. The loss 5. Layer 4 backward 6. Layer 2 backward 7. Layer 0 backward 8. The gradient  9. The next "
	same "$(awk 'length > 100' <<<"$output")" ""
}

# Unit 0 of 1-16-1: z = w x + b, a = tanh(z), dl/dz = dl/da (1 - a^2), all to the four decimals that are shown.
@test "explain of a network shows the chain rule in numbers" {
	gpufit -q --explain --epochs 1 --hidden 16 --activation tanh
	forward=$(section "Layer 0 forward")
	backward=$(section "Layer 0 backward")
	near "$(grep 'z = ' <<<"$forward" | sed -n 's/.*row 1, unit 0: .* = //p')" 0.38785 2e-4
	near "$(sed -n 's/.*: a = tanh(.*) = //p' <<<"$forward")" 0.36951 2e-4
	read -r da < <(sed -n 's/.*row 1.*: dl\/da = .* = //p' <<<"$backward")
	read -r dz < <(sed -n 's/.*row 1.*: dl\/dz = .* = //p' <<<"$backward")
	near "$dz" "$(awk -v da="$da" 'BEGIN { print da * (1 - 0.36951 ^ 2) }')" 2e-3
	[[ $forward = *"... 8 more units"* ]]
}

@test "explain of a network puts the product of means beside the mean of products" {
	gpufit -q --explain --epochs 1 --hidden 16 --activation tanh --lr 0.05
	gradient=$(section "The gradient of 0.weight")
	read -r _ right device _ wrong < <(grep '^   0.weight\[0\]\[0\] ' <<<"$gradient")
	near "$right" 5.40045014 1e-8
	near "$device" "$right" 1e-6
	near "$wrong" 3.92875992 1e-8
	read -r _ before next device _ mistaken < <(section "The next" | grep '^   0.weight\[0\]\[0\] ')
	near "$next" "$(awk -v b="$before" -v g="$right" 'BEGIN { printf "%.12g", b - 0.05 * g }')" 1e-7
	near "$device" "$next" 1e-6
	near "$mistaken" "$(awk -v b="$before" -v g="$wrong" 'BEGIN { printf "%.12g", b - 0.05 * g }')" 1e-7
}

@test "explain names the units of relu that are 0 in all rows" {
	gpufit -q --explain --epochs 1 --hidden 2
	[[ $output = *"   Unit 0 is 0 in all rows: it gets no gradient."* ]]
	[[ $output = *"The gradient of 0.weight[1][0]"* ]]
}

@test "explain of a network takes classes and any loss, but one step of plain sgd" {
	gpufit -q --explain --epochs 1 --hidden 8,6 --loss cross_entropy "$root/data/iris.csv"
	[[ $output = *"softmax(z), minus 1 for the label's class"*"The first 10 of 150 rows"* || $output = *"The first 10 of 150 rows"*"softmax(z), minus 1 for the label's class"* ]]
	gpufit -q --explain --epochs 1 --hidden 2 --loss huber
	[[ $output = *"dl/dz = the slope of huber"* ]]
	plain="--explain takes plain sgd, all rows in one step: found"
	refuses "$plain --optimizer adam" --hidden 2 --explain --optimizer adam
	refuses "$plain --batch-size" --hidden 2 --explain --batch-size 2
	refuses "$plain --class-weight" --hidden 2 --explain --loss bce --class-weight balanced
}
