#!/usr/bin/env bats
# interface.bats: programs in C and C++ use the library, and none of its inner names gets in their way.
# bats file_tags=quick
load common

GPUFIT_BUILD=${GPUFIT_BUILD:-$root/build}
GPUFIT_CC=${GPUFIT_CC:-cc}
GPUFIT_LIBS=${GPUFIT_LIBS:--lOpenCL -ljansson -lz -lpthread -lm}
HEADER=$root/host/include/gpufitcl.h

# Prints the functions that the headers declare, one a line.
declared() {
	cat "$root"/host/include/*.h | $GPUFIT_CC -E -P -I "$root/host/include" - | tr '\n' ' ' | grep -oE '\bgf_[a-z_]+\(' | tr -d '(' | sort -u
}

# exported LIBRARY [nm OPTION]: prints the names that it defines, except those of sanitizers, which no user has.
exported() {
	nm "${2:--g}" --defined-only "$1" | awk 'NF == 3 && $3 !~ /^__(odr_)?asan/ { print $3 }' | sort -u
}

# Prints the program at the head of the header.
header_program() {
	sed -n '1,/^ \*\//s/^ \*\t//p' "$HEADER" | awk '/#include/ { on = 1 } on { print } /^}/ { exit }'
}

@test "both libraries export what the header declares, and nothing else" {
	declared >wanted
	exported "$GPUFIT_BUILD/libgpufitcl.a" >found
	[ "$(wc -l <wanted)" -gt 40 ]
	run diff wanted found
	same "$output" ""
	exported "$GPUFIT_BUILD/libgpufitcl.so" -D >found
	run diff wanted found
	same "$output" ""
}

@test "the test of names can fail: the archive of all functions has other names" {
	exported "$GPUFIT_BUILD/libinternal.a" >found
	grep -qx gf_fit found
	grep -qx gf_fail found
	grep -qvE '^gf_' found
}

# Threads may call it at once.  The mutex keeps them apart while drivers begin their work (device_list.c).
@test "the library has no variable but a mutex" {
	[[ $GPUFIT_CC != *-fsanitize* ]] || skip "sanitizers add variables"
	objdump -t "$GPUFIT_BUILD/libinternal.a" >symbols
	same "$(awk '$4 ~ /^\.t?(data|bss)/ && $4 !~ /rel\.ro/ && $6 !~ /^\./ { print $6 }' symbols | xargs)" beginning
}

@test "a program with functions named as inner ones of the library links with it" {
	cat >user.c <<-'C'
		#include <gpufitcl_notebook.h>
		#include <stdio.h>
		const char *model_new(void) { return "mine"; }
		const char *engine_open(void) { return "mine"; }
		int main(void)
		{
			gf_dataset *data;
			if (gf_dataset_notebook(&data, NULL))
				return 1;
			printf("%s %s %zu\n", model_new(), engine_open(), gf_dataset_rows(data));
			gf_dataset_free(data);
			return 0;
		}
	C
	$GPUFIT_CC -I "$root/host/include" -o user user.c "$GPUFIT_BUILD/libgpufitcl.a" $GPUFIT_LIBS
	same "$(./user)" "mine mine 7"
}

@test "the program in the header compiles, trains and saves" {
	csv 'size,price\n1,2\n2,4\n3,5\n' houses.csv
	header_program >houses.c
	grep -q 'int main' houses.c
	$GPUFIT_CC -Werror -I "$root/host/include" -o houses houses.c "$GPUFIT_BUILD/libgpufitcl.a" $GPUFIT_LIBS
	./houses
	[ -s houses.safetensors ]
}

# The objects are in C, so that linking needs no C++ library.
@test "the header compiles as C++ without a warning, and its functions are found" {
	[ -n "$(command -v g++)" ] || skip "no g++"
	cat >user.cc <<-'C'
		#include <gpufitcl.h>
		#include <gpufitcl.h>
		#include <gpufitcl_arrow.h>
		#include <gpufitcl_comm.h>
		#include <gpufitcl_notebook.h>
		#include <gpufitcl_search.h>
		#include <cstdio>
		static void on_epoch(const gf_epoch *step, void *last) { *static_cast<float *>(last) = step->loss; }
		int main()
		{
			gf_error err = {};
			gf_dataset *data = nullptr;
			gf_model *model = nullptr;
			gf_config config;
			float last = 0;

			gf_config_default(&config);
			config.engine = GF_ENGINE_reference;
			config.epochs = 2;
			config.on_epoch = on_epoch;
			config.user = &last;
			if (gf_dataset_notebook(&data, &err) || gf_fit(&model, data, &config, nullptr, &err))
				std::printf("%s\n", err.message);
			std::printf("%d %d\n", static_cast<int>(gf_model_outputs(model) * gf_comm_size(config.comm)), last > 0);
			gf_model_free(model);
			gf_dataset_free(data);
			return err.status != GF_OK;
		}
	C
	g++ -std=c++11 -Wall -Wextra -pedantic -Werror -fno-exceptions -I "$root/host/include" -c user.cc
	$GPUFIT_CC -o user user.o "$GPUFIT_BUILD/libgpufitcl.a" $GPUFIT_LIBS
	same "$(./user)" "1 1"
}
