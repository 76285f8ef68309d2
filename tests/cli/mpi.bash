# mpi.bash: helpers of the tests that start ranks by mpirun.

# mpis: each MPI that is installed, as the ending of its mpirun and its mpicc
mpis() {
	local mpi
	for mpi in openmpi mpich; do
		command -v mpirun.$mpi mpicc.$mpi >/dev/null && echo $mpi
	done
	true
}

# some_mpis: the same, but with GPUFIT_TEST_FEW one, for what hardly depends on it
some_mpis() {
	mpis | head -n "${GPUFIT_TEST_FEW:-9}"
}

# other_mpis: the same with the last one
other_mpis() {
	mpis | tail -n "${GPUFIT_TEST_FEW:-9}"
}

# make_plugins: one for each MPI, for all tests of a file
make_plugins() {
	local mpi
	for mpi in $(mpis); do
		make -s -C "$root" mpi MPICC=mpicc.$mpi PLUGIN="$BATS_FILE_TMPDIR/$mpi/gpufit-mpi.so"
	done
	export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
	export POCL_MAX_PTHREAD_COUNT=1
}

plugin() {
	echo "$BATS_FILE_TMPDIR/$1/gpufit-mpi.so"
}

needs_mpi() {
	[[ ${GPUFIT_CC:-} != *-fsanitize* ]] || skip "what MPI leaves allocated is no news"
	[ -n "$(mpis)" ] || skip "no MPI: neither mpirun.openmpi and mpicc.openmpi, nor those of mpich"
}

# begin_ranks COMMAND...: starts an endless training, which writes run.jsonl, and waits until that has begun; $program is mpirun
begin_ranks() {
	rm -f run.jsonl
	begin_command "$@" -q --engine streaming --epochs 1000000000 --log run.jsonl
}

# said: what gpufit said, of all that mpirun says
said() {
	grep '^gpufit: ' err || true
}
