load common
load mpi

setup_file() {
	make_plugins
}

# ranks MPI COUNT OPTIONS...: trains on so many ranks; $output, $stderr and $status as of gpufit.  Each rank writes its process
# id to the file pid.RANK.
ranks() {
	local mpi=$1 count=$2
	shift 2
	run --separate-stderr timeout 100 mpirun.$mpi -n "$count" bash -c "$start" "$GPUFIT" --mpi="$(plugin $mpi)" "$@"
}

# shellcheck disable=SC2016 # the rank's shell expands it
start='echo $$ >pid.${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; exec "$0" "$@"'

# begin MPI COUNT OPTIONS...: the same for an endless training, which has begun then; $program is mpirun
begin() {
	local mpi=$1 count=$2
	shift 2
	begin_ranks mpirun.$mpi -n "$count" bash -c "$start" "$GPUFIT" --mpi="$(plugin $mpi)" "$@"
}

# ends_by SIGNAL PID: sends it, and waits for the end of mpirun; $code is its exit status
ends_by() {
	kill -s "$1" "$2"
	await_end
}

# The families of models and ways to train; each has data of its own.
families=(linear network sparse moments batches)
family_options() {
	case $1 in
	linear) echo --lr 0.1 --epochs 12 --engine streaming plane.csv ;;
	network) echo --hidden 9 --lr 0.1 --epochs 12 --engine streaming plane.csv ;;
	sparse) echo --sparse yes --loss bce --lr 0.5 --epochs 12 sparse.svm ;;
	moments) echo --engine moments --lr 0.1 --epochs 12 plane.csv ;;
	batches) echo --batch-size 700 --shuffle --standardize --momentum 0.9 --epochs 3 --engine streaming plane.csv ;;
	esac
}

# sparse: writes sparse.svm, 1500 rows with some 6 of 300 features each
sparse() {
	awk 'BEGIN {
		srand(2)
		for (i = 0; i < 1500; i++) {
			line = rand() < 0.5 ? "0" : "1"
			for (j = 1 + int(rand() * 50); j <= 300; j += 1 + int(rand() * 90)) line = line " " j ":" rand() - 0.5
			print line
		}
	}' >sparse.svm
}

@test "mpi: any number of ranks, of either MPI, writes the bytes of one process" {
	needs_mpi
	plane 3000
	sparse
	for family in "${families[@]}"; do
		# shellcheck disable=SC2046 # words
		gpufit -q -o $family.st $(family_options $family)
	done
	counts=(1 2 3 5 8)
	shift=0
	for mpi in $(mpis); do
		for i in "${!families[@]}"; do
			family=${families[i]}
			count=${counts[(i + shift) % 5]}
			# shellcheck disable=SC2046
			ranks $mpi $count -q -o ranks.st $(family_options $family)
			same "$status" 0 || { echo "$mpi, $count ranks, $family: $stderr"; return 1; }
			cmp ranks.st $family.st || { echo "$mpi, $count ranks, $family"; return 1; }
		done
		shift=$((shift + 2))
	done
}

@test "mpi: one rank alone prints, and says with whom it trains" {
	needs_mpi
	plane 1000
	gpufit --epochs 5 --json plane.csv
	wanted=$(value .loss)
	for mpi in $(some_mpis); do
		ranks $mpi 3 -v --epochs 5 --json plane.csv
		same "$status" 0
		same "$(wc -l <<<"$output")" 1
		same "$(value .loss)" "$wanted"
		same "$(grep -c ': 3 ranks on 1 host$' <<<"$stderr")" 1
		same "$(grep -c 'gpufit: device' <<<"$stderr")" 1
	done
}

@test "mpi: an error on one rank is printed once, with that rank, and all end with its code" {
	needs_mpi
	plane 1000
	sed '100s/^[^,]*/abc/' plane.csv >bad.csv
	# shellcheck disable=SC2016
	start='rank=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; file=plane.csv; [ $rank != 1 ] || file=$BAD; exec "$0" "$@" $file'
	for mpi in $(some_mpis); do
		BAD=bad.csv ranks $mpi 3 -q --epochs 5
		same "$(grep ^gpufit: <<<"$stderr")" "gpufit: rank 1 ($(hostname)): bad.csv:100: column 1 (\"a\"): not a number: \"abc\""
		same "$status" 65
		BAD=none.csv ranks $mpi 3 -q --epochs 5
		same "$(grep ^gpufit: <<<"$stderr")" "gpufit: rank 1 ($(hostname)): none.csv: No such file or directory"
		same "$status" 66
	done
}

@test "mpi: an output that rank 0 cannot write ends all with its code" {
	needs_mpi
	plane 1000
	for mpi in $(some_mpis); do
		ranks $mpi 2 -q --epochs 5 -o none/m.st plane.csv
		same "$(grep ^gpufit: <<<"$stderr")" "gpufit: rank 0 ($(hostname)): none/m.st: cannot create: No such file or directory"
		same "$status" 73
		ranks $mpi 2 -q --epochs 5 --log /dev/full plane.csv
		same "$(grep ^gpufit: <<<"$stderr")" "gpufit: /dev/full: cannot write: No space left on device"
		same "$status" 74
	done
}

@test "mpi: an error that all ranks have is that of one process" {
	needs_mpi
	plane 100
	for mpi in $(some_mpis); do
		ranks $mpi 2 -q none.csv
		same "$(grep ^gpufit: <<<"$stderr")" "gpufit: none.csv: No such file or directory"
		same "$status" 66
		ranks $mpi 2 -q --lr 1e30 --epochs 100 plane.csv
		same "$(grep -c ^gpufit: <<<"$stderr")" 1
		same "$status" 1
		ranks $mpi 2 --los mse plane.csv
		same "$(grep ^gpufit: <<<"$stderr")" "gpufit: --los: unknown option"
		same "$status" 64
	done
}

@test "mpi: a rank that is stopped is named after --rank-timeout" {
	needs_mpi
	plane 2000
	for mpi in $(mpis); do
		begin $mpi 3 --rank-timeout 2 plane.csv
		ends_by STOP "$(cat pid.1)"
		[[ $(said) = "gpufit: rank 1 ($(hostname)) has not come to exchange "*" for 2 s (--rank-timeout): all ranks end" ]] || said
		same "$(said | wc -l)" 1
		[ "$code" -eq 75 ] || [ $mpi = mpich ] # whose mpirun tells the end of the rank that it killed
	done
}

# epochs_of CHECKPOINT OPTIONS...: how many epochs of a training with them it has done
epochs_of() {
	local checkpoint=$1
	shift
	"$GPUFIT" -q --engine streaming --epochs 0 --resume "$checkpoint" "$@" 2>&1 | sed -n 's/.*: \([0-9]*\) epochs are done; .*/\1/p'
}

@test "mpi: SIGTERM of one rank ends all with a checkpoint, from which another number goes on" {
	needs_mpi
	plane 2000
	for mpi in $(some_mpis); do
		begin $mpi 3 --checkpoint run.ck plane.csv
		ends_by TERM "$(cat pid.2)"
		same "$code" 143
		epochs=$(epochs_of run.ck plane.csv)
		same "$(said)" "gpufit: interrupted after $epochs of 1000000000 epochs"
		gpufit -q --engine streaming --epochs $((epochs + 9)) -o whole.st plane.csv
		ranks $mpi 2 -q --engine streaming --epochs $((epochs + 9)) --resume run.ck -o ranks.st plane.csv
		same "$status" 0
		cmp ranks.st whole.st
	done
}

@test "mpi: four ranks on sparse rows, one of which is killed, go on as three, to the bytes of one process on dense rows" {
	needs_mpi
	sparse
	options=(--engine streaming --loss bce --lr 0.5 sparse.svm)
	for mpi in $(other_mpis); do
		rm -f run.ck
		begin $mpi 4 --checkpoint run.ck --checkpoint-every 50 --sparse yes "${options[@]}"
		until [ -s run.ck ]; do sleep 0.01; done
		sleep 0.0$((RANDOM % 90 + 10))
		ends_by KILL "$(cat pid.$((RANDOM % 4)))"
		[ "$code" -ne 0 ]
		epochs=$(epochs_of run.ck --sparse yes "${options[@]}")
		gpufit -q --epochs $((epochs + 9)) --sparse no -o whole.st "${options[@]}"
		ranks $mpi 3 -q --epochs $((epochs + 9)) --resume run.ck --sparse yes -o ranks.st "${options[@]}"
		same "$status" 0 || { echo "$mpi: $stderr"; return 1; }
		cmp ranks.st whole.st
	done
}

@test "mpi: standard input, and a checkpoint that rank 0 alone has, are for all ranks" {
	needs_mpi
	plane 500 # MPICH's mpirun fails where a rank does not read more than a pipe holds at once
	options=(-q --engine streaming --epochs)
	gpufit "${options[@]}" 5 --checkpoint run.ck plane.csv
	gpufit "${options[@]}" 9 -o whole.st plane.csv
	# shellcheck disable=SC2016
	start='rank=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; file=run.ck; [ $rank = 0 ] || file=none/run.ck; exec "$0" "$@" --resume $file'
	for mpi in $(some_mpis); do
		ranks $mpi 2 "${options[@]}" 9 -o ranks.st - <plane.csv
		same "$status" 0 || { echo "$mpi: $stderr"; return 1; }
		cmp ranks.st whole.st
	done
}

@test "mpi: ranks keep step with what rank 0 shows of epochs and writes after them" {
	needs_mpi
	plane 2000
	options=(-q --engine streaming --epochs 9 --log-params --checkpoint-every 2)
	gpufit "${options[@]}" --log one.jsonl --checkpoint one.ck -o one.st plane.csv
	for mpi in $(some_mpis); do
		ranks $mpi 3 "${options[@]}" --log ranks.jsonl --checkpoint ranks.ck -o ranks.st plane.csv
		same "$status" 0 || { echo "$mpi: $stderr"; return 1; }
		cmp ranks.jsonl one.jsonl
		cmp ranks.ck one.ck
		cmp ranks.st one.st
	done
}

@test "mpi: README's job of Slurm ends with a checkpoint, is queued again, and goes on" {
	needs_mpi
	command -v mpirun.mpich mpicc.mpich >/dev/null || skip "no MPICH"
	plane 2000
	awk '/^```/ { on = 0 } on; /^```bash/ { on = 1 }' "$root/README.md" | sed -n '/^#!/,$p' |
		sed "s|big.npy --labels y.npy|-q --engine streaming --epochs \$EPOCHS --log run.jsonl plane.csv|" >job
	# Slurm signals each task, and so does this; mpirun.mpich, if it is signalled, sometimes ends with 0.
	cat >srun <<-END
		#!/bin/bash
		mpirun.mpich -n 2 bash -c '$start' "\$1" --mpi=$(plugin mpich) "\${@:3}" &
		trap 'kill -s TERM \$(cat pid.0 pid.1)' TERM
		wait \$! || wait \$!
	END
	printf '#!/bin/bash\necho "$*" >queued\n' >scontrol
	chmod +x srun scontrol
	ln -s "$GPUFIT" gpufit
	PATH=$PWD:$PATH SLURM_JOB_ID=7 EPOCHS=1000000000 bash job >out 2>err 3>&- &
	program=$!
	until [ -s run.jsonl ]; do kill -0 $program; sleep 0.02; done
	kill -s TERM $program
	await_end
	same "$(cat queued)" "requeue 7"
	rm queued
	epochs=$(epochs_of run.ck plane.csv)
	PATH=$PWD:$PATH SLURM_JOB_ID=7 EPOCHS=$((epochs + 5)) bash job >out 2>err
	[ ! -e queued ]
	gpufit -q --engine streaming --epochs $((epochs + 5)) -o whole.st plane.csv
	cmp big.safetensors whole.st
}

@test "mpi: the ranks of a machine take the devices of a list in turn" {
	needs_mpi
	plane 100
	devices=$("$GPUFIT" devices --json | jq length)
	for mpi in $(some_mpis); do
		ranks $mpi 2 -q --epochs 1 --device 0,$devices plane.csv
		[[ $(grep ^gpufit: <<<"$stderr") = "gpufit: rank 1 ($(hostname)): no device \"$devices\"; there "* ]]
		same "$status" 69
		ranks $mpi 2 -q --epochs 1 --device 0,0 plane.csv
		same "$status" 0
	done
}

@test "mpi: a plugin of another MPI than mpirun's, and none at all, are explained" {
	needs_mpi
	plane 100
	fails 69 "$PWD/none.so: cannot open shared object file: No such file or directory; 'make mpi' makes gpufit-mpi.so" \
		--mpi="$PWD/none.so" plane.csv
	for mpi in $(some_mpis); do
		run --separate-stderr mpirun.$mpi -n 2 "$GPUFIT" --mpi=none.so -q plane.csv
		same "$(grep ^gpufit: <<<"$stderr")" \
			"gpufit: none.so: cannot open shared object file: No such file or directory; 'make mpi' makes gpufit-mpi.so"
		same "$status" 69
	done
	[ "$(mpis | wc -l)" -eq 2 ] || skip "there is one MPI"
	run --separate-stderr mpirun.mpich -n 3 "$GPUFIT" --mpi="$(plugin openmpi)" -q plane.csv
	same "$(grep -c ^gpufit: <<<"$stderr")" 1
	[[ $stderr = "gpufit: MPICH started 3 processes, but the plugin "*" was made for Open MPI "* ]]
	same "$status" 69
}

@test "mpi: without mpirun one process is a rank" {
	needs_mpi
	plane 500
	gpufit -q --epochs 9 -o one.st plane.csv
	for mpi in $(some_mpis); do
		gpufit --mpi="$(plugin $mpi)" -q --epochs 9 -o rank.st plane.csv
		cmp rank.st one.st
	done
}

@test "mpi: --rank-timeout without --mpi is refused" {
	refuses "--rank-timeout needs --mpi" --rank-timeout 9
	refuses "--rank-timeout: wanted a number above 0 that a float can hold, found '0'" --mpi --rank-timeout 0
}
