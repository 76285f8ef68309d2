/* build.c: the version, what the library was built by, and the libraries that it runs with. */
#include "gpufitcl.h"

#include <jansson.h>
#include <stdio.h>
#include <zlib.h>

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)
#define CLANG_MINOR     TEXT(__clang_minor__) "." TEXT(__clang_patchlevel__)

#if defined __clang__
#define COMPILER "clang " TEXT(__clang_major__) "." CLANG_MINOR
#elif defined __GNUC__
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "another compiler"
#endif

#if defined __x86_64__
#define PROCESSOR "x86_64"
#elif defined __aarch64__
#define PROCESSOR "aarch64"
#elif defined __powerpc64__
#define PROCESSOR "powerpc64"
#elif defined __riscv
#define PROCESSOR "riscv"
#else
#define PROCESSOR "another processor"
#endif

const char *gf_version(void)
{
	return GF_VERSION;
}

size_t gf_build(char *text, size_t room)
{
	const int length = snprintf(text, room,
		"jansson %s, zlib %s, OpenCL %d.%d or newer; built by %s for " PROCESSOR,
		jansson_version_str(), zlibVersion(), CL_TARGET_OPENCL_VERSION / 100,
		CL_TARGET_OPENCL_VERSION / 10 % 10, COMPILER);

	return length < 0 ? 0 : (size_t)length;
}
