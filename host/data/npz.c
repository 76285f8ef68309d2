/*
 * npz.c: reads NumPy's .npz, a zip archive of .npy files.
 *
 *	d.npz		its only array, as if it were an .npy file; or the features x and the
 *			targets y; or arr_0 and arr_1, if it has only those; or the arrays that
 *			scipy.sparse.save_npz makes of a sparse matrix, which npz_sparse.c reads
 *	d.npz:word	the array of that name alone, or x_word and y_word
 *
 * Upper case counts as lower case in x and y.
 */
#include "npz.h"
#include "data_report.h"
#include "dataset.h"
#include "error.h"
#include "labels.h"
#include "memory.h"
#include "table_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_ROOM = NPZ_NAME_ROOM };

/* ---- the archive ---- */

static int is_array(const struct zip_member *member)
{
	const struct slice name = member->name;

	return name.length > 4 && memcmp(name.at + name.length - 4, ".npy", 4) == 0;
}

static gf_status list_arrays(struct npz *n)
{
	struct zip_member member;
	int more = 1;

	TRY(zip_open(&n->zip, n->in->name, n->bytes, n->count, n->err));
	while (more) {
		struct zip_member *arrays;

		TRY(zip_next(&n->zip, &member, &more, n->err));
		if (!more || !is_array(&member))
			continue;
		member.name.length -= strlen(".npy");
		arrays = array_reserve(
			n->arrays, &n->array_room, n->array_count + 1, sizeof *arrays);
		if (!arrays)
			return gf_fail_memory(n->err, sizeof *arrays, n->in->name);
		n->arrays = arrays;
		arrays[n->array_count++] = member;
	}
	return n->arrays ? GF_OK
			 : report_error(line_place(n->in->name, 0), n->err,
				   "is an .npz file without arrays");
}

const struct zip_member *npz_find(const struct npz *n, const char *prefix, const char *word)
{
	const size_t prefix_length = strlen(prefix), word_length = word ? strlen(word) + 1 : 0;

	for (size_t i = 0; i < n->array_count; i++) {
		const struct slice name = n->arrays[i].name;

		if (name.length == prefix_length + word_length &&
			strncasecmp(name.at, prefix, prefix_length) == 0 &&
			(!word || (name.at[prefix_length] == '_' &&
					  memcmp(name.at + prefix_length + 1, word,
						  word_length - 1) == 0)))
			return &n->arrays[i];
	}
	return NULL;
}

/* ---- which arrays ---- */

struct choice {
	const struct zip_member *features; /* or the only array */
	const struct zip_member *targets;  /* NULL: features has them, too */
};

static gf_status refuse_choice(const struct npz *n)
{
	const char *word = n->in->member;
	struct quote_list list = {0};
	char name[NAME_ROOM];

	for (size_t i = 0; i < n->array_count; i++) {
		const struct slice text = n->arrays[i].name;

		snprintf(name, sizeof name, "%.*s",
			(int)(text.length < NAME_ROOM ? text.length : NAME_ROOM), text.at);
		quote_list_add(&list, name);
	}
	if (word)
		return report_error(line_place(n->in->name, 0), n->err,
			"there is no array %s, nor x_%s and y_%s; the file has %s", word, word,
			word, quote_list_text(&list));
	return report_error(line_place(n->in->name, 0), n->err,
		"the file has the arrays %s, and it must be said which are read: x and y are "
		"features and targets; FILE.npz:NAME reads one array, and FILE.npz:train x_train "
		"and y_train",
		quote_list_text(&list));
}

/* Its features are NULL where nothing fits. */
static struct choice choose(const struct npz *n)
{
	const char *word = n->in->member;
	struct choice choice = {0};

	if (word)
		choice.features = npz_find(n, word, NULL);
	else if (n->array_count == 1)
		choice.features = &n->arrays[0];
	if (choice.features)
		return choice;
	choice = (struct choice){npz_find(n, "x", word), npz_find(n, "y", word)};
	if (!choice.features && !choice.targets && !word && n->array_count == 2)
		choice = (struct choice){npz_find(n, "arr_0", NULL), npz_find(n, "arr_1", NULL)};
	return choice.targets ? choice : (struct choice){0};
}

/* ---- one array ---- */

gf_status npz_open(struct npz *n, const struct zip_member *member, struct npz_array *array)
{
	const unsigned char *bytes = NULL;
	const char *word = n->in->member;

	/* The file's name without the word, since that may be another. */
	snprintf(array->name, sizeof array->name, "%.*s:%.*s",
		(int)(strlen(n->in->name) - (word ? strlen(word) + 1 : 0)), n->in->name,
		(int)(member->name.length < 256 ? member->name.length : 256), member->name.at);
	array->owned = NULL;
	TRY(zip_data(&n->zip, member, &bytes, &array->owned, n->err));
	input_borrow(&array->in, array->name, bytes, member->size);
	return GF_OK;
}

void npz_close(struct npz_array *array)
{
	free(array->owned);
	array->owned = NULL;
}

static gf_status read_array(struct npz *n, const struct zip_member *member,
	const struct read_options *options, gf_dataset **data)
{
	struct npz_array array;

	TRY(npz_open(n, member, &array));

	const gf_status status = npy_read(data, &array.in, options, n->err);

	npz_close(&array);
	return status;
}

static gf_status read_pair(struct npz *n, const struct choice *choice, gf_dataset **data)
{
	const struct read_options features = labels_options(n->options, PART_FEATURES);
	const struct read_options targets = labels_options(n->options, PART_TARGETS);
	gf_dataset *labels = NULL;
	gf_status status = read_array(n, choice->features, &features, data);

	if (!status && n->options->with_target) {
		status = read_array(n, choice->targets, &targets, &labels);
		if (!status)
			status = labels_join(*data, labels, n->in->name, "its y", n->err);
		gf_dataset_free(labels);
	}
	return status;
}

/* ---- the file ---- */

/* Maps the archive, or reads it from standard input. */
static gf_status load(struct npz *n)
{
	struct file_part part;

	if (!input_rest(n->in, &part)) {
		const gf_status status = input_read_all(n->in, &n->memory, &n->count, n->err);

		n->bytes = n->memory;
		return status;
	}
	TRY(file_memory_map(&n->file, &part, n->err));
	n->bytes = (const unsigned char *)n->file.at;
	n->count = n->file.bytes;
	return GF_OK;
}

static gf_status read_npz(struct npz *n, gf_dataset **data)
{
	struct choice choice;

	if (n->in->path_count > 1)
		return report_error(line_place(n->in->name, 0), n->err,
			"is an .npz file, which is not read among several files");
	TRY(load(n));
	TRY(list_arrays(n));
	if (npz_is_sparse(n))
		return npz_sparse_read(data, n);
	choice = choose(n);
	if (!choice.features)
		return refuse_choice(n);
	if (!choice.targets)
		return read_array(n, choice.features, n->options, data);
	if (n->options->part == PART_ALL)
		return read_pair(n, &choice, data);
	return report_error(line_place(n->in->name, 0), n->err,
		"has features and targets, and --labels asks for one of them: FILE.npz:NAME reads "
		"one array");
}

gf_status npz_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	struct npz n = {.in = in, .options = options, .err = err};
	gf_status status;

	*data = NULL;
	status = read_npz(&n, data);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	free(n.memory);
	file_memory_free(&n.file);
	free(n.arrays);
	return status;
}
