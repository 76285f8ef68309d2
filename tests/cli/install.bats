#!/usr/bin/env bats
# install.bats: make install puts the files into DESTDIR, and make uninstall removes them.
load common

# installation TARGET ARGUMENTS...: makes the target for the build that is being tested, whose variables MAKEFLAGS has
installation() {
	run make -s -C "$root" DESTDIR="$PWD/d" PREFIX=/opt/gpufit "$@"
	same "$status" 0 || { echo "$output"; return 1; }
}

files() {
	(cd d && find . -type f,l | sort | xargs)
}

VERSION=$(sed -n 's/^#define GF_VERSION "\(.*\)"/\1/p' "$root/host/include/gpufitcl.h")
INSTALLED="./opt/gpufit/bin/gpufit $(printf './opt/gpufit/include/%s ' "$root"/host/include/*.h | sed "s,$root/host/include/,,g")"
INSTALLED+="./opt/gpufit/lib/libgpufitcl.a $(printf './opt/gpufit/lib/libgpufitcl.so%s ' "" .0 ".$VERSION")"
INSTALLED+="./opt/gpufit/lib/pkgconfig/gpufitcl.pc ./opt/gpufit/share/bash-completion/completions/gpufit"
INSTALLED+=" ./opt/gpufit/share/fish/vendor_completions.d/gpufit.fish ./opt/gpufit/share/zsh/site-functions/_gpufit"

# installed FILE...: prints these and those that are always installed, as files does
installed() {
	[ ! -e "$root/gpufit-mpi.so" ] || set -- ./opt/gpufit/lib/gpufit-mpi.so "$@" # 'make mpi' made it
	printf '%s\n' $INSTALLED "$@" | sort | xargs
}

# Prints what pkg-config says of the installed library with these words.
flags() {
	PKG_CONFIG_PATH=$PWD/d/opt/gpufit/lib/pkgconfig pkg-config "$@" --define-variable=prefix="$PWD/d/opt/gpufit" gpufitcl
}

@test "install puts the program, the libraries, their header and the man page into DESTDIR" {
	[ -n "$(command -v scdoc)" ] || skip "no scdoc"
	installation install
	same "$(files)" "$(installed ./opt/gpufit/share/man/man1/gpufit.1)"
	grep -q '^\.TH' d/opt/gpufit/share/man/man1/gpufit.1
	run ./d/opt/gpufit/bin/gpufit --version
	same "$status" 0
	grep -q -- --standardize d/opt/gpufit/share/bash-completion/completions/gpufit
}

@test "without scdoc the man page alone is not installed, with a message" {
	installation install SCDOC=/nowhere/scdoc
	same "$(files)" "$(installed)"
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

# Prints README's program in C.
readme_program() {
	sed -n '/^## From C/,/^## /p' "$root/README.md" | sed -n '/^```c/,/^```/{/^```/!p}'
}

# What users build with, from the installed files alone; GPUFIT_CC has the flags of a sanitized build.
@test "a program in C compiles and runs against the installed files alone, with either library" {
	[ -n "$(command -v pkg-config)" ] || skip "no pkg-config"
	installation install
	ln -s "$root/data" .
	readme_program >norris.c
	grep -q 'int main' norris.c
	${GPUFIT_CC:-cc} $(flags --cflags) -o norris norris.c $(flags --libs)
	readelf -d norris | grep -q 'NEEDED.*libgpufitcl\.so\.0\]'
	LD_LIBRARY_PATH=$PWD/d/opt/gpufit/lib ./norris
	mv norris.safetensors shared.safetensors
	${GPUFIT_CC:-cc} $(flags --cflags) -o norris norris.c $(flags --static --libs | sed 's/-lgpufitcl/-l:libgpufitcl.a/')
	run -1 grep -q libgpufitcl <(readelf -d norris)
	./norris
	cmp norris.safetensors shared.safetensors
}

@test "a program in C++ compiles and runs against the installed files alone" {
	[ -n "$(command -v pkg-config)" ] || skip "no pkg-config"
	[ -n "$(command -v g++)" ] || skip "no g++"
	installation install
	cat >user.cc <<-'C'
		#include <gpufitcl.h>
		#include <cstdio>
		#include <string>
		int main()
		{
			gf_error err = {};
			gf_dataset *data = nullptr;
			gf_model *model = nullptr;
			gf_config config;
			size_t epochs = 0;

			gf_config_default(&config);
			config.loss = GF_LOSS_bce;
			config.engine = GF_ENGINE_reference;
			config.user = &epochs;
			config.on_epoch = [](const gf_epoch *, void *user) { ++*static_cast<size_t *>(user); };
			config.stop = [](void *user) { return static_cast<int>(*static_cast<size_t *>(user) >= 20); };
			const float x[] = {1, 2, 3, 4}, y[] = {0, 0, 1, 1};
			gf_arrays arrays = {};
			arrays.rows = 4;
			arrays.features = arrays.outputs = 1;
			arrays.x = x;
			arrays.y = y;
			arrays.loss = config.loss;
			gf_status status = gf_dataset_new(&data, &arrays, &err);
			if (status == GF_OK)
				status = gf_fit(&model, data, &config, nullptr, &err);
			std::printf("%d %d %s\n", status == GF_E_INTERRUPTED, model != nullptr,
				std::string(gf_version()) == GF_VERSION ? "same version" : gf_version());
			gf_model_free(model);
			gf_dataset_free(data);
			return 0;
		}
	C
	g++ -std=c++11 -Wall -Wextra -pedantic -Werror -c $(flags --cflags) user.cc
	${GPUFIT_CC:-cc} -o user user.o $(flags --libs) -lstdc++
	same "$(LD_LIBRARY_PATH=$PWD/d/opt/gpufit/lib ./user)" "1 1 same version"
}
