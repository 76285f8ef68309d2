# gpufit: gradient descent on any OpenCL device, every step proven.
#
#	make			./gpufit and the libraries build/libgpufitcl.a and build/libgpufitcl.so
#	make check		the tests (SAN=address,undefined for a sanitized build of its own)
#	make help		every target

CC      ?= cc
SAN     ?=
# A sanitizer's reports need lines alone, and its build takes half of the time so.
CFLAGS  ?= $(if $(SAN),-O1 -g1,-O2 -g)
PREFIX  ?= /usr/local
WERROR  ?=

# As many commands at once as there are processors, where the command line says nothing else (make -j1).
JOBS    := $(if $(filter-out 0,$(MAKELEVEL)),,-j$(shell nproc))
MAKEFLAGS += $(JOBS)

# make V=1 shows each command whole.
Q       := $(if $(V),,@)

VERSION := $(shell sed -n 's/^.define GF_VERSION "\(.*\)"/\1/p' host/include/gpufitcl.h)

# A sanitized build lives in a folder of its own, beside the plain one.
comma   := ,
O       := build$(if $(SAN),/$(subst $(comma),-,$(SAN)))
PROGRAM := $(if $(SAN),$(O)/gpufit,gpufit)
LIBRARY := $(O)/libgpufitcl.a
SHARED_LIBRARY := $(O)/libgpufitcl.so
OBJCOPY ?= objcopy

# The same with every function of every file: for the program and the tests, which use more than the header has.
INTERNAL := $(O)/libinternal.a

# kernels/shared.h includes nothing, so every folder may include it.
FLAGS   := -std=c11 -D_POSIX_C_SOURCE=200809L -DCL_TARGET_OPENCL_VERSION=120 -ffp-contract=off \
	-fPIC -fvisibility=hidden -Wall -Wextra -Wpedantic -iquote kernels $(if $(WERROR),-Werror) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) -MMD -MP
LIBS    := -lOpenCL -ljansson -lz -lpthread -lm
CLILIBS := -lpopt

# Which folders each folder may include from: arrows point down only.
SEES_base   := include base
SEES_data   := include base data
SEES_ocl    := include base ocl
SEES_comm   := include base comm
SEES_model  := include base data model
SEES_engine := include base data ocl model comm engine
SEES_train  := include base data model comm engine
SEES_cli    := include base cli
SEES_tests  := include base data ocl model comm engine train cli

FOLDERS  := base data ocl model comm engine train
MPISRC   := host/comm/mpi_plugin.c
LIBSRC   := $(filter-out $(MPISRC),$(foreach f,$(FOLDERS),$(wildcard host/$f/*.c)))
CLISRC   := $(wildcard host/cli/*.c)
LIBOBJ   := $(LIBSRC:host/%.c=$(O)/%.o) $(O)/kernels.o $(O)/c_functions.o
CLIOBJ   := $(CLISRC:host/%.c=$(O)/%.o)
# Each file of kernels comes after those that it includes.  functions.cl is for a test alone.
CLSRC    := $(filter-out kernels/functions.cl,$(wildcard kernels/*.cl))

all: $(PROGRAM) $(LIBRARY) $(SHARED_LIBRARY)	## the program and the libraries

$(PROGRAM): $(CLIOBJ) $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) -o $@ $(CLIOBJ) $(INTERNAL) $(CLILIBS) $(LIBS)

$(INTERNAL): $(LIBOBJ)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# One object, in which what the header does not declare is local: no name of ours meets one of the user's.
$(LIBRARY): $(LIBOBJ)
	@echo "  AR    $@"
	$(Q)$(CC) $(CFLAGS) $(MERGE) -r -nostdlib -o $(O)/gpufitcl.o $^
	$(Q)$(OBJCOPY) --localize-hidden $(O)/gpufitcl.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(O)/gpufitcl.o

# Programs that are linked with it name libgpufitcl.so.0 (the soname) until a release breaks them.  clang leaves the functions
# of sanitizers to the program.
SONAME   := libgpufitcl.so.$(firstword $(subst ., ,$(VERSION)))

$(SHARED_LIBRARY): $(LIBOBJ)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) $(if $(SAN),,-Wl$(comma)-z$(comma)defs) -o $@ $^ $(LIBS)
	$(Q)ln -sf $(@F) $(@D)/$(SONAME)

# What gpufit --mpi opens.  MPI differs from one machine to the next, so neither the program nor the libraries are linked with it.
MPICC    ?= mpicc
PLUGIN   ?= gpufit-mpi.so

mpi:			## gpufit-mpi.so, which gpufit --mpi opens (MPICC=mpicc.mpich: with another MPI)
	@mkdir -p $(dir $(PLUGIN))
	@echo "  MPICC $(MPISRC)"
	$(Q)$(MPICC) -O2 -g -std=c11 -Wall -Wextra $(if $(WERROR),-Werror) -fPIC -shared -o $(PLUGIN).tmp $(MPISRC)
	$(Q)mv $(PLUGIN).tmp $(PLUGIN)

# Link-time optimisation ends here: what objcopy takes is machine code.
MERGE = $(if $(findstring -flto,$(CFLAGS)),$(if $(findstring clang,$(shell $(CC) --version)),-fuse-ld=lld,-flinker-output=nolto-rel))

define folder_rule
$(O)/$1/%.o: host/$1/%.c
	@mkdir -p $$(@D)
	@echo "  CC    $$<"
	$$(Q)$$(CC) $$(CFLAGS) $$(FLAGS) $$(SEES_$1:%=-iquote host/%) -c -o $$@ $$<
endef
$(foreach f,$(FOLDERS) cli,$(eval $(call folder_rule,$f)))

# The kernels, one line a string; #line keeps a driver's log pointing at the file.
$(O)/kernels.c: $(CLSRC) kernels/shared.h kernels/embed.awk
	@mkdir -p $(@D)
	$(Q)awk -f kernels/embed.awk $(CLSRC) > $@.tmp && mv $@.tmp $@

$(O)/kernels.o: $(O)/kernels.c
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(SEES_ocl:%=-iquote host/%) -c -o $@ $<

# Functions of the kernels as C99, for models that are exported as C.
$(O)/c_functions.c: $(addprefix kernels/,c99.awk c99.h math.cl sigmoids.cl)
	@mkdir -p $(@D)
	$(Q)awk -f kernels/c99.awk kernels/c99.h kernels/math.cl kernels/sigmoids.cl > $@.tmp && mv $@.tmp $@

$(O)/c_functions.o: $(O)/c_functions.c
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(SEES_model:%=-iquote host/%) -iquote host/model -c -o $@ $<

# ---- tests ----

TESTS    := $(patsubst tests/%.c,$(O)/%,$(wildcard tests/test_*.c))
SUPPORT  := $(patsubst tests/%.c,$(O)/tests/%.o,$(filter-out $(wildcard tests/test_*.c),$(wildcard tests/*.c)))
BATS     := $(wildcard tests/cli/*.bats)

# The quick tests: programs that open no device, as their sources name none and train nothing, and .bats files with the tag.
QUICK    := $(patsubst tests/%.c,$(O)/%,$(shell grep -LiE 'device|engine|gf_fit|struct fit|fit_model' tests/test_*.c)) \
	$(shell grep -l '^. bats file_tags=quick' tests/cli/*.bats)

$(O)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(SEES_tests:%=-iquote host/%) -iquote tests -c -o $@ $<

# All engines of a test program share a device's context and what is built in it (tests/shared_builds.c).  Their buffers
# begin with NaN, between pages that cannot be accessed (tests/guarded_buffers.c).
SHARED   := $(O)/tests/shared_builds.o
SHARES   := clCreateContext clBuildProgram clCreateKernel

$(O)/test_%: $(O)/tests/test_%.o $(SUPPORT) $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) $(patsubst %,-Wl$(comma)--wrap=%,$(SHARES) clCreateBuffer) -o $@ $(filter %.o,$^) $(INTERNAL) -lcmocka $(LIBS)

# They fake a device without double precision, and one with memory of its own.
$(O)/test_no_double $(O)/test_own_memory: SHARES += clGetDeviceInfo

# These test the program's own files.
$(O)/test_progress_line: $(addprefix $(O)/cli/,progress_line.o format.o)
$(O)/test_curves: $(O)/cli/curves.o
$(O)/test_series: $(O)/cli/series.o

$(O)/test_options: LIBS += $(CLILIBS)
$(O)/test_options: $(filter-out $(O)/cli/main.o,$(CLIOBJ))

# What the bench times, and how it compares times.
$(O)/test_workloads $(O)/test_bench: $(O)/tests/bench/workloads.o
$(O)/test_bench: $(O)/tests/bench/contest.o

# Kernels of their own call the functions one by one; linked before the library, they replace its kernels.
$(addprefix $(O)/test_,math sigmoids activation): $(O)/functions.o

$(O)/functions.c: $(addprefix kernels/,functions.cl activation.cl sigmoids.cl math.cl lanes.cl shared.h embed.awk)
	@mkdir -p $(@D)
	$(Q)awk -f kernels/embed.awk $< > $@.tmp && mv $@.tmp $@

$(O)/functions.o: $(O)/functions.c
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(SEES_ocl:%=-iquote host/%) -c -o $@ $<

# ---- injected failures ----

# Calls of the library that go through tests/inject, which fails each of them once in turn.
WRAPPED  := $(addprefix clCreate,Buffer CommandQueue Context Kernel ProgramWithSource) clBuildProgram \
	$(addprefix clGet,DeviceIDs DeviceInfo EventInfo EventProfilingInfo KernelWorkGroupInfo PlatformIDs PlatformInfo \
	ProgramBuildInfo) $(addprefix clEnqueue,BarrierWithWaitList CopyBuffer FillBuffer MarkerWithWaitList NDRangeKernel ReadBuffer WriteBuffer) \
	$(addprefix clRelease,CommandQueue Context Event Kernel MemObject Program) clFinish clFlush clSetKernelArg \
	clRetainContext clRetainEvent clRetainMemObject clWaitForEvents malloc calloc realloc aligned_alloc strdup free newlocale freelocale gzdopen gzclose \
	open dup close fopen fdopen fflush fsync fclose rename pipe2 socketpair posix_spawnp waitpid \
	mmap munmap posix_fallocate ftruncate pread

INJECT   := $(patsubst %.c,$(O)/%.o,$(wildcard tests/inject/*.c))
TESTS    += $(O)/test_inject

# An OpenCL call that is not wrapped would never fail: the build fails instead.
$(O)/test_inject: $(INJECT) $(O)/tests/arrow_tables.o $(INTERNAL)
	@echo "  LD    $@"
	$(Q)nm -u $(INTERNAL) | awk -v wrapped=" $(WRAPPED) " '!index(wrapped, " " $$2 " ") && $$2 ~ /^cl[A-Z]/ \
		{ print $$2 ": not in WRAPPED of the Makefile"; bad = 1 } END { exit bad }'
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) $(WRAPPED:%=-Wl,--wrap=%) -o $@ $(filter %.o,$^) $(INTERNAL) -lcmocka $(LIBS)

-include $(INJECT:.o=.d)

# ---- spoiled calls ----

# Calls that tests/spoil/spoil.c makes a device get wrong.
SPOILED  := $(addprefix clEnqueue,NDRangeKernel ReadBuffer WriteBuffer) clCreateBuffer clRetainMemObject clReleaseMemObject

SPOIL    := $(O)/tests/spoil/test_spoil.o $(O)/tests/spoil/spoil.o
TESTS    += $(O)/test_spoil

$(O)/test_spoil: $(SPOIL) $(O)/tests/basics.o $(SHARED) $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) $(patsubst %,-Wl$(comma)--wrap=%,$(SPOILED) $(SHARES)) -o $@ $(filter %.o,$^) $(INTERNAL) -lcmocka $(LIBS)

-include $(SPOIL:.o=.d)

# ---- threads ----

# Without the calls that the other test programs wrap, as what these share is not meant for threads.
THREADED := $(patsubst tests/%.c,$(O)/tests/%.o,$(wildcard tests/threads/test_*.c))
TESTS    += $(THREADED:$(O)/tests/threads/%.o=$(O)/%)

$(THREADED:$(O)/tests/threads/%.o=$(O)/%): $(O)/%: $(O)/tests/threads/%.o $(O)/tests/basics.o $(O)/tests/comm_threads.o $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(INTERNAL) -lcmocka $(LIBS)

-include $(THREADED:.o=.d)

check-threads:		## several threads train and predict at once, under a thread sanitizer
	$(Q)$(MAKE) --no-print-directory SAN=thread build/thread/test_threads
	$(Q)tests/run $(abspath build/thread/test_threads)

# ---- faults in kernels ----

$(O)/tests/faults/faults.o: tests/faults/faults.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) -DFAULTS_LIST='"$(abspath tests/faults/faults.txt)"' \
		$(SEES_ocl:%=-iquote host/%) -iquote host/cli -iquote tests -c -o $@ $<

# With the program's options, without its main.
$(O)/faults: $(O)/tests/faults/faults.o $(SHARED) $(filter-out $(O)/cli/main.o,$(CLIOBJ)) $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) $(SHARES:%=-Wl,--wrap=%) -Wl,--wrap=clCreateProgramWithSource \
		-Wl,--wrap=clEnqueueNDRangeKernel -o $@ $(filter %.o,$^) $(INTERNAL) $(CLILIBS) -lcmocka $(LIBS)

-include $(O)/tests/faults/faults.d

check-faults: $(O)/faults	## the check can fail: it catches each fault of tests/faults/faults.txt; the first time a minute and a half
	$(Q)tests/run $(O)/faults

# gcc 12's leak sanitizer follows the thread-local memory of libraries that are loaded at run time, as OpenCL's are, and once
# in some thousand runs reads that of a thread that is just ending, and dies: the last word keeps it from doing so.
QUIETLEAKS := LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0:intercept_tls_get_addr=0

# Variables for tests that build programs: the program, the folder of the build, libraries and compiler.
BUILT_BY   := GPUFIT=$(abspath $(PROGRAM)) GPUFIT_BUILD=$(abspath $(O)) GPUFIT_LIBS="$(LIBS)" \
	GPUFIT_CC="$(CC) $(CFLAGS) $(filter-out -MMD -MP,$(FLAGS)) $(LDFLAGS)"

# A sanitized build leaves out the tests of kernels, which no sanitizer sees, and of a script whose programs are stand-ins.
IN_KERNELS := $(addprefix $(O)/test_,kernels network_kernels variants math sigmoids activation workloads builds)

# Injected failures take a minute and a half, and a sanitizer sees more of them: GPUFIT_TEST_FEW leaves them to the sanitized
# build, to which in turn tests that compare numbers of kernels, or wait for their compiler, matter little.
FEW_LEFT   := $(O)/test_inject $(O)/test_workloads
FEW_IN_SAN := $(addprefix $(O)/test_,allocations denormals guarded_buffers moments nans parts records records_digits \
	records_exact records_iris) $(addprefix tests/cli/,devices.bats export.bats network_models.bats progress.bats readme.bats \
	recipes.bats)

# The tests that take longest come first and the quick ones last, so that all processors are busy to the end.
SLOW       := $(IN_KERNELS) $(addprefix $(O)/test_,inject rows records moments) $(patsubst %,tests/cli/%.bats,networks training \
	network_models devices python gpu_run progress checkpoint recipes)

LEFT_OUT   := $(if $(SAN),$(IN_KERNELS) tests/cli/gpu_run.bats) $(if $(GPUFIT_TEST_FEW),$(if $(SAN),$(FEW_IN_SAN),$(FEW_LEFT)))

check: $(PROGRAM) $(LIBRARY) $(SHARED_LIBRARY) $(if $(SAN),,$(if $(GPUFIT_PYTHON),python)) $(TESTS) $(O)/bench $(O)/probe $(if $(SAN),,$(O)/faults)	## the tests, 5 minutes, the first time 8; SAN=address,undefined: in a sanitized build
	$(Q)$(BUILT_BY) $(QUIETLEAKS) tests/run $(filter-out $(LEFT_OUT),$(if $(SAN),,$(O)/faults) $(SLOW) \
		$(filter-out $(QUICK) $(SLOW),$(TESTS) $(BATS)) $(filter-out $(SLOW),$(QUICK)))

check-quick: $(PROGRAM) $(LIBRARY) $(SHARED_LIBRARY) $(filter-out %.bats,$(QUICK))	## the tests to run at each save: those without kernels, and some of the program; under a minute
	$(Q)$(BUILT_BY) $(QUIETLEAKS) tests/run $(QUICK)

check-fresh:		## README's two lines in a bare Debian (root, debootstrap); SUITE=trixie, RECOMMENDS=no
	SUITE=$(SUITE) RECOMMENDS=$(RECOMMENDS) tests/check-fresh

check-container:	## the Dockerfile of data/recipes.md, followed in a bare Debian (root, debootstrap)
	tests/check-container

# Without --uninitialized: of Debian's version (21.10) it takes v.hi for uninitialised, and crashes on it;
# the buffers of tests begin with NaN instead.
check-oclgrind: $(PROGRAM)	## every kernel under oclgrind, which must find nothing
	rm -f $(O)/oclgrind.log
	oclgrind --build-options -Drestrict= --data-races --check-api --log $(O)/oclgrind.log $(abspath $(PROGRAM)) selftest
	cat $(O)/oclgrind.log && test ! -s $(O)/oclgrind.log

$(O)/races: $(O)/tests/races/races.o $(SUPPORT) $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) -Wl,--wrap=clCreateProgramWithSource \
		$(patsubst %,-Wl$(comma)--wrap=%,$(SHARES) clCreateBuffer) -o $@ $(filter %.o,$^) $(INTERNAL) -lcmocka $(LIBS)

-include $(O)/tests/races/races.d

check-races: $(O)/races	## all kernels under oclgrind at work-group sizes from 32 to 256: no races; RACES_WHOLE=1: in all ways
	tests/races/check $(abspath $(O)/races)

# ---- fuzzing ----

# Each tests/fuzz/fuzz_READER.c is a fuzzer with clang's libFuzzer.
FUZZERS      := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_CFLAGS  := -O1 -g1 -fno-sanitize-recover=all -fno-omit-frame-pointer

fuzz:			## every reader against damaged files, FUZZ_SECONDS (60) each, two at a time (clang)
	$(Q)$(MAKE) --no-print-directory O=build/fuzz CC=clang \
		CFLAGS="$(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined" $(FUZZERS:%=build/fuzz/fuzz_%)
	tests/fuzz/run build/fuzz $(FUZZ_SECONDS) $(FUZZERS)

$(O)/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.c $(wildcard tests/fuzz/*.h) $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(filter-out -MMD -MP,$(FLAGS)) -fsanitize=fuzzer $(SEES_tests:%=-iquote host/%) -iquote tests/fuzz \
		-o $@ $< tests/fuzz/fuzz.c $(INTERNAL) $(LIBS)

check-devices: $(PROGRAM) $(addprefix $(O)/test_,kernels network_kernels variants moments)	## selftest and the same bits on every OpenCL device found
	GPUFIT=$(abspath $(PROGRAM)) BITS="$(if $(GPUFIT_TEST_FEW),,$(abspath $(addprefix $(O)/test_,kernels variants moments)))" \
		tests/run tests/devices.sh

ptx-report:		## registers, shared memory and spills of the kernels for GPUs, by ptxas (clang-15, libclc-15, CUDA); fails if one spills
	tests/ptx-report

check-contraction:	## no kernel changes where a compiler for GPUs fuses products with sums (clang-15, libclc-15); 5 minutes
	tests/contraction

# ---- speed ----

BENCH    := $(patsubst tests/%.c,$(O)/tests/%.o,$(wildcard tests/bench/*.c))

# Passive: threads of native.c must not spin while the next contestant is timed.
bench: $(PROGRAM) $(O)/bench	## speed beside limits and peers; QUICK=1: small sizes, to see every row
	OMP_WAIT_POLICY=passive $(O)/bench $(abspath $(PROGRAM)) tests/bench $(O)/bench.json

# The peer in C is compiled for this very processor and all cores.
$(O)/tests/bench/native.o: CFLAGS := -O3 -march=native -fopenmp -ffp-contract=fast
$(O)/tests/bench/native.o: FLAGS := $(filter-out -ffp-contract=off,$(FLAGS))

# The linker routes calls for buffers through tests/bench/device_memory.c, which counts them.
$(O)/bench: $(BENCH) $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) -fopenmp -Wl,--wrap=clCreateBuffer -Wl,--wrap=clReleaseMemObject \
		-o $@ $(BENCH) $(INTERNAL) $(LIBS)

bench-chart:		## pictures of what make bench measured, in tests/bench (gnuplot)
	tests/bench/chart $(O)/bench.json tests/bench

bench-readme:		## the same as tables, in tests/bench/README.md and in README.md
	tests/bench/readme $(O)/bench.json tests/bench/README.md README.md

-include $(BENCH:.o=.d)

# ---- a GPU in five minutes ----

PROBE    := $(patsubst %.c,$(O)/%.o,$(wildcard tests/probe/*.c)) $(patsubst %.c,$(O)/%.o,$(wildcard tests/order*.c) tests/rates.c \
	$(addprefix tests/bench/,workloads.c ours.c contest.c peers.c))

$(O)/probe: $(PROBE) $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) -Wl,--wrap=clCreateProgramWithSource -o $@ $(PROBE) $(INTERNAL) $(LIBS)

# The test programs need cmocka, without which gpu-run says that it leaves them out.
PROBED   := $(if $(wildcard $(addsuffix /include/cmocka.h,/usr /usr/local)),$(addprefix $(O)/test_,kernels variants math sigmoids))

gpu-run: $(PROGRAM) $(O)/probe $(PROBED)	## all that a GPU can tell within LIMIT_S (300) seconds, as a report in build/gpu-run; GPU=INDEX of ./gpufit devices
	$(Q)GPU=$(GPU) LIMIT_S=$(LIMIT_S) KERNELS=$(KERNELS) OUT=$(OUT) BUILD=$(O) GPUFIT=$(PROGRAM) tests/gpu-run

-include $(PROBE:.o=.d)

# ---- what a GPU would make of the kernels, without one ----

$(O)/tests/warps/shapes.o: FLAGS += -iquote tests/bench

$(O)/shapes: $(O)/tests/warps/shapes.o $(O)/tests/bench/workloads.o $(INTERNAL)
	@echo "  LD    $@"
	$(Q)$(CC) $(CFLAGS) $(FLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

gpu-report: $(O)/shapes	## the share of an H100's bandwidth that an epoch would reach, by a model; no GPU; D="1 16": these features alone
	$(Q)BUILD=$(O) tests/gpu-report $(D)

-include $(O)/tests/warps/shapes.d

# ---- Python ----

# The package as it is installed; PYTHONPATH=build/python uses it from here.
PACKAGE  := $(O)/python/gpufitcl
PYTHON   ?= $(or $(GPUFIT_PYTHON),python3)
ABI_FROM := $(addprefix host/include/,gpufitcl_words.h gpufitcl_arrays.h gpufitcl_report.h gpufitcl.h gpufitcl_arrow.h)

$(PACKAGE)/_abi.py: host/python/make_abi.py $(ABI_FROM)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $< $(ABI_FROM) $@.tmp $(O)/python/check_abi.c
	$(Q)$(CC) $(FLAGS) -MF $(O)/python/check_abi.d -fsyntax-only -iquote host/include $(O)/python/check_abi.c
	$(Q)mv $@.tmp $@

$(PACKAGE)/libgpufitcl.so: $(SHARED_LIBRARY) $(PACKAGE)/_abi.py $(wildcard host/python/gpufitcl/*.py)
	$(Q)cp $(wildcard host/python/gpufitcl/*.py) $(@D)
	$(Q)cp $< $@

python: $(PACKAGE)/libgpufitcl.so	## the Python package, in build/python

wheel: python		## the same as a wheel for pip, in build/wheel; for any Linux where auditwheel and patchelf are (PYTHON=python3)
	$(Q)$(PYTHON) host/python/make_wheel.py $(PACKAGE) host/python/README.md $(VERSION) $(O)/wheel

lint:			## format, clang-tidy, the kernels one by one, and the house rules; 2 minutes
	tests/lint

# Where installed files go.
BIN      := $(DESTDIR)$(PREFIX)/bin/gpufit
LIBDIR   ?= $(PREFIX)/lib
ARCHIVE  := $(DESTDIR)$(LIBDIR)/libgpufitcl.a
LINKABLE := $(DESTDIR)$(LIBDIR)/libgpufitcl.so
LOADABLE := $(dir $(LINKABLE))$(SONAME)
HEADERS  := $(notdir $(wildcard host/include/*.h))
INCLUDE  := $(DESTDIR)$(PREFIX)/include
MANUAL   := $(DESTDIR)$(PREFIX)/share/man/man1/gpufit.1
PKG      := $(DESTDIR)$(LIBDIR)/pkgconfig/gpufitcl.pc

# Where bash, zsh and fish look for completions.
SHARE    := $(DESTDIR)$(PREFIX)/share
COMPLETE := $(SHARE)/bash-completion/completions/gpufit $(SHARE)/zsh/site-functions/_gpufit \
	$(SHARE)/fish/vendor_completions.d/gpufit.fish

# The man page takes scdoc; without it all but the page is installed.
SCDOC    ?= scdoc
PAGE     := $(if $(shell command -v $(SCDOC) 2>/dev/null),$(O)/gpufit.1)

install: $(PROGRAM) $(LIBRARY) $(SHARED_LIBRARY) $(PAGE)	## into $(DESTDIR)$(PREFIX)
	install -d $(dir $(BIN) $(PKG) $(INCLUDE)/ $(COMPLETE) $(if $(PAGE),$(MANUAL)))
	install -m 755 $(PROGRAM) $(BIN)
	install -m 644 $(LIBRARY) $(ARCHIVE)
	install -m 644 $(SHARED_LIBRARY) $(LINKABLE).$(VERSION)
	ln -sf $(notdir $(LINKABLE)).$(VERSION) $(LOADABLE)
	ln -sf $(SONAME) $(LINKABLE)
	install -m 644 $(HEADERS:%=host/include/%) $(INCLUDE)
	$(if $(wildcard $(PLUGIN)),install -m 644 $(PLUGIN) $(DESTDIR)$(LIBDIR))
	$(abspath $(PROGRAM)) completion bash > $(word 1,$(COMPLETE))
	$(abspath $(PROGRAM)) completion zsh > $(word 2,$(COMPLETE))
	$(abspath $(PROGRAM)) completion fish > $(word 3,$(COMPLETE))
	$(if $(PAGE),install -m 644 $(PAGE) $(MANUAL),@echo "the man page is left out: scdoc is not installed")
	printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))' 'includedir=$${prefix}/include' \
		'Name: gpufitcl' 'Description: gradient descent on any OpenCL device' 'Version: $(VERSION)' \
		'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lgpufitcl' 'Libs.private: $(LIBS)' > $(PKG)

# Folders that install may have made: uninstall removes them if they are empty, but not the system's own.
MADE     := $(if $(DESTDIR),,$(filter /usr /usr/local,$(PREFIX)))
MADE     := $(if $(MADE),,$(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR) $(addprefix $(DESTDIR)$(PREFIX),/bin /include /lib \
	/share/man/man1 /share/man /share/bash-completion/completions /share/bash-completion /share/zsh/site-functions /share/zsh \
	/share/fish/vendor_completions.d /share/fish /share /))

uninstall:		## removes what install put there
	rm -f $(BIN) $(ARCHIVE) $(LINKABLE) $(LOADABLE) $(LINKABLE).$(VERSION) $(DESTDIR)$(LIBDIR)/gpufit-mpi.so $(HEADERS:%=$(INCLUDE)/%) $(COMPLETE) $(MANUAL) $(PKG)
	$(if $(MADE),rmdir $(MADE) 2>/dev/null || true)

DIST     ?= build

dist:			## the source as build/gpufit-VERSION.tar.gz, of what is committed
	@mkdir -p $(DIST)
	git archive --prefix=gpufit-$(VERSION)/ HEAD | gzip -n > $(DIST)/gpufit-$(VERSION).tar.gz

deb:			## Debian packages of program and library in build/deb, of what is committed (debhelper; lintian looks at them)
	host/debian/build build/deb

$(O)/gpufit.1: host/cli/gpufit.1.scd
	@mkdir -p $(@D)
	$(SCDOC) < $< > $@

clean:			## removes what was built
	rm -rf build gpufit gpufit-mpi.so

help:			## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

-include $(LIBOBJ:.o=.d) $(CLIOBJ:.o=.d) $(TESTS:$(O)/%=$(O)/tests/%.d) $(SUPPORT:.o=.d)
.SECONDARY:
.PHONY: $(shell sed -n 's/^\([a-z-]*\):[^\#]*\#\# .*/\1/p' $(firstword $(MAKEFILE_LIST)))
.DELETE_ON_ERROR:
