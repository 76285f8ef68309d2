#include "cache.h"
#include "cache_file.h"
#include "data_report.h"
#include "error.h"
#include "input.h"
#include "targets.h"

#include <math.h>
#include <string.h>

/* ---- what the user is told ---- */

/* Keeps the notices of a reading, and hands them on. */
struct listener {
	const struct read_options *options; /* borrowed */
	struct texts *notices;              /* borrowed */
	int lacks_memory;
};

static void keep_notice(const char *text, void *user)
{
	struct listener *l = user;

	l->lacks_memory |= texts_add(l->notices, text, strlen(text)) != 0;
	if (l->options->notice)
		l->options->notice(text, l->options->user);
}

static void pass_progress(const gf_progress *progress, void *user)
{
	const struct listener *l = user;

	l->options->on_progress(progress, l->options->user);
}

static void repeat_notices(const struct texts *notices, const struct read_options *options)
{
	for (size_t i = 0; options->notice && i < notices->count; i++)
		options->notice(texts_at(notices, i), options->user);
}

static void say(const struct read_options *options, const char *text)
{
	report_notice(line_place(options->cache, 0), options, "%s", text);
}

/* Says why a cache is made anew. */
static void say_anew(const struct read_options *options, enum cache_state state,
	const struct texts *found, const struct texts *wanted)
{
	const struct slice word = cache_key_difference(wanted, found);

	if (state == CACHE_damaged)
		say(options, "the cache was cut or altered, and is made anew");
	else if (state == CACHE_other && slice_is(word, CACHE_KEY_DATA))
		say(options, "the cache is of another file, or the file has changed since; it is "
			     "made anew");
	else if (state == CACHE_other && slice_is(word, CACHE_KEY_LABELS))
		say(options, "the labels have changed since the cache was made; it is made anew");
	else if (state == CACHE_other)
		report_notice(line_place(options->cache, 0), options,
			"the cache was made with other options (%.*s), and is made anew",
			(int)word.length, word.at);
}

/* ---- a cache that is there ---- */

/* The sums of a file that someone has made say nothing about its targets. */
static int are_targets(const gf_dataset *d, enum loss_targets rule)
{
	for (size_t i = 0; i < d->rows * d->outputs; i++) {
		const float y = d->y[i];

		if (!isfinite(y) || (d->classes && !(y < (float)d->classes)))
			return 0;
		if (!target_allowed(rule, y) || (d->classes && y != floorf(y)))
			return 0;
	}
	return !d->classes || d->outputs == 1;
}

static gf_status look(gf_dataset **data, struct cache_notes *notes, enum cache_state *state,
	const struct texts *key, const struct read_options *options, gf_error *err)
{
	TRY(cache_file_read(data, notes, state, options->cache, key, err));
	if (*state == CACHE_foreign)
		return report_error(line_place(options->cache, 0), err,
			"is no cache that this program made, and is not replaced; wanted: the name "
			"of a new file");
	if (*state != CACHE_whole || are_targets(*data, options->rule))
		return GF_OK;
	*state = CACHE_damaged;
	gf_dataset_free(*data);
	*data = NULL;
	return GF_OK;
}

/* ---- a cache that is made ---- */

/* Numbers that were read while the file changed are those of no file. */
static gf_status check_unchanged(const struct table_files *files, const struct texts *key,
	const struct read_options *options, gf_error *err)
{
	struct texts now;
	gf_status status = cache_key(&now, files, options, err);

	if (!status && !cache_keys_equal(&now, key))
		status = report_error(line_place(input_name(files->paths[0]), 0), err,
			"has changed while it was read");
	texts_free(&now);
	return status;
}

static gf_status read_listening(gf_dataset **data, struct cache_notes *notes,
	const struct table_files *files, cache_read_table *read, const struct read_options *options,
	gf_error *err)
{
	struct listener listener = {.options = options, .notices = &notes->notices};
	struct read_options listened = *options;

	listened.notice = keep_notice;
	listened.on_progress = options->on_progress ? pass_progress : NULL;
	listened.user = &listener;
	TRY(read(data, files, &listened, err));
	return listener.lacks_memory ? gf_fail_memory(err, notes->notices.used, options->cache)
				     : GF_OK;
}

/* Reads the files, makes the cache, and maps it: what the first run computes with is what later
 * ones find.  A file that is used where it stands needs no cache. */
static gf_status make(gf_dataset **data, struct cache_notes *notes, const struct table_files *files,
	cache_read_table *read, const struct read_options *options, gf_error *err)
{
	struct cache_notes found = {0};
	enum cache_state state;
	gf_status status;

	TRY(read_listening(data, notes, files, read, options, err));
	TRY(check_unchanged(files, &notes->key, options, err));
	if (page_array_is_read_only(&(*data)->pages))
		return GF_OK;
	TRY(cache_file_write(*data, notes, options->cache, err));
	gf_dataset_free(*data);
	*data = NULL;
	status = cache_file_read(data, &found, &state, options->cache, &notes->key, err);
	cache_notes_free(&found);
	if (!status && state != CACHE_whole)
		return gf_fail(err, GF_E_IO, "%s: the cache does not hold what was written to it",
			options->cache);
	return status;
}

gf_status cache_read(gf_dataset **data, const struct table_files *files, cache_read_table *read,
	const struct read_options *options, gf_error *err)
{
	struct cache_notes found = {0}, wanted = {0};
	enum cache_state state;
	gf_status status;

	*data = NULL;
	status = cache_key(&wanted.key, files, options, err);
	if (!status)
		status = look(data, &found, &state, &wanted.key, options, err);
	if (!status && state == CACHE_whole) {
		repeat_notices(&found.notices, options);
	} else if (!status) {
		say_anew(options, state, &found.key, &wanted.key);
		status = make(data, &wanted, files, read, options, err);
	}
	cache_notes_free(&found);
	cache_notes_free(&wanted);
	return status;
}
