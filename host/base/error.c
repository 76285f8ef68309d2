#include "error.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

/* In parentheses, so that the macros of these names in error.h leave the definitions alone. */
gf_status(gf_fail)(gf_error *err, gf_status status, const char *format, ...)
{
	if (err && err->status == GF_OK) {
		char text[sizeof err->message];
		va_list args;

		va_start(args, format);
		vsnprintf(text, sizeof text, format, args);
		va_end(args);
		clean_text(err->message, sizeof err->message, text);
		err->status = status;
	}
	return status;
}

void error_clear(gf_error *err)
{
	if (!err)
		return;
	err->status = GF_OK;
	err->message[0] = '\0';
}

int error_null(const void *argument, const char *name, const char *function, gf_error *err)
{
	if (!argument)
		gf_fail(err, GF_E_USAGE, "%s: %s must not be NULL", function, name);
	return !argument;
}

gf_status(gf_fail_memory)(gf_error *err, size_t bytes, const char *what)
{
	return gf_fail(err, GF_E_MEMORY, "cannot allocate %zu bytes for %s", bytes, what);
}
