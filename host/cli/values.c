#include "values.h"
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rule {
	/* text outlives the field; a flag has none.  NULL: given[] says it all. */
	bool (*parse)(const char *text, const struct word *words, void *field);
	size_t field; /* offset in struct options */
	const char *wanted;
	const struct word *words; /* NULL: none */
};

static bool parse_flag(const char *text, const struct word *words, void *field)
{
	(void)text, (void)words;
	*(int *)field = 1;
	return true;
}

static bool parse_text(const char *text, const struct word *words, void *field)
{
	(void)words;
	*(const char **)field = text;
	return true;
}

static bool parse_word(const char *text, const struct word *words, void *field)
{
	const struct word *found = word_find(words, text);

	if (found)
		*(int *)field = found->value;
	return found != NULL;
}

/* Whatever may stand in a number or around a quoted field separates nothing. */
static bool parse_delimiter(const char *text, const struct word *words, void *field)
{
	const struct word *found = word_find(words, text);
	bool separates = ispunct((unsigned char)text[0]) && !strchr("\"'.+-", text[0]);

	if (!found && (text[1] != '\0' || !(separates || text[0] == '\t' || text[0] == ' ')))
		return false;
	if (found)
		*(char *)field = (char)found->value;
	else
		*(char *)field = text[0];
	return true;
}

static bool parse_decimal(const char *text, const struct word *words, void *field)
{
	(void)words;
	*(char *)field = text[0];
	return strcmp(text, ".") == 0 || strcmp(text, ",") == 0;
}

/* What begins a number or a quoted field begins no comment. */
static bool parse_comment(const char *text, const struct word *words, void *field)
{
	(void)words;
	*(const char **)field = text;
	return ispunct((unsigned char)text[0]) && !strchr("\"'.+-,", text[0]);
}

/* Digits only: strtoull would take blanks and a sign, and wrap "-1" around. */
static bool parse_u64(const char *text, const struct word *words, void *field)
{
	unsigned long long value;

	(void)words;
	if (text[strspn(text, "0123456789")] != '\0')
		return false;
	errno = 0;
	value = strtoull(text, NULL, 10);
	if (errno == ERANGE || value > UINT64_MAX)
		return false;
	*(uint64_t *)field = value;
	return true;
}

static bool parse_count(const char *text, const struct word *words, void *field)
{
	uint64_t value;

	if (!parse_u64(text, words, &value) || value > SIZE_MAX)
		return false;
	*(size_t *)field = (size_t)value;
	return true;
}

static bool parse_above_none(const char *text, const struct word *words, void *field)
{
	return parse_count(text, words, field) && *(size_t *)field > 0;
}

/* In config 0 rows stand for all of them. */
static bool parse_batch(const char *text, const struct word *words, void *field)
{
	if (strcmp(text, "full") != 0)
		return parse_above_none(text, words, field);
	*(size_t *)field = 0;
	return true;
}

/* Decimal only: strtod would take "nan", "inf" and hexadecimals. */
static bool is_number(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return !*end && end != text && text[strspn(text, "0123456789+-.eE")] == '\0';
}

/* What a float cannot hold would be 0 or infinite on the device. */
static bool parse_number(const char *text, const struct word *words, void *field)
{
	double value;

	(void)words;
	errno = 0;
	if (!is_number(text, &value) || errno == ERANGE)
		return false;
	*(double *)field = value;
	return value == 0.0 || (fabs(value) >= (double)FLT_MIN && fabs(value) <= (double)FLT_MAX);
}

static bool parse_from_zero(const char *text, const struct word *words, void *field)
{
	return parse_number(text, words, field) && *(double *)field >= 0.0;
}

static bool parse_above_zero(const char *text, const struct word *words, void *field)
{
	return parse_number(text, words, field) && *(double *)field > 0.0;
}

static bool parse_up_to_one(const char *text, const struct word *words, void *field)
{
	return parse_from_zero(text, words, field) && *(double *)field <= 1.0;
}

static bool parse_below_one(const char *text, const struct word *words, void *field)
{
	return parse_from_zero(text, words, field) && *(double *)field < 1.0;
}

static bool parse_inside(const char *text, const struct word *words, void *field)
{
	return parse_above_zero(text, words, field) && *(double *)field < 1.0;
}

/* ---- what fills more than one field: all of struct options is theirs ---- */

static bool parse_lr(const char *text, const struct word *words, void *field)
{
	struct options *options = field;

	options->config.lr_auto = strcmp(text, "auto") == 0;
	return options->config.lr_auto || parse_above_zero(text, words, &options->config.lr);
}

/* "0.9,0.999" */
static bool parse_betas(const char *text, const struct word *words, void *field)
{
	double *betas = ((struct options *)field)->config.betas;
	const char *comma = strchr(text, ',');
	char first[64];

	if (!comma || (size_t)(comma - text) >= sizeof first)
		return false;
	snprintf(first, sizeof first, "%.*s", (int)(comma - text), text);
	return parse_below_one(first, words, &betas[0]) &&
	       parse_below_one(comma + 1, words, &betas[1]);
}

/* Its parameters are the library's to read. */
static bool parse_schedule(const char *text, const struct word *words, void *field)
{
	char word[32];

	snprintf(word, sizeof word, "%.*s", (int)strcspn(text, ":"), text);
	((struct options *)field)->config.schedule = text;
	return word_find(words, word) != NULL;
}

/* A word before a file of that name, which is "./zeros". */
static bool parse_init(const char *text, const struct word *words, void *field)
{
	struct options *options = field;
	bool is_word = parse_word(text, words, &options->config.init);

	options->init_file = is_word ? NULL : text;
	return is_word || access(text, F_OK) == 0;
}

/* A number before a file of that name. */
static bool parse_validation(const char *text, const struct word *words, void *field)
{
	struct options *options = field;
	double value;
	bool number = is_number(text, &value);

	options->config.validation = 0.0;
	options->validation_file = number ? NULL : text;
	return !number || parse_inside(text, words, &options->config.validation);
}

#define FIELD(name) offsetof(struct options, name)
#define ALL         0

#define COUNT     "a whole number, 0 or above"
#define FROM_ONE  "a whole number above 0"
#define FROM_ZERO "0 or a number above that a float can hold"
#define ABOVE     "a number above 0 that a float can hold"
#define UP_TO_ONE "a number from 0 to 1"
#define BELOW_ONE "a number from 0 on, below 1"
#define INSIDE    "a number above 0 and below 1"
#define COLUMNS   "columns, as in price,3-7"

static const struct rule rules[OPTIONS] = {
	[OPT_DEVICE] = {parse_text, FIELD(config.device), "a device", NULL},
	[OPT_ENGINE] = {parse_word, FIELD(config.engine), NULL, engine_words},
	[OPT_KERNELS] = {parse_word, FIELD(config.kernels), NULL, kernels_words},
	[OPT_CHECK] = {parse_word, FIELD(config.check), NULL, check_words},
	[OPT_LOSS] = {parse_word, FIELD(config.loss), NULL, loss_words},
	[OPT_DELTA] = {parse_above_zero, FIELD(config.delta), ABOVE, NULL},
	[OPT_BETA] = {parse_from_zero, FIELD(config.beta), FROM_ZERO, NULL},
	[OPT_EPSILON] = {parse_from_zero, FIELD(config.epsilon), FROM_ZERO, NULL},
	[OPT_QUANTILE] = {parse_inside, FIELD(config.quantile), INSIDE, NULL},
	[OPT_LABEL_SMOOTHING] = {parse_below_one, FIELD(config.label_smoothing), BELOW_ONE, NULL},
	[OPT_CLASS_WEIGHT] = {parse_word, FIELD(config.class_weight), NULL, class_weight_words},
	[OPT_OPTIMIZER] = {parse_word, FIELD(config.optimizer), NULL, optimizer_words},
	[OPT_LR] = {parse_lr, ALL, ABOVE ", or auto", NULL},
	[OPT_MOMENTUM] = {parse_from_zero, FIELD(config.momentum), FROM_ZERO, NULL},
	[OPT_DAMPENING] = {parse_number, FIELD(config.dampening), "a number that a float can hold",
		NULL},
	[OPT_NESTEROV] = {parse_flag, FIELD(config.nesterov), NULL, NULL},
	[OPT_WEIGHT_DECAY] = {parse_from_zero, FIELD(config.weight_decay), FROM_ZERO, NULL},
	[OPT_MAXIMIZE] = {parse_flag, FIELD(config.maximize), NULL, NULL},
	[OPT_BETAS] = {parse_betas, ALL, "two numbers from 0 on, below 1, as in 0.9,0.999", NULL},
	[OPT_EPS] = {parse_from_zero, FIELD(config.eps), FROM_ZERO, NULL},
	[OPT_ALPHA] = {parse_up_to_one, FIELD(config.alpha), UP_TO_ONE, NULL},
	[OPT_CENTERED] = {parse_flag, FIELD(config.centered), NULL, NULL},
	[OPT_AMSGRAD] = {parse_flag, FIELD(config.amsgrad), NULL, NULL},
	[OPT_LR_DECAY] = {parse_from_zero, FIELD(config.lr_decay), FROM_ZERO, NULL},
	[OPT_SCHEDULE] = {parse_schedule, ALL, "WORD:PARAMETER=VALUE,... with the word ",
		schedule_words},
	[OPT_SCHEDULE_PER] = {parse_word, FIELD(config.schedule_per), NULL, schedule_per_words},
	[OPT_WARMUP] = {parse_count, FIELD(config.warmup), COUNT, NULL},
	[OPT_EPOCHS] = {parse_count, FIELD(config.epochs), COUNT, NULL},
	[OPT_BATCH_SIZE] = {parse_batch, FIELD(config.batch_size), FROM_ONE ", or full", NULL},
	[OPT_SHUFFLE] = {parse_flag, FIELD(config.shuffle), NULL, NULL},
	[OPT_DROP_LAST] = {parse_flag, FIELD(config.drop_last), NULL, NULL},
	[OPT_INIT] = {parse_init, ALL, "a model file that is there, or the word ", init_words},
	[OPT_SEED] = {parse_u64, FIELD(config.seed),
		"a whole number from 0 to 18446744073709551615", NULL},
	[OPT_NO_BIAS] = {parse_flag, FIELD(config.no_bias), NULL, NULL},
	[OPT_STANDARDIZE] = {parse_flag, FIELD(config.standardize), NULL, NULL},
	[OPT_L1] = {parse_from_zero, FIELD(config.l1), FROM_ZERO, NULL},
	[OPT_L2] = {parse_from_zero, FIELD(config.l2), FROM_ZERO, NULL},
	[OPT_CLIP_NORM] = {parse_above_zero, FIELD(config.clip_norm), ABOVE, NULL},
	[OPT_CLIP_VALUE] = {parse_above_zero, FIELD(config.clip_value), ABOVE, NULL},
	[OPT_AVERAGE] = {parse_flag, FIELD(config.average), NULL, NULL},
	[OPT_VALIDATION] = {parse_validation, ALL, INSIDE ", the share of the rows, or a file",
		NULL},
	[OPT_PATIENCE] = {parse_above_none, FIELD(config.patience), FROM_ONE, NULL},
	[OPT_MIN_DELTA] = {parse_from_zero, FIELD(config.min_delta), FROM_ZERO, NULL},
	[OPT_TOLERANCE] = {parse_above_zero, FIELD(config.tolerance), ABOVE, NULL},
	[OPT_TARGET] = {parse_text, FIELD(read.target), COLUMNS, NULL},
	[OPT_FEATURES] = {parse_text, FIELD(read.features), COLUMNS, NULL},
	[OPT_EXCLUDE] = {parse_text, FIELD(read.exclude), COLUMNS, NULL},
	[OPT_LABELS] = {parse_text, FIELD(read.labels), "a file", NULL},
	[OPT_ONE_HOT] = {parse_text, FIELD(read.one_hot), COLUMNS, NULL},
	[OPT_SAMPLE_WEIGHT] = {parse_text, FIELD(read.sample_weight), "a column", NULL},
	[OPT_MISSING] = {parse_word, FIELD(read.missing), NULL, missing_words},
	[OPT_UNSEEN] = {parse_word, FIELD(read.unseen), NULL, unseen_words},
	[OPT_KEEP] = {parse_text, FIELD(read.keep), COLUMNS, NULL},
	[OPT_INDEX_BASE] = {parse_word, FIELD(read.index_base), NULL, index_base_words},
	[OPT_HEADER] = {parse_word, FIELD(read.header), NULL, header_words},
	[OPT_DELIMITER] = {parse_delimiter, FIELD(read.delimiter),
		"one character that is part of no number, or ", delimiter_words},
	[OPT_DECIMAL] = {parse_decimal, FIELD(read.decimal), ". or ,", NULL},
	[OPT_COMMENT] = {parse_comment, FIELD(read.comment),
		"what no field begins with, as in #, % or //", NULL},
	[OPT_SKIP_LINES] = {parse_count, FIELD(read.skip_lines), COUNT, NULL},
	[OPT_ENCODING] = {parse_word, FIELD(read.encoding), NULL, encoding_words},
	[OPT_NA] = {parse_text, FIELD(read.na), "words, as in NA,-999", NULL},
	[OPT_MODEL] = {parse_text, FIELD(model), "a file", NULL},
	[OPT_OUTPUT] = {parse_text, FIELD(output), "a file", NULL},
	[OPT_CHECKPOINT] = {parse_text, FIELD(config.checkpoint), "a file", NULL},
	[OPT_CHECKPOINT_EVERY] = {parse_above_none, FIELD(config.checkpoint_every), FROM_ONE, NULL},
	[OPT_RESUME] = {parse_text, FIELD(config.resume), "a file", NULL},
	[OPT_LOG] = {parse_text, FIELD(log), "a file", NULL},
	[OPT_TRACE] = {parse_count, FIELD(trace), COUNT, NULL},
	[OPT_EXPLAIN] = {parse_count, FIELD(explain), "an epoch, counted from 0", NULL},
	[OPT_PROFILE] = {parse_flag, FIELD(config.profile), NULL, NULL},
};

static void describe(const struct rule *rule, char *wanted, size_t size)
{
	char words[256] = "";

	if (rule->words)
		words_join(rule->words, words, sizeof words);
	snprintf(wanted, size, "%s%s", rule->wanted ? rule->wanted : "", words);
}

bool value_store(struct options *options, enum option option, char *wanted, size_t wanted_size)
{
	const struct rule *rule = &rules[option];
	const char *text = options->texts[option];

	/* "--log --json" has forgotten the file; one of that name is "./--json". */
	bool plausible =
		!text || (text[0] != '\0' && (strncmp(text, "--", 2) != 0 || option == OPT_NA));

	if (!rule->parse)
		return true;
	if (plausible && rule->parse(text, rule->words, (char *)options + rule->field))
		return true;
	describe(rule, wanted, wanted_size);
	return false;
}
