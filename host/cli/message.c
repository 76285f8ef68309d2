#include "message.h"
#include "text.h"
#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>

enum { MESSAGE_ROOM = 2 * sizeof(((gf_error *)0)->message) };

/* Paths and values of options may hold anything: what a terminal would obey is escaped. */
static void say_list(const char *prefix, const char *format, va_list args)
{
	char text[MESSAGE_ROOM], clean[MESSAGE_ROOM];

	vsnprintf(text, sizeof text, format, args);
	clean_text(clean, sizeof clean, text);
	fprintf(stderr, "%s%s\n", prefix, clean);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list("gpufit: ", format, args);
	va_end(args);
}

void say_more(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list("", format, args);
	va_end(args);
}

int say_usage(const struct command *command, const char *format, ...)
{
	bool default_command = command == commands;
	va_list args;

	va_start(args, format);
	say_list("gpufit: ", format, args);
	va_end(args);
	fprintf(stderr, "try 'gpufit%s%s --help'\n", default_command ? "" : " ",
		default_command ? "" : command->name);
	return EX_USAGE;
}

int say_error(const gf_error *err)
{
	say("%s", err->message);
	return exit_code(err->status);
}

int exit_code(gf_status status)
{
	static const int codes[] = {
		[GF_OK] = 0,
		[GF_E_DIVERGED] = 1,
		[GF_E_CHECK] = 1,
		[GF_E_USAGE] = EX_USAGE,
		[GF_E_DATA] = EX_DATAERR,
		[GF_E_NOINPUT] = EX_NOINPUT,
		[GF_E_UNAVAILABLE] = EX_UNAVAILABLE,
		[GF_E_OPENCL] = EX_SOFTWARE,
		[GF_E_MEMORY] = EX_SOFTWARE,
		[GF_E_CANTCREATE] = EX_CANTCREAT,
		[GF_E_IO] = EX_IOERR,
		[GF_E_INTERRUPTED] = 128 + 2, /* as a shell reports SIGINT */
	};

	return codes[status];
}
