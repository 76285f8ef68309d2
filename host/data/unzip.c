/* unzip.c: a zip archive of one file is read as that file. */
#include "data_report.h"
#include "error.h"
#include "input.h"
#include "table_read.h"
#include "zip.h"

#include <stdlib.h>
#include <string.h>

/* Folders, and what macOS adds to each file, are no files of the user's. */
static int is_file(const struct zip_member *member)
{
	static const char macos[] = "__MACOSX/";
	const struct slice name = member->name;

	return name.length > 0 && name.at[name.length - 1] != '/' &&
	       !(name.length >= sizeof macos - 1 && memcmp(name.at, macos, sizeof macos - 1) == 0);
}

/* Finds the only file.  GF_E_DATA: there is none, or several. */
static gf_status find_only(struct zip *zip, struct zip_member *only, gf_error *err)
{
	struct zip_member member;
	size_t count = 0;
	int more = 1;

	while (more) {
		TRY(zip_next(zip, &member, &more, err));
		if (!more || !is_file(&member))
			continue;
		if (count++ == 0)
			*only = member;
	}
	if (count == 1)
		return GF_OK;
	return report_error(line_place(zip->name, 0), err,
		"is a zip archive of %zu files, and one is read; unzip -p %s NAME | gpufit - reads "
		"one of several",
		count, zip->name);
}

/* Moves the data, which may be a part of the archive, into memory of their own. */
static gf_status replace(
	struct input *in, const struct zip *zip, const struct zip_member *member, gf_error *err)
{
	const unsigned char *data;
	unsigned char *bytes;

	TRY(zip_data(zip, member, &data, &bytes, err));
	if (!bytes) {
		bytes = malloc(member->size + 1);
		if (!bytes)
			return gf_fail_memory(err, member->size, zip->name);
		memcpy(bytes, data, member->size);
	}
	input_replace(in, bytes, member->size);
	return GF_OK;
}

static gf_status unzip(struct input *in, const unsigned char *bytes, size_t count, gf_error *err)
{
	struct zip_member only = {0};
	struct zip zip;

	TRY(zip_open(&zip, in->name, bytes, count, err));
	TRY(find_only(&zip, &only, err));
	return replace(in, &zip, &only, err);
}

gf_status zip_unpack(struct input *in, gf_error *err)
{
	unsigned char *bytes = NULL;
	size_t count = 0;
	gf_status status = input_read_all(in, &bytes, &count, err);

	if (!status)
		status = unzip(in, bytes, count, err);
	free(bytes);
	return status;
}
