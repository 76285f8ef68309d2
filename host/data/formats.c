#define _GNU_SOURCE /* memmem */
#include "formats.h"
#include "error.h"
#include "table_read.h"

#include <string.h>
#include <strings.h>

/* ---- the formats that are read ---- */

#define BLANKS " \t\r"
#define DIGITS "0123456789"

#define WORD(word, names, help)  #word,
#define NAMES(word, names, help) names,

static const char *const FORMAT_WORDS[FORMAT_COUNT] = {GF_FORMAT_LIST(WORD)};
static const char *const FORMAT_NAMES[FORMAT_COUNT] = {GF_FORMAT_LIST(NAMES)};

const char *format_word(enum format format)
{
	return FORMAT_WORDS[format];
}

/* ---- svmlight ---- */

/* A text that need not end in 0. */
struct span {
	const char *at, *end;
};

static size_t span_of(struct span text, const char *set, int of_set)
{
	const char *at = text.at;

	while (at < text.end && *at && (strchr(set, *at) != NULL) == of_set)
		at++;
	return (size_t)(at - text.at);
}

static struct span take_word(struct span *line)
{
	struct span word;

	line->at += span_of(*line, BLANKS, 1);
	word.at = line->at;
	line->at += span_of(*line, BLANKS, 0);
	word.end = line->at;
	return word;
}

/* index:value or qid:number; what the value is is for the reader to say. */
static int is_pair(struct span word)
{
	size_t digits = span_of(word, DIGITS, 1);

	if (word.end - word.at > 4 && memcmp(word.at, "qid:", 4) == 0)
		return 1;
	word.at += digits;
	if (digits == 0 || word.at == word.end || *word.at != ':')
		return 0;
	word.at++;
	return word.at + span_of(word, ",;:\"'", 0) == word.end;
}

/* Several labels, "2,3", which the reader refuses. */
static int is_labels(struct span word)
{
	return span_of(word, DIGITS ",", 1) == (size_t)(word.end - word.at);
}

/* 1 or 0; -1: such a line says nothing, being blank, a comment, or a label alone.  A text with a
 * comma and one pair behind it may as well be CSV. */
static int is_svmlight_line(struct span line)
{
	struct span label, word;
	int comma, pairs = 0;

	line.end = line.at + span_of(line, "#", 0);
	label = take_word(&line);
	comma = label.at + span_of(label, ",;\"", 0) != label.end;
	if (comma && !is_labels(label))
		return 0;
	for (word = take_word(&line); word.at < word.end; word = take_word(&line), pairs++)
		if (!is_pair(word))
			return 0;
	if (comma)
		return pairs > 1;
	return pairs ? 1 : -1;
}

static int begins_svmlight(const char *bytes, size_t count)
{
	struct span text = {bytes, bytes + count};
	int found = -1;

	if (count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		text.at += 3;
	while (found < 0 && text.at < text.end) {
		struct span line = text;

		line.end = text.at + span_of(text, "\n", 0);
		if (line.end < text.end && *line.end != '\n') /* a NUL byte */
			return 0;
		found = is_svmlight_line(line);
		text.at = line.end < text.end ? line.end + 1 : line.end;
	}
	return found == 1;
}

/* ---- names ---- */

static int ends_so(const char *name, size_t length, const char *end, size_t end_length)
{
	return length > end_length && memcmp(name + length - end_length, end, end_length) == 0;
}

static enum format format_of_name(const char *name)
{
	size_t length = strlen(name);

	if (ends_so(name, length, ".gz", 3))
		length -= 3;
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		for (const char *end = FORMAT_NAMES[i]; *end; end += strspn(end, " ")) {
			size_t end_length = strcspn(end, " ");

			if (ends_so(name, length, end, end_length))
				return (enum format)i;
			end += end_length;
		}
	return FORMAT_csv;
}

enum format format_of(const char *bytes, size_t count, const char *name)
{
	static const char npy[] = NPY_MAGIC;

	if (count == 0)
		return format_of_name(name);
	if (count >= sizeof npy - 1 && memcmp(bytes, npy, sizeof npy - 1) == 0)
		return FORMAT_npy;
	if (count >= 2 && bytes[0] == 0 && bytes[1] == 0)
		return FORMAT_idx;
	return begins_svmlight(bytes, count) ? FORMAT_svmlight : FORMAT_csv;
}

/* ---- the formats that are not ---- */

struct foreign {
	const char *magic;
	size_t length;
	const char *what;
	const char *before, *after; /* a command that has the file's name in between; or NULL */
	const char *advice;         /* where there is no command */
};

#define PANDAS "pandas' to_csv makes a CSV file of it"

/* The longer of two that begin alike comes first. */
static const struct foreign magics[] = {
	{"\x28\xb5\x2f\xfd", 4, "compressed by zstd", "zstd -dc ", " | gpufit -", NULL},
	{"\xfd\x37zXZ", 6, "compressed by xz", "xz -dc ", " | gpufit -", NULL},
	{"BZh", 3, "compressed by bzip2", "bzip2 -dc ", " | gpufit -", NULL},
	{"\x04\x22\x4d\x18", 4, "compressed by lz4", "lz4 -dc ", " | gpufit -", NULL},
	{"\x1f\x9d", 2, "compressed by compress", "uncompress -c ", " | gpufit -", NULL},
	{"7z\xbc\xaf\x27\x1c", 6, "a 7z archive", "7z x -so ", " | gpufit -", NULL},
	{"PAR1", 4, "a Parquet file", NULL, NULL, PANDAS},
	{"ARROW1", 6, "an Arrow file", NULL, NULL, PANDAS},
	{"FEA1", 4, "a Feather file", NULL, NULL, PANDAS},
	{"ORC", 3, "an ORC file", NULL, NULL, PANDAS},
	{"\x89HDF\r\n\x1a\n", 8, "an HDF5 file", NULL, NULL,
		"numpy.save makes an .npy file of an array"},
	{"CDF\x01", 4, "a NetCDF file", NULL, NULL, "numpy.save makes an .npy file of an array"},
	{"CDF\x02", 4, "a NetCDF file", NULL, NULL, "numpy.save makes an .npy file of an array"},
	{"MATLAB 5.0", 10, "a MATLAB file", NULL, NULL, "writematrix makes a CSV file of a matrix"},
	{"SQLite format 3", 15, "a SQLite database", "sqlite3 -header -csv ",
		" 'SELECT * FROM ...' | gpufit -", NULL},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, "an old Excel file", NULL, NULL,
		"Excel saves a table as CSV"},
	{"%PDF", 4, "a PDF file", NULL, NULL, "rows of numbers are wanted"},
};

static const struct foreign pickle = {NULL, 0, "a Python pickle", NULL, NULL,
	"numpy.save makes an .npy file of an array, pandas' to_csv a CSV file of a table"};
static const struct foreign excel = {
	NULL, 0, "an Excel file", NULL, NULL, "Excel saves a table as CSV"};
static const struct foreign npz = {NULL, 0, "an .npz file of several arrays", NULL, NULL,
	"numpy.save writes one array, and --labels takes the targets of another file"};
static const struct foreign zip = {NULL, 0, "a zip archive", "unzip -p ", " | gpufit -", NULL};
static const struct foreign utf32 = {
	NULL, 0, "UTF-32", "iconv -f UTF-32 -t UTF-8 ", " | gpufit -", NULL};
static const struct foreign arff = {NULL, 0, "an ARFF file",
	"its lines after @data are CSV: sed '1,/@data/Id' ", " | gpufit -", NULL};
static const struct foreign json = {NULL, 0, "JSON",
	"jq makes CSV of lines of objects: jq -r '[.x, .y] | @csv' ", " | gpufit -", NULL};
static const struct foreign markup = {
	NULL, 0, "XML or HTML", NULL, NULL, "rows of numbers are wanted"};
static const struct foreign vowpal = {NULL, 0, "Vowpal Wabbit's format", NULL, NULL,
	"svmlight's label index:value, or CSV, is wanted"};
static const struct foreign libffm = {NULL, 0, "libffm's label field:index:value", NULL, NULL,
	"svmlight's label index:value, or CSV, is wanted"};

static int contains(const char *bytes, size_t count, const char *text)
{
	return memmem(bytes, count, text, strlen(text)) != NULL;
}

static const struct foreign *find_zip(const char *bytes, size_t count, const char *name)
{
	if (count < 4 || memcmp(bytes, "PK\x03\x04", 4) != 0)
		return NULL;
	if (contains(bytes, count, "[Content_Types].xml") ||
		ends_so(name, strlen(name), ".xlsx", 5))
		return &excel;
	return contains(bytes, count < 256 ? count : 256, ".npy") ? &npz : &zip;
}

static const struct foreign *find_binary(const char *bytes, size_t count, const char *name)
{
	static const char utf32_marks[2][5] = {"\xff\xfe\0\0", "\0\0\xfe\xff"};

	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (count >= magics[i].length &&
			memcmp(bytes, magics[i].magic, magics[i].length) == 0)
			return &magics[i];
	if (count >= 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5)
		return &pickle;
	for (size_t i = 0; i < 2; i++)
		if (count >= 4 && memcmp(bytes, utf32_marks[i], 4) == 0)
			return &utf32;
	return find_zip(bytes, count, name);
}

/* ---- texts ---- */

struct line {
	const char *at;
	size_t length;
};

/* The first line that is neither blank nor one of ARFF's comments. */
static struct line first_line(const char *bytes, size_t count)
{
	const char *at = bytes, *end = bytes + count, *stop;

	if (count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	for (; at < end; at = stop) {
		while (at < end && strchr(" \t\r\n", *at))
			at++;
		stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		stop = stop ? stop : end;
		if (at < end && *at != '%')
			return (struct line){at, (size_t)(stop - at)};
	}
	return (struct line){end, 0};
}

/* {"x": 1, or [{, or [[: a table's first name may begin with a bracket, too. */
static int is_json(struct line line)
{
	size_t i = 1;

	if (line.length == 0 || !strchr("{[", *line.at))
		return 0;
	while (i < line.length && strchr(" \t\r", line.at[i]))
		i++;
	if (*line.at == '{')
		return i == line.length || line.at[i] == '"' || line.at[i] == '}';
	return i == line.length || line.at[i] == '{' || line.at[i] == '[';
}

/* Past blanks and one word. */
static struct line after_word(struct line line)
{
	while (line.length > 0 && *line.at == ' ')
		line = (struct line){line.at + 1, line.length - 1};
	while (line.length > 0 && !strchr(" \t", *line.at))
		line = (struct line){line.at + 1, line.length - 1};
	return line;
}

/* A label, perhaps a weight and a tag, and then a bar and name:value. */
static int is_vowpal(struct line line)
{
	const char *bar = memchr(line.at, '|', line.length);
	size_t before = bar ? (size_t)(bar - line.at) : 0;

	if (!bar || !before || !memchr(line.at, ' ', before) || memchr(line.at, ',', line.length))
		return 0;
	return memchr(bar, ':', line.length - before) != NULL && strchr("0123456789+-.", *line.at);
}

/* label 0:1:1 1:3:0.5 */
static int is_libffm(struct line line)
{
	struct line rest = after_word(line);
	size_t colons = 0, digits = 0, i = 0;

	while (i < rest.length && strchr(" \t", rest.at[i]))
		i++;
	if (i == 0 || memchr(line.at, ',', line.length))
		return 0;
	for (; i < rest.length && colons < 2 &&
		(rest.at[i] == ':' || (rest.at[i] >= '0' && rest.at[i] <= '9'));
		i++) {
		colons += rest.at[i] == ':';
		digits += rest.at[i] != ':';
	}
	return colons == 2 && digits >= 2;
}

static const struct foreign *find_text(const char *bytes, size_t count)
{
	struct line line = first_line(bytes, count);

	if (line.length == 0)
		return NULL;
	if (line.length > 9 && strncasecmp(line.at, "@relation", 9) == 0)
		return &arff;
	if (is_json(line))
		return &json;
	if (line.length > 5 &&
		(strncasecmp(line.at, "<?xml", 5) == 0 || strncasecmp(line.at, "<!doc", 5) == 0 ||
			strncasecmp(line.at, "<html", 5) == 0))
		return &markup;
	if (is_vowpal(line))
		return &vowpal;
	return is_libffm(line) ? &libffm : NULL;
}

gf_status foreign_check(const char *bytes, size_t count, const char *name, gf_error *err)
{
	const struct foreign *found = find_binary(bytes, count, name);
	int is_file = strcmp(name, "standard input") != 0;

	if (!found)
		found = find_text(bytes, count);
	if (!found)
		return GF_OK;
	if (!found->before)
		return gf_fail(err, GF_E_DATA, "%s: is %s, which is not read; %s", name,
			found->what, found->advice);
	return gf_fail(err, GF_E_DATA, "%s: is %s, which is not read as it stands; %s%s%s", name,
		found->what, found->before, is_file ? name : "FILE", found->after);
}
