# mpi_hosts.bats: ranks on two hosts.  These are network namespaces with a cable between them; mpirun starts processes on them
# by a script in place of ssh.
load common
load mpi

# host HOST COMMAND...: runs it there
host() {
	"$BATS_FILE_TMPDIR/agent" "$@"
}

setup_file() {
	make_plugins
	export net=gpufit$$
	cat >"$BATS_FILE_TMPDIR/agent" <<-END
		#!/bin/bash
		[ "\$1" != -x ] || shift # MPICH's, for ssh
		exec ip netns exec $net-"\$1" unshare --uts bash -c \
			'mount --bind $BATS_FILE_TMPDIR/hosts /etc/hosts; hostname "\$0"; eval "\$*"' "\$@"
	END
	chmod +x "$BATS_FILE_TMPDIR/agent"
	printf '127.0.0.1 localhost\n10.77.0.1 left\n10.77.0.2 right\n' >"$BATS_FILE_TMPDIR/hosts"
	{
		ip netns add $net-left && ip netns add $net-right &&
			ip link add cable netns $net-left type veth peer name cable netns $net-right &&
			ip -n $net-left addr add 10.77.0.1/24 dev cable && ip -n $net-right addr add 10.77.0.2/24 dev cable &&
			ip -n $net-left link set lo up && ip -n $net-right link set lo up &&
			ip -n $net-left link set cable up && ip -n $net-right link set cable up &&
			[ "$(host right hostname)" = right ]
	} >"$BATS_FILE_TMPDIR/network" 2>&1 && touch "$BATS_FILE_TMPDIR/made" || true
}

teardown_file() {
	ip netns del $net-left 2>/dev/null || true
	ip netns del $net-right 2>/dev/null || true
}

needs_hosts() {
	needs_mpi
	mpis | grep -q openmpi || skip "no Open MPI"
	[ -e "$BATS_FILE_TMPDIR/made" ] || skip "no network namespaces: $(tail -n 1 "$BATS_FILE_TMPDIR/network")"
}

between_hosts=(--mca plm_rsh_agent "$BATS_FILE_TMPDIR/agent" --mca btl_tcp_if_include 10.77.0.0/24
	--mca oob_tcp_if_include 10.77.0.0/24 --host left:2,right:1 -n 3)

# on_hosts COMMAND...: by Open MPI's mpirun on the left host, three ranks of both.  MPICH's, by UCX, sometimes does not return
# from MPI_Init between network namespaces.
on_hosts() {
	host left timeout 100 mpirun.openmpi "${between_hosts[@]}" "$@"
}

@test "mpi: ranks on two hosts write the bytes of one process" {
	needs_hosts
	plane 3000
	gpufit -q --engine streaming --epochs 12 -o one.st plane.csv
	run --separate-stderr on_hosts "$GPUFIT" --mpi="$(plugin openmpi)" -v --engine streaming --epochs 12 -o two.st "$PWD/plane.csv"
	same "$status" 0 || { echo "$stderr"; return 1; }
	[[ $stderr = *": 3 ranks on 2 hosts"* ]]
	cmp one.st two.st
}

@test "mpi: a host without the plugin is named by its first rank" {
	needs_hosts
	plane 100
	printf '#!/bin/bash\n[ $(hostname) = left ] || none=/none\nexec "%s" --mpi="%s$none" -q "$@"\n' \
		"$GPUFIT" "$(plugin openmpi)" >start
	chmod +x start
	run --separate-stderr on_hosts "$PWD/start" "$PWD/plane.csv"
	[[ $(grep ^gpufit: <<<"$stderr") = "gpufit: rank 2: $(plugin openmpi)/none: cannot open shared object file: "* ]]
	same "$status" 69
}

@test "mpi: a rank whose host is cut off is named, with its host" {
	needs_hosts
	plane 3000
	begin_ranks "$BATS_FILE_TMPDIR/agent" left timeout 100 mpirun.openmpi "${between_hosts[@]}" "$GPUFIT" --mpi="$(plugin openmpi)" --rank-timeout 2 plane.csv
	ip -n $net-right link set cable down
	for ((i = 0; i < 300; i++)); do
		[ -z "$(said)" ] || break
		sleep 0.1
	done
	ip -n $net-right link set cable up # mpirun, too, waits for the host
	await_end
	said
	[[ $(said) = "gpufit: rank 2 (right) has not come to exchange "*" for 2 s (--rank-timeout): all ranks end" ]]
	[ "$code" -ne 0 ]
}
