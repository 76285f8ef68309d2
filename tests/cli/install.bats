#!/usr/bin/env bats
# install.bats: make install puts the files into DESTDIR, and make uninstall removes them.
load common

# installation TARGET ARGUMENTS...: makes the target for the build that is being tested, whose variables MAKEFLAGS has
installation() {
	run make -s -C "$root" DESTDIR="$PWD/d" PREFIX=/opt/gpufit "$@"
	same "$status" 0 || { echo "$output"; return 1; }
}

files() {
	(cd d && find . -type f | sort | xargs)
}

INSTALLED="./opt/gpufit/bin/gpufit ./opt/gpufit/include/gpufitcl.h ./opt/gpufit/include/gpufitcl_notebook.h ./opt/gpufit/include/gpufitcl_report.h ./opt/gpufit/include/gpufitcl_words.h ./opt/gpufit/lib/libgpufitcl.a ./opt/gpufit/lib/pkgconfig/gpufitcl.pc"

@test "install puts the program, the library, its header and the man page into DESTDIR" {
	[ -n "$(command -v scdoc)" ] || skip "no scdoc"
	installation install
	same "$(files)" "$INSTALLED ./opt/gpufit/share/man/man1/gpufit.1"
	grep -q '^\.TH' d/opt/gpufit/share/man/man1/gpufit.1
	run ./d/opt/gpufit/bin/gpufit --version
	same "$status" 0
}

@test "without scdoc the man page alone is not installed, with a message" {
	installation install SCDOC=/nowhere/scdoc
	same "$(files)" "$INSTALLED"
	[[ $output = *"the man page is left out: scdoc is not installed"* ]]
	same "$(sed -n 's/^prefix=//p' d/opt/gpufit/lib/pkgconfig/gpufitcl.pc)" /opt/gpufit
}

@test "uninstall removes what install put there, and nothing else" {
	installation install
	echo mine >d/opt/gpufit/lib/mine
	installation uninstall
	same "$(files)" ./opt/gpufit/lib/mine
	installation uninstall
}

@test "uninstall removes folders that become empty" {
	installation install
	mkdir -p d/opt/gpufit/share/other
	installation uninstall
	same "$(cd d && find . -type d | sort | xargs)" ". ./opt ./opt/gpufit ./opt/gpufit/share ./opt/gpufit/share/other"
	rmdir d/opt/gpufit/share/other
	installation uninstall
	same "$(cd d && find . -type d | sort | xargs)" ". ./opt"
}

@test "uninstall leaves the folders of the system" {
	run make -n -s -C "$root" PREFIX=/usr/local uninstall
	same "$status" 0
	[[ $output != *rmdir* ]]
}
