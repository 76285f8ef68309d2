# bench.bats: `make bench` on one quick row, with stand-ins for the peers.
load common

BENCH=$(realpath -m "${GPUFIT_BUILD:-$root/build}/bench")

# bench ONLY PEER: measures rows of those groups, with PEER in place of the Python interpreter
bench() {
	QUICK=1 ONLY=$1 GPUFIT_PYTHON=$2 OMP_WAIT_POLICY=passive run --separate-stderr \
		"$BENCH" "$GPUFIT" "$root/tests/bench" figures.json
	same "$status" 0 || { echo "$output$stderr"; return 1; }
}

# peer NAME LINES: writes an interpreter that makes peer_torch.py answer with those lines
peer() {
	cat >"$1" <<-SCRIPT
		#!/bin/bash
		case \$1 in *peer_torch.py) ;; *) echo "no \${1##*/} is not installed"; exit ;; esac
		answers=($2)
		echo "\${answers[0]//_/ }"
		for answer in "\${answers[@]:1}"; do read -r; echo "\${answer//_/ }"; done
	SCRIPT
	chmod +x "$1"
}

figure() {
	output=$(<figures.json) value ".[0] | $1"
}

@test "bench: without peers a row has gpufit beside its limit, and says whether its targets are met" {
	bench P1 /nowhere/python
	same "$(jq length figures.json)" 1
	same "$(figure '[.work, .shape, .unit, .limit_of] | join(", ")')" "P1, 7 x 1, ms, native loop"
	same "$(figure '.ours > 0 and .spread[0] <= .ours and .ours <= .spread[1]')" true
	near "$(figure '.share * .ours / .limit')" 1 1e-4
	same "$(figure '.peers | length')" 0
	same "$(figure '.aims == [{wanted: "at least 0.5 of the limit", met: (.share >= 0.5)}]')" true
	[[ $output == *"peer_torch.py: it is gone"* ]]
}

@test "bench: a peer is asked, takes its turn, and a target compares with it" {
	peer torch "ok_torch ok ok_60.5 ok_60.5 ok_60.5 ok_60.5 ok_60.5 ok"
	bench P1 ./torch
	same "$(figure .peers.torch)" 60500
	near "$(figure '.ahead.torch * .ours / .peers.torch')" 1 1e-4
	same "$(figure '.aims[1] == {wanted: "at least 8000 x torch", met: (.ahead.torch >= 8000)}')" true
	[[ $output == *"peer_numpy.py: peer_numpy.py is not installed"* ]]
}

@test "bench: a peer that declines, and one that ends in the middle, are left out" {
	peer declines "ok_torch no_work_of_mine"
	bench P1 ./declines
	same "$(figure '.peers | length')" 0
	peer ends "ok_torch ok"
	bench P1 ./ends
	same "$(figure '.peers | length')" 0
	[[ $stderr == *"torch is out: it is gone"* ]]
}

@test "bench: README's tables are made from figures.json, and are the same when made again" {
	jq -n '[{work: "P1", words: "default run", shape: "7 x 1", ours: 0.123456, unit: "ms", limit: 0.1, share: 0.81,
		peers: {torch: 1000}, ahead: {torch: 8100}, aims: [{wanted: "at least 8000 x torch", met: true}]},
		{work: "P2", words: "full-batch epoch", shape: "100 x 16", ours: 27.04, unit: "GB/s", limit: 30, share: 0.9,
		peers: {torch: 3}, ahead: {torch: 9.013}, aims: []}]' >figures.json
	printf '%s\n' before '<!-- figures: by tests/bench/readme -->' old '<!-- end of figures -->' after >README.md
	GPUFIT=$GPUFIT "$root/tests/bench/readme" figures.json README.md
	grep -qxF '| P1 | default run, 7 x 1 | 0.123 ms | 0.1 | 0.81 | 8100 |  | at least 8000 x torch |' README.md
	grep -qxF '| full-batch epoch, 0 MiB of x, D | 16 |' README.md
	grep -qxF '| mse: GB/s | 27 |' README.md
	same "$(head -n 1 README.md) $(tail -n 1 README.md) $(grep -c old README.md)" "before after 0"
	cp README.md once
	GPUFIT=$GPUFIT "$root/tests/bench/readme" figures.json README.md
	cmp README.md once
	printf '%s\n' '<!-- speed: by tests/bench/readme -->' old '<!-- end of speed -->' >short.md
	GPUFIT=$GPUFIT "$root/tests/bench/readme" figures.json README.md short.md
	cmp README.md once
	grep -qxF '| default run, 7 x 1 | 0.123 ms | 0.81 | x 8100 |  |' short.md
	grep -qxF '| full-batch epoch, 100 x 16 | 27 GB/s | 0.9 | x 9.01 |  |' short.md
	same "$(grep -c old short.md) $(grep -c '^| [a-z]' short.md)" "0 2"
	run "$root/tests/bench/readme" figures.json figures.json
	same "$status" 1
}
