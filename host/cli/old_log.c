#include "old_log.h"
#include "error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A log that is read line by line. */
struct old_log {
	const char *path; /* borrowed */
	FILE *file;       /* owned; NULL: there is none */
	char *text;       /* owned: of the line */
	size_t room, line, epoch;
	ssize_t length;
};

static gf_status open_log(struct old_log *log, const char *path, gf_error *err)
{
	*log = (struct old_log){.path = path, .file = fopen(path, "r")};
	if (!log->file && errno != ENOENT)
		return gf_fail(err, GF_E_IO, "%s: cannot read: %s", path, strerror(errno));
	return GF_OK;
}

static void close_log(struct old_log *log)
{
	if (log->file)
		fclose(log->file);
	free(log->text);
}

/* {"epoch":7,"loss":... and a brace at its end. */
static bool take_epoch(struct old_log *log)
{
	static const char start[] = "{\"epoch\":";
	const char *digits = log->text + strlen(start);
	char *end;

	if (strncmp(log->text, start, strlen(start)) != 0 || !strchr("0123456789", *digits))
		return false;
	errno = 0;
	log->epoch = strtoull(digits, &end, 10);
	return errno == 0 && *end == ',' && log->length >= 2 && log->text[log->length - 2] == '}';
}

/* False at the end: where a process was killed, that is within a line. */
static bool next_line(struct old_log *log)
{
	log->length = log->file ? getline(&log->text, &log->room, log->file) : -1;
	log->line++;
	return log->length > 0 && log->text[log->length - 1] == '\n';
}

static gf_status end_of(const struct old_log *log, gf_error *err)
{
	if (log->file && ferror(log->file))
		return gf_fail(err, GF_E_IO, "%s: cannot read: %s", log->path, strerror(errno));
	return GF_OK;
}

static gf_status check_line(struct old_log *log, size_t before, gf_error *err)
{
	static const char wanted[] = "a resumed training goes on with its log; name another file";

	if (!take_epoch(log))
		return gf_fail(err, GF_E_DATA, "%s:%zu: no line of a log: %s", log->path, log->line,
			wanted);
	if (log->line > 1 && log->epoch != before + 1)
		return gf_fail(err, GF_E_DATA, "%s:%zu: epoch %zu follows epoch %zu: %s", log->path,
			log->line, log->epoch, before, wanted);
	return GF_OK;
}

gf_status old_log_check(const char *path, gf_error *err)
{
	struct old_log log;
	gf_status status = open_log(&log, path, err);

	while (!status && next_line(&log))
		status = check_line(&log, log.epoch, err);
	if (!status)
		status = end_of(&log, err);
	close_log(&log);
	return status;
}

gf_status old_log_copy(const char *path, size_t end, FILE *to, size_t *copied, gf_error *err)
{
	struct old_log log;
	gf_status status = open_log(&log, path, err);

	*copied = end;
	while (!status && next_line(&log) && take_epoch(&log) && log.epoch < end) {
		fwrite(log.text, 1, (size_t)log.length, to);
		*copied = log.epoch + 1;
	}
	if (!status)
		status = end_of(&log, err);
	close_log(&log);
	return status;
}
