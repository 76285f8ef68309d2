#include "formats.h"
#include "npy.h"

#include <string.h>

#define BLANKS " \t\r"
#define DIGITS "0123456789"

#define WORD(word, names, help)  #word,
#define NAMES(word, names, help) names,

static const char *const FORMAT_WORDS[FORMATS] = {GF_FORMAT_LIST(WORD)};
static const char *const FORMAT_NAMES[FORMATS] = {GF_FORMAT_LIST(NAMES)};

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
	for (size_t i = 0; i < FORMATS; i++)
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
