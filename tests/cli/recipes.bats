#!/usr/bin/env bats
# recipes.bats: every command of data/recipes.md does what it says.
load common
load documents

document=$root/data/recipes.md

@test "every command runs, and prints nothing on standard error" {
	as_at_root
	runs_each 6
}

@test "the outputs are those that the recipes show, also of the program in C against the installed library" {
	[ -n "$(command -v pkg-config)" ] || skip "no pkg-config"
	[[ ${GPUFIT_CC:-} != *-fsanitize* ]] || skip "a program would have to load the sanitizers first"
	as_at_root
	run make -s -C "$root" PREFIX="$PWD/local" install
	same "$status" 0
	blocks c >line.c
	PKG_CONFIG_PATH=$PWD/local/lib/pkgconfig LD_LIBRARY_PATH=$PWD/local/lib shows_each 4
}

@test "Poisson regression of the doctors' deaths gives the numbers that Stata's manual prints" {
	gpufit "$root/data/doctors.csv" --target deaths --one-hot age --exposure person_years --loss poisson --optimizer adam --lr 0.01 \
		--epochs 20000 --statistics --json
	smokes='.statistics.coefficients[] | select(.name == "smokes")'
	near "$(jq "$smokes.estimate" <<<"$output")" 0.3545356 1e-6
	near "$(jq "$smokes.std_error" <<<"$output")" 0.1073741 1e-6
}

@test "the program in Python trains and saves" {
	PYTHONPATH=${GPUFIT_BUILD:-$root/build}/python
	export PYTHONPATH
	"${GPUFIT_PYTHON:-python3}" -c "import numpy, gpufitcl" || skip "no numpy in GPUFIT_PYTHON, or no make python"
	as_at_root
	blocks python >user.py
	run --separate-stderr "${GPUFIT_PYTHON:-python3}" user.py
	same "$output" "['setosa' 'setosa'] True" || { echo "$stderr"; return 1; }
	gpufit show iris.safetensors
}

# slurm SRUN: runs the script as Slurm would, with that command as srun
slurm() {
	mkdir -p bin && printf '#!/bin/sh\n%s\n' "$1" >bin/srun
	printf '#!/bin/sh\necho "$@" >requeued\n' >bin/scontrol
	chmod +x bin/*
	PATH=$PWD/bin:$PATH SLURM_JOB_NAME=iris SLURM_JOB_ID=17 bash job >report 2>err
}

@test "the script for Slurm goes back into the queue when its time is over, and ends when the training ends" {
	as_at_root
	blocks bash >job
	sed -i 's/20000/100000000/' job
	slurm 'exec timeout --preserve-status 2 "$@"' || { cat err; return 1; }
	same "$(cat requeued)" "requeue 17"
	[ -s iris.checkpoint ]
	done=$(sed -n 's/^epochs *\([0-9]*\) .*/\1/p' report)
	sed -i "s/100000000/$((done + 10))/" job
	rm requeued
	slurm 'exec "$@"' || { cat err; return 1; }
	[ ! -e requeued ]
	[ ! -e iris.checkpoint ]
	[ -s iris.safetensors ]
}

@test "the container's steps install what README's first line installs" {
	first=$(awk '/^```/ { on = !on; next } on' "$root/README.md" | head -n 1)
	for package in $(blocks dockerfile | grep -oP 'install -y --no-install-recommends \K.*'); do
		[[ $package = libc6-dev || $first = *" $package "* ]] || { echo "$package"; return 1; }
	done
	[ "$(blocks dockerfile | grep -c '^RUN ')" -eq 3 ]
}
