#!/usr/bin/env bats
# packages.bats: make dist and make deb package what is committed.
load common

# The folder that is tested must be a checkout, since both take what is committed.
setup_file() {
	git -C "$root" rev-parse HEAD >"$BATS_FILE_TMPDIR/head" 2>&1 || skip "no checkout of git"
}

version=$(sed -n 's/^#define GF_VERSION "\(.*\)"/\1/p' "$root/host/include/gpufitcl.h")

@test "make dist has every committed file in one folder, and the same bytes each time" {
	mkdir one two
	run make -s -C "$root" DIST="$PWD/one" dist
	same "$status" 0
	run make -s -C "$root" DIST="$PWD/two" dist
	cmp "one/gpufit-$version.tar.gz" "two/gpufit-$version.tar.gz"
	tar -tzf "one/gpufit-$version.tar.gz" | grep -v '/$' | sed "s,^gpufit-$version/,," | sort >found
	git -C "$root" ls-tree -r --name-only HEAD | sort >wanted
	cmp found wanted
}

@test "make deb makes packages in which lintian finds nothing, and whose program trains" {
	[ -n "$(command -v dh)" ] && [ -n "$(command -v scdoc)" ] || skip "no debhelper, or no scdoc"
	[ -z "${GPUFIT_TEST_FEW:-}" ] || skip "GPUFIT_TEST_FEW leaves it out"
	run env DEBFULLNAME="the gpufit authors" DEBEMAIL=gpufit@example.org "$root/host/debian/build" "$PWD/deb"
	same "$status" 0 || { echo "$output"; return 1; }
	[[ $output != *"W: "* ]]
	for package in gpufit libgpufitcl0 libgpufitcl-dev; do
		dpkg-deb -x "$(ls deb/${package}_*.deb)" tree
	done
	run --separate-stderr tree/usr/bin/gpufit --epochs 1
	same "$status" 0
	[ -e tree/usr/share/man/man1/gpufit.1.gz ]
	[ -e "$(ls tree/usr/lib/*/libgpufitcl.so.0)" ]
}
