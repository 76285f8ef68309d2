#define _GNU_SOURCE /* memmem */
#include "formats.h"
#include "data_report.h"

#include <string.h>
#include <strings.h>

/* ---- the formats that are read ---- */

#define BLANKS " \t\r"
#define DIGITS "0123456789"

#define WORD(word, names)  #word,
#define NAMES(word, names) names,

static const char *const FORMAT_WORDS[FORMAT_COUNT] = {GF_FORMAT_LIST(WORD)};
static const char *const FORMAT_NAMES[FORMAT_COUNT] = {GF_FORMAT_LIST(NAMES)};

const char *format_word(enum format format)
{
	return FORMAT_WORDS[format];
}

/* ---- pieces of a text ---- */

/* The text without its first bytes. */
static struct slice skip(struct slice text, size_t count)
{
	return (struct slice){text.at + count, text.length - count};
}

static struct slice skip_byte_order_mark(struct slice text)
{
	int marked = text.length >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0;

	return marked ? skip(text, 3) : text;
}

/* How many characters the text begins with that are in the set or, with in_set 0, are not.  A NUL
 * byte is neither. */
static size_t span_of(struct slice text, const char *set, int in_set)
{
	size_t length = 0;

	while (length < text.length && text.at[length] &&
		(strchr(set, text.at[length]) != NULL) == in_set)
		length++;
	return length;
}

/* Takes the next word off the line; its length is 0 at the end. */
static struct slice take_word(struct slice *line)
{
	struct slice word;

	*line = skip(*line, span_of(*line, BLANKS, 1));
	word = (struct slice){line->at, span_of(*line, BLANKS, 0)};
	*line = skip(*line, word.length);
	return word;
}

/* ---- svmlight ---- */

/* Returns 1 for index:value and qid:number, whatever the value is: the reader checks it. */
static int is_pair(struct slice word)
{
	size_t digits = span_of(word, DIGITS, 1);

	if (word.length > 4 && memcmp(word.at, "qid:", 4) == 0)
		return 1;
	if (digits == 0 || digits == word.length || word.at[digits] != ':')
		return 0;
	word = skip(word, digits + 1);
	return span_of(word, ",;:\"'", 0) == word.length;
}

/* Returns 1 for several labels, "2,3", which the reader refuses. */
static int is_label_list(struct slice word)
{
	return span_of(word, DIGITS ",", 1) == word.length;
}

/* Returns 1 or 0; -1: the line does not tell, as it is blank, a comment or a label alone.  Text
 * with a comma and one pair behind it may as well be CSV. */
static int is_svmlight_line(struct slice line)
{
	struct slice label, word;
	int comma, pairs = 0;

	line.length = span_of(line, "#", 0);
	label = take_word(&line);
	comma = span_of(label, ",;\"", 0) != label.length;
	if (comma && !is_label_list(label))
		return 0;
	for (word = take_word(&line); word.length > 0; word = take_word(&line), pairs++)
		if (!is_pair(word))
			return 0;
	if (comma)
		return pairs > 1;
	return pairs ? 1 : -1;
}

static int begins_svmlight(struct slice text)
{
	int result = -1;

	text = skip_byte_order_mark(text);
	while (result < 0 && text.length > 0) {
		struct slice line = {text.at, span_of(text, "\n", 0)};
		int more = line.length < text.length;

		if (more && text.at[line.length] != '\n') /* a NUL byte */
			return 0;
		result = is_svmlight_line(line);
		text = skip(text, line.length + (size_t)more);
	}
	return result == 1;
}

/* ---- names ---- */

static int ends_in(const char *name, size_t length, const char *end, size_t end_length)
{
	return length > end_length && memcmp(name + length - end_length, end, end_length) == 0;
}

/* The length of an ending that names a compression; 0: there is none. */
static size_t compression_ending(const char *name, size_t length)
{
	static const char *const ends[] = {".gz", ".zst", ".xz", ".bz2", ".lz4", ".Z"};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends_in(name, length, ends[i], strlen(ends[i])))
			return strlen(ends[i]);
	return 0;
}

static enum format format_of_name(const char *name)
{
	size_t length = strlen(name);

	length -= compression_ending(name, length);
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		for (const char *end = FORMAT_NAMES[i]; *end; end += strspn(end, " ")) {
			size_t end_length = strcspn(end, " ");

			if (ends_in(name, length, end, end_length))
				return (enum format)i;
			end += end_length;
		}
	return FORMAT_csv;
}

static int contains(const char *bytes, size_t count, const char *text)
{
	return memmem(bytes, count, text, strlen(text)) != NULL;
}

/* A zip archive whose first member's name ends in .npy. */
static int is_npz(const char *bytes, size_t count)
{
	return count >= 4 && memcmp(bytes, "PK\3\4", 4) == 0 &&
	       contains(bytes, count < 256 ? count : 256, ".npy");
}

int is_archive(const char *bytes, size_t count)
{
	return count >= 4 && memcmp(bytes, "PK\3\4", 4) == 0 && !is_npz(bytes, count);
}

enum format format_of(const char *bytes, size_t count, const char *name)
{
	static const char npy[] = NPY_MAGIC;

	if (count == 0)
		return format_of_name(name);
	if (count >= sizeof npy - 1 && memcmp(bytes, npy, sizeof npy - 1) == 0)
		return FORMAT_npy;
	if (is_npz(bytes, count))
		return FORMAT_npz;
	if (count >= 2 && bytes[0] == 0 && bytes[1] == 0)
		return FORMAT_idx;
	return begins_svmlight((struct slice){bytes, count}) ? FORMAT_svmlight : FORMAT_csv;
}

/* ---- formats that are not read ---- */

struct foreign {
	const char *magic; /* (length) the file's first bytes */
	size_t length;
	const char *what;
	const char *before, *after; /* a command, around the file's name; or NULL */
	const char *advice;         /* if there is no command */
};

#define PANDAS "pandas' to_csv makes a CSV file of it"

static const struct foreign magics[] = {
	{"7z\xbc\xaf\x27\x1c", 6, "a 7z archive", "7z x -so ", " | gpufit -", NULL},
	{"GFCACHE\n", 8, "a cache", NULL, NULL,
		"the file that it was made of is wanted as DATA, and this one as --cache"},
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

static const struct foreign *find_zip(const char *bytes, size_t count, const char *name)
{
	if (count < 4 || memcmp(bytes, "PK\x03\x04", 4) != 0)
		return NULL;
	if (contains(bytes, count, "[Content_Types].xml") ||
		ends_in(name, strlen(name), ".xlsx", 5))
		return &excel;
	return NULL;
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

/* The first line that is neither blank nor one of ARFF's comments, without the blanks before it. */
static struct slice first_line(struct slice text)
{
	const char *end;
	struct slice line;

	for (text = skip_byte_order_mark(text); text.length > 0; text = skip(text, line.length)) {
		/* NUL bytes are skipped as blanks are. */
		while (text.length > 0 && strchr(" \t\r\n", *text.at))
			text = skip(text, 1);
		end = memchr(text.at, '\n', text.length);
		line = (struct slice){text.at, end ? (size_t)(end - text.at) : text.length};
		if (line.length > 0 && *line.at != '%')
			return line;
	}
	return text;
}

/* Returns 1 for {"x": 1, [{ and [[.  A bracket alone may begin a column's name. */
static int is_json(struct slice line)
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

/* Returns 1 for a label, perhaps with a weight and a tag, then a bar and name:value. */
static int is_vowpal(struct slice line)
{
	const char *bar = memchr(line.at, '|', line.length);
	size_t before = bar ? (size_t)(bar - line.at) : 0;

	if (!bar || !before || !memchr(line.at, ' ', before) || memchr(line.at, ',', line.length))
		return 0;
	return memchr(bar, ':', line.length - before) != NULL && strchr("0123456789+-.", *line.at);
}

/* Returns 1 for a label and then field:index:value, as in 1 0:1:1 1:3:0.5. */
static int is_libffm(struct slice line)
{
	struct slice rest = line, pair;
	size_t field, index;

	take_word(&rest);
	pair = take_word(&rest);
	field = span_of(pair, DIGITS, 1);
	if (field == 0 || field == pair.length || pair.at[field] != ':')
		return 0;
	pair = skip(pair, field + 1);
	index = span_of(pair, DIGITS, 1);
	return index > 0 && index < pair.length && pair.at[index] == ':' &&
	       !memchr(line.at, ',', line.length);
}

static const struct foreign *find_text(const char *bytes, size_t count)
{
	struct slice line = first_line((struct slice){bytes, count});

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
		return report_error(line_place(name, 0), err, "is %s, which is not read; %s",
			found->what, found->advice);
	return report_error(line_place(name, 0), err,
		"is %s, which is not read as it stands; %s%s%s", found->what, found->before,
		is_file ? name : "FILE", found->after);
}
