#include "figures.h"

#include "error.h"

#include <stdio.h>
#include <string.h>

void figures_open(struct figures *f, const char *path)
{
	memset(f, 0, sizeof *f);
	f->path = path;
	f->rows = json_array();
	printf("%-6s %-22s %-22s %24s  %-28s %6s  %s\n", "", "work", "shape",
		"ours (lowest to highest)", "limit", "share",
		"peers, and how many times as fast ours is; aims");
}

static double value_of(const struct unit *unit, double seconds)
{
	return unit->way == RATE ? unit->scale / seconds : unit->scale * seconds;
}

static struct spread values_of(
	const struct unit *unit, const struct contest *c, const struct contestant *who)
{
	double values[TURNS_MOST];
	size_t t;

	for (t = 0; t < c->turns; t++)
		values[t] = value_of(unit, who->seconds[t]);
	return spread_of(values, c->turns);
}

static const struct contestant *find_limit(const struct contest *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (c->list[i].role == LIMIT || c->list[i].role == BOUND)
			return c->list + i;
	return NULL;
}

static const struct contestant *find_peer(const struct contest *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (c->list[i].role == PEER && !strcmp(c->list[i].name, name))
			return c->list + i;
	return NULL;
}

/* ---- aims ---- */

struct verdict {
	int known, met;
	char text[96];
};

static void judge(struct verdict *v, double found, double wanted, int at_least, const char *of)
{
	v->known = 1;
	v->met = at_least ? found >= wanted : found <= wanted;
	snprintf(v->text, sizeof v->text, "%s %.4g%s%s", at_least ? "at least" : "at most", wanted,
		*of ? " " : "", of);
}

static struct verdict verdict_of(const struct figures *f, const struct heading *h,
	const struct contest *c, const struct aim *aim, double ours)
{
	const struct contestant *limit = find_limit(c);
	const struct contestant *peer = aim->peer ? find_peer(c, aim->peer) : NULL;
	struct verdict v = {0};
	char of[64];

	if (aim->kind == AIM_SHARE && limit)
		judge(&v, contest_ahead(c, limit).median, aim->at, 1, "of the limit");
	if (aim->kind == AIM_AHEAD && peer) {
		snprintf(of, sizeof of, "x %s", peer->name);
		judge(&v, contest_ahead(c, peer).median, aim->at, 1, of);
	}
	if (aim->kind == AIM_AT_MOST || aim->kind == AIM_AT_LEAST)
		judge(&v, ours, aim->at, aim->kind == AIM_AT_LEAST, h->unit.word);
	if (aim->kind == AIM_SCALED && f->batch_ns > 0.0)
		judge(&v, ours, aim->at * f->batch_ns * h->features / 32.0, 0, h->unit.word);
	return v;
}

static json_t *add_aims(
	struct figures *f, const struct heading *h, const struct contest *c, double ours)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; h->aims && i < AIMS; i++) {
		const struct verdict v = verdict_of(f, h, c, h->aims + i, ours);

		if (!v.known)
			continue;
		printf("  [%s: %s]", v.text, v.met ? "met" : "MISSED");
		json_array_append_new(list, json_pack("{s:s,s:b}", "wanted", v.text, "met", v.met));
		*(v.met ? &f->met : &f->missed) += 1;
	}
	return list;
}

/* ---- a row ---- */

/* Prints four digits. */
static void print_value(char *text, size_t size, double value, const char *unit)
{
	snprintf(text, size, value >= 1000.0 ? "%.0f%s%s" : "%.4g%s%s", value, *unit ? " " : "",
		unit);
}

static void print_ours(const struct heading *h, struct spread ours)
{
	char median[32], low[32], high[32], all[112];

	print_value(median, sizeof median, ours.median, h->unit.word);
	print_value(low, sizeof low, ours.low, "");
	print_value(high, sizeof high, ours.high, "");
	snprintf(all, sizeof all, "%s (%s to %s)", median, low, high);
	printf("%-6s %-22s %-22s %24s", h->group, h->words, h->shape, all);
}

static void add_limit(json_t *row, const struct heading *h, const struct contest *c)
{
	const struct contestant *limit = find_limit(c);
	char text[64];
	double value, share;

	if (!limit) {
		json_object_set_new(row, "limit", json_null());
		json_object_set_new(row, "share", json_null());
		printf("  %-28s %6s", "", "");
		return;
	}
	value = values_of(&h->unit, c, limit).median;
	share = contest_ahead(c, limit).median;
	print_value(text, sizeof text, value, limit->name);
	printf("  %-28s %6.2f", text, share);
	json_object_set_new(row, "limit", json_real(value));
	json_object_set_new(row, "limit_of", json_string(limit->name));
	json_object_set_new(row, "share", json_real(share));
}

static json_t *add_peers(const struct heading *h, const struct contest *c, json_t *ahead)
{
	json_t *peers = json_object();
	char text[32];
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct contestant *who = c->list + i;
		const double value = values_of(&h->unit, c, who).median;
		const double times = contest_ahead(c, who).median;

		if (who->role != PEER)
			continue;
		print_value(text, sizeof text, value, "");
		printf("  %s %s (x %.3g)", who->name, text, times);
		json_object_set_new(peers, who->name, json_real(value));
		json_object_set_new(ahead, who->name, json_real(times));
	}
	return peers;
}

static int write_rows(const struct figures *f)
{
	return json_dump_file(f->rows, f->path, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
}

double figures_add(struct figures *f, const struct heading *h, const struct contest *c)
{
	const struct spread ours = values_of(&h->unit, c, c->list);
	json_t *ahead = json_object();
	json_t *row = json_pack("{s:s,s:s,s:s,s:f,s:[f,f],s:s}", "work", h->group, "words",
		h->words, "shape", h->shape, "ours", ours.median, "spread", ours.low, ours.high,
		"unit", h->unit.word);

	print_ours(h, ours);
	add_limit(row, h, c);
	json_object_set_new(row, "peers", add_peers(h, c, ahead));
	json_object_set_new(row, "ahead", ahead);
	json_object_set_new(row, "aims", add_aims(f, h, c, ours.median));
	if (contest_too_fast(c)) {
		f->too_fast++;
		printf("  FASTER THAN ITS LIMIT");
	}
	json_array_append_new(f->rows, row);
	write_rows(f);
	putchar('\n');
	fflush(stdout);
	return ours.median;
}

void figures_say(const char *group, const char *words, const char *shape, const char *why)
{
	printf("%-6s %-22s %-22s %s\n", group, words, shape, why);
	fflush(stdout);
}

gf_status figures_close(struct figures *f, gf_error *err)
{
	const int failed = write_rows(f);

	json_decref(f->rows);
	if (failed)
		return gf_fail(err, GF_E_IO, "%s: cannot be written", f->path);
	printf("Aims: %zu met, %zu missed.  Written to %s\n", f->met, f->missed, f->path);
	if (f->too_fast)
		return gf_fail(err, GF_E_CHECK,
			"%zu rows were faster than their limit by more than turns differed: the "
			"limit is none",
			f->too_fast);
	return GF_OK;
}
