#!/usr/bin/env bats
# plot.bats: pictures, drawn by the installed gnuplot.
load common

need_gnuplot() {
	[ -n "$(command -v gnuplot)" ] || skip "no gnuplot"
}

# fake_gnuplot SCRIPT: makes a gnuplot of that shell script the only one.
fake_gnuplot() {
	mkdir -p bin
	printf '#!/bin/bash\n%s\n' "$1" >bin/gnuplot
	chmod +x bin/gnuplot
	PATH=$PWD/bin:$PATH
}

# texts FILE: the texts in an SVG, one a line.
texts() {
	grep -oP '<text>\K.*(?=</text>)' "$1" | sed 's/<[^>]*>//g'
}

@test "the losses are a picture: svg, png and pdf" {
	need_gnuplot
	for kind in svg png pdf; do
		gpufit -q --plot "loss.$kind"
		[ -s "loss.$kind" ]
	done
	texts loss.svg | grep -qx 'loss (mse)'
	texts loss.svg | grep -qx training
	! texts loss.svg | grep -qx validation
	[[ $(head -c 8 loss.png | od -An -c) = *P*N*G* ]]
	same "$(head -c 4 loss.pdf)" "%PDF"
	same "$(ls -A)" "$(printf 'loss.pdf\nloss.png\nloss.svg')"
}

@test "validation, the best epoch and a rate that changes are in the picture" {
	need_gnuplot
	gpufit -q "$root/data/iris.csv" --loss cross_entropy --standardize --epochs 50 --validation 0.2 \
		--schedule cosine:t_max=50 --plot loss.svg
	for text in validation lr "loss (cross_entropy)" "best epoch 49"; do
		texts loss.svg | grep -qx "$text"
	done
}

@test "a drawing of characters comes after the report" {
	need_gnuplot
	gpufit -q --plot -
	[[ ${lines[0]} = "device "* ]]
	[[ ${output#*bias} = *training*epoch* ]]
}

@test "without gnuplot the script is left with the data, and the message says so" {
	need_gnuplot
	mkdir empty
	run --separate-stderr env PATH="$PWD/empty" "$GPUFIT" -q --engine reference --plot loss.svg
	same "$status" 73
	same "$stderr" "gpufit: loss.svg: cannot draw: gnuplot is not installed (Debian: gnuplot-nox); 'gnuplot loss.svg.gnuplot >loss.svg' draws what was left there"
	[[ ${lines[0]} = "device "* ]]
	gnuplot loss.svg.gnuplot >loss.svg
	texts loss.svg | grep -qx training
	run --separate-stderr env PATH="$PWD/empty" "$GPUFIT" -q --plot -
	same "$status" 73
	same "$stderr" "gpufit: --plot -: cannot draw: gnuplot is not installed (Debian: gnuplot-nox)"
	same "$output" ""
}

@test "what gnuplot said is shown where it fails, and an older picture stays" {
	echo old >loss.svg
	fake_gnuplot 'echo "line 3: no such terminal" >&2; exit 2'
	run --separate-stderr "$GPUFIT" -q --plot loss.svg -o m.st
	same "$status" 73
	same "$stderr" "gpufit: loss.svg: cannot draw: gnuplot failed (exit status 2): line 3: no such terminal; 'gnuplot loss.svg.gnuplot >loss.svg' draws what was left there"
	same "$(cat loss.svg)" old
	[ -s m.st ]
	fake_gnuplot 'kill -KILL $$'
	run --separate-stderr "$GPUFIT" -q --plot loss.svg
	[[ $stderr = "gpufit: loss.svg: cannot draw: gnuplot was ended by: Killed; "* ]]
	same "$(ls -A)" "$(printf 'bin\nloss.svg\nloss.svg.gnuplot\nm.st')"
}

@test "Ctrl-C ends a gnuplot that hangs" {
	fake_gnuplot 'echo $$ >hangs; exec sleep 100'
	env --default-signal=INT,TERM "$GPUFIT" -q --epochs 3 --plot loss.svg >out 2>err 3>&- &
	program=$!
	until [ -s hangs ]; do
		kill -0 $program
		sleep 0.02
	done
	interrupt TERM
	same "$code" 143
	same "$(cat err)" "gpufit: loss.svg: interrupted: not drawn"
	! kill -0 "$(cat hangs)"
	[ ! -e loss.svg ]
}

@test "a picture that cannot be is refused before the training" {
	refuses "--plot: wanted a file that ends in .svg, .png or .pdf, or -, found 'loss.gif'" --plot loss.gif
	refuses "--plot: wanted a file that ends in .svg, .png or .pdf, or -, found '.svg'" --plot .svg
	refuses "--json leaves no room for the drawing of --plot -; give a file" --json --plot -
	refuses "--log and --plot name the same file" --log a.svg --plot a.svg
	fails 73 "none/a.svg: cannot create: No such file or directory" --plot none/a.svg
}

# script_of ARGUMENTS...: leaves what gnuplot would be given in picture.svg.gnuplot.  PoCL would need
# the linker of the PATH, and aborts without it: the host computes.
script_of() {
	mkdir -p empty
	run env PATH="$PWD/empty" "$GPUFIT" "$@" --engine reference -q --plot picture.svg
	same "$status" 73
}

# block NAME: the lines of that data block of the script.
block() {
	awk -v name="\$$1" '/^EOD/ { on = 0 } on { print } $1 == name && $2 == "<<" { on = 1 }' picture.svg.gnuplot
}

# close ONE OTHER COLUMN: the files have the same numbers in that column, within 1e-5.
close() {
	[ "$(wc -l <"$1")" -gt 50 ]
	paste -d ' ' "$1" "$2" | awk '{ off = $2 - $4; if (!(off * off < 1e-10 * (1 + $2 * $2))) exit 1 }'
}

@test "the curve of one feature is what predict gives, and moves from the start to there" {
	for options in "" "--hidden 8 --activation tanh" "--standardize --hidden 8" "--standardize --no-bias"; do
		csv 'x,y\n1,1\n2,4\n3,9\n4,16\n1.1,1.21\n' points.csv
		script_of points.csv --epochs 300 $options -o m.st
		block final | tr ' ' , | sed '1i x,y' >grid.csv
		"$GPUFIT" predict -q -m m.st --keep x grid.csv | sed 1d | tr , ' ' >predicted
		block final >final
		close final predicted
		same "$(grep -o "title 'epoch [0-9]*'" picture.svg.gnuplot | xargs)" "title epoch 0 title epoch 2 title epoch 8 title epoch 32 title epoch 128"
		block curve0 >start
		! close start final
		# Steps of no size leave the start where it is.
		script_of points.csv --epochs 3 $options --lr 1e-30
		block curve0 >start
		block final >final
		close start final
	done
}

@test "each loss has a curve" {
	csv 'x,y\n1,0\n2,1\n2.5,0\n3,1\n' points.csv
	for loss in $(sed -n '/^#define GF_LOSS_LIST(/,/[^\\]$/p' "$root/host/include/gpufitcl_words.h" | grep -oP '\bX\(\K\w+(?=,)'); do
		# gamma wants numbers above 0
		[ $loss = gamma ] && sed -i 's/,0/,2/' points.csv
		script_of points.csv --epochs 3 --lr 1e-30 --loss $loss
		block curve0 >start
		block final >final
		close start final || { echo $loss; return 1; }
		[ $loss = gamma ] && sed -i 's/,2$/,0/' points.csv
		true
	done
}

@test "two classes of one feature have a curve of the probability" {
	csv 'x,kind\n1,a\n2,a\n3,b\n4,b\n2.5,a\n2.4,b\n' kinds.csv
	for options in "--loss bce" "--loss cross_entropy --hidden 4"; do
		script_of kinds.csv --epochs 100 $options -o m.st
		block final | awk '{ print $1 }' | sed '1i x' >grid.csv
		"$GPUFIT" predict -q -m m.st --proba --keep x grid.csv | sed 1d | cut -d , -f 1,4 | tr , ' ' >predicted
		block final >final
		close final predicted
		grep -qx "set ylabel 'probability of b'" picture.svg.gnuplot
	done
}

@test "two features have the regions of their classes, whose borders are the model's" {
	need_gnuplot
	csv 'a,b,kind\n1,1,u\n2,1,u\n5,5,v\n6,5,v\n1,6,w\n2,6,w\n' kinds.csv
	gpufit -q kinds.csv --loss cross_entropy --standardize --lr 1 --epochs 100 --plot picture.svg -o m.st
	for text in u v w a b "kinds.csv: a linear model"; do
		texts picture.svg | grep -qx "$text"
	done
	script_of kinds.csv --loss cross_entropy --standardize --lr 1 --epochs 100
	for kind in 0 1 2; do
		block region$kind | awk -v OFS=, 'NR == 1 { print "a", "b", "kind" }
			{ print ($1 + $2) / 2, ($3 + $4) / 2, substr("uvw", '$kind' + 1, 1) }' >middles.csv
		[ "$(wc -l <middles.csv)" -gt 20 ]
		gpufit evaluate -q -m m.st middles.csv --json
		near "$(value .accuracy)" 1 0.02
	done
}

@test "a picture is drawn where standard streams are closed" {
	need_gnuplot
	"$GPUFIT" --engine reference -q --plot in.svg <&- >out
	"$GPUFIT" --engine reference -q --plot all.svg <&- >&- 2>&- || same $? 74 # the report has no place
	texts in.svg | grep -qx training
	cmp in.svg all.svg
}

@test "a training that failed has its losses drawn, if there are any" {
	need_gnuplot
	run --separate-stderr "$GPUFIT" -q --lr 10 --plot diverged.svg
	same "$status" 1
	texts diverged.svg | grep -qx 'loss (mse)'
	! texts diverged.svg | grep -qx 'the model'
	run --separate-stderr "$GPUFIT" -q --epochs 0 --plot none.svg
	same "$status" 73
	same "$stderr" "gpufit: none.svg: nothing to draw: no epoch was done that has a finite loss"
}

@test "a picture that gnuplot could not write whole is refused" {
	fake_gnuplot 'echo "<svg>"'
	echo old >loss.svg
	run --separate-stderr "$GPUFIT" -q --plot loss.svg
	same "$status" 74
	same "$stderr" "gpufit: loss.svg: cannot draw: gnuplot's picture has no end: is the disk full?"
	same "$(cat loss.svg)" old
}

@test "a picture that is drawn twice has the same bytes" {
	need_gnuplot
	gpufit -q --plot one.svg
	gpufit -q --plot two.svg
	cmp one.svg two.svg
}

@test "of many rows a sample is drawn, and how many is said" {
	awk 'BEGIN { srand(1); print "a,b,kind"; for (i = 0; i < 9001; i++) print rand() "," rand() "," i % 2 }' >many.csv
	script_of many.csv --features a --target b --epochs 2
	same "$(block points | wc -l)" 1801
	grep -qF "title '1801 of 9001 rows'" picture.svg.gnuplot
	script_of many.csv --loss bce --epochs 2
	same "$(cat <(block class0) <(block class1) | wc -l)" 1801
	grep -qFx "set title '1801 of 9001 rows'" picture.svg.gnuplot
}

@test "names of columns and files are texts, whatever they hold" {
	need_gnuplot
	csv '"it'\''s `touch pwned` @x {/Symbol a}_b^2 \\\\ <&>","y\n#"\n1,2\n2,3\n4,5\n' "q'\"\$1.csv"
	gpufit -q "q'\"\$1.csv" --epochs 10 --plot picture.svg
	texts picture.svg | grep -qF 'it'\''s `touch pwned` @x {/Symbol a}_b^2 \\ &lt;&amp;>'
	texts picture.svg | grep -qF 'y\n#'
	[ ! -e pwned ]
}

# ---- evaluate ----

# classes ROWS CLASSES: writes kinds.csv, and kinds.st, a model of it.
classes() {
	awk -v rows="$1" -v classes="$2" 'BEGIN {
		srand(1); print "a,b,kind"
		for (i = 0; i < rows; i++)
			print i % classes + 2 * rand() "," rand() "," "class" i % classes
	}' >kinds.csv
	"$GPUFIT" -q kinds.csv --engine reference --loss "${3:-cross_entropy}" --lr 1 --epochs 200 -o kinds.st >/dev/null
}

@test "evaluate draws the curves of two classes" {
	need_gnuplot
	classes 300 2 bce
	gpufit evaluate --engine reference -m kinds.st kinds.csv --plot two.svg
	auc=$(printf '%.4g' "$(awk '$1 == "auc" { print $2 }' <<<"$output")")
	for text in "kinds.st on kinds.csv" "ROC, auc $auc" "precision and recall" "share of class1"; do
		texts two.svg | grep -qxF "$text"
	done
	gpufit evaluate --engine reference -m kinds.st kinds.csv --plot -
	[[ $output = *"true positives over false positives"*"precision over recall"*"share of class1 over predicted probability"* ]]
	classes 300 2 hinge
	gpufit evaluate --engine reference -m kinds.st kinds.csv --plot hinge.svg
	texts hinge.svg | grep -q ROC
	! texts hinge.svg | grep -q calibration
}

@test "evaluate draws the confusion matrix of several classes, and prints it" {
	need_gnuplot
	classes 300 4
	gpufit evaluate --engine reference -m kinds.st kinds.csv --plot four.svg
	same "${lines[-5]}" "true, predicted:  class0  class1  class2  class3"
	for row in 1 2 3 4; do
		for count in $(awk '{ $1 = ""; print }' <<<"${lines[-$row]}"); do
			texts four.svg | grep -qx " *$count"
		done
	done
	same "$(printf '%s\n' "${lines[@]: -4}" | awk '{ s += $2 + $3 + $4 + $5; d += $(NR + 1) } END { print s, d / s }')" \
		"300 $(awk '$1 == "accuracy" { printf "%.6g", $2 }' <<<"$output")"
}

@test "of many classes the most confused pairs are printed" {
	classes 600 20
	gpufit evaluate --engine reference -m kinds.st kinds.csv
	printf '%s\n' "${lines[@]}" | grep -qE '^true +predicted +rows$'
	shown=$(printf '%s\n' "${lines[@]}" | awk 'on { print $NF } /^true/ { on = 1 }' | grep -v more)
	[ "$(wc -l <<<"$shown")" -le 11 ]
	same "$(head -10 <<<"$shown" | sort -nr | xargs)" "$(head -10 <<<"$shown" | xargs)"
	gpufit evaluate --engine reference -m kinds.st kinds.csv --json
	same "$(value '[.confusion[][]] | add')" 600
	same "$(value '.classes | length')" 20
}

@test "evaluate draws predicted against true numbers, and what is left" {
	need_gnuplot
	houses
	gpufit houses.csv -q --engine reference --target price,rent --standardize -o m.st
	gpufit evaluate -m m.st houses.csv --engine reference --plot numbers.svg
	for text in "m.st on houses.csv" true predicted "true - predicted" price rent; do
		texts numbers.svg | grep -qxF "$text"
	done
	texts numbers.svg | grep -q '^r2 .*5 rows$'
}

@test "what cannot be drawn of an evaluation is said after its numbers" {
	need_gnuplot
	classes 300 2 bce
	grep -v class1 kinds.csv >one.csv
	run --separate-stderr "$GPUFIT" evaluate -q --engine reference -m kinds.st one.csv --plot one.svg
	same "$status" 65
	same "$stderr" "gpufit: one.svg: cannot draw: all rows are of one class, and its curves need two"
	[[ $output = loss* ]]
	[ ! -e one.svg ]
	cp kinds.csv kinds.svg
	refuses "--plot would write over DATA, 'kinds.svg'" evaluate -m kinds.st kinds.svg --plot kinds.svg
}
