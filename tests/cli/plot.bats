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
	run --separate-stderr env PATH="$PWD/empty" "$GPUFIT" -q --plot loss.svg
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
	same "$code" 130
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
