/* notice.c: what the readers tell the user beside errors. */
#include "csv.h"

#include <stdarg.h>
#include <stdio.h>

void data_notice(const struct csv_options *options, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (!options->notice)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	options->notice(text, options->user);
}
