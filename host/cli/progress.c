#include "progress.h"
#include "clock.h"
#include "message.h"
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds.  A command shows nothing before it has run for quiet_seconds.  A phase between steps is
 * shown once it takes quiet_seconds, any other phase once it takes short_seconds. */
static const double quiet_seconds = 1.0;
static const double short_seconds = 0.2;
static const double frame_seconds = 0.1; /* from one drawing of the line to the next */

/* ---- from reports to what a line shows ---- */

/* How much is done in a second; 0: unknown. */
static double rate_of(const struct progress *p)
{
	const double seconds = p->last.at - p->second.at;

	return p->reports > 2 && seconds > 0 ? (double)(p->last.done - p->second.done) / seconds
					     : 0;
}

static void mark(struct progress *p, uint64_t done, double now)
{
	if (p->reports > 0 && done < p->last.done) /* another file has begun */
		p->reports = 0;
	p->last = (struct progress_mark){now, done};
	if (++p->reports == 2)
		p->second = p->last;
}

static void take_report(struct progress *p, const gf_progress *now, double at)
{
	const bool begins = now->phase == GF_PHASE_training && !p->stepping;

	if (!p->known || now->phase != p->now.phase) {
		p->phase_began = at;
		if (begins || !p->stepping)
			p->reports = 0;
	}
	p->known = true;
	p->held = false;
	p->now = *now;
	if (now->phase == GF_PHASE_training && !p->counts) {
		p->stepping = true;
		p->steps = now->total;
	}
	if (now->total > 0)
		mark(p, now->done, at);
}

/* How long the rest takes, counting down between two reports; 0: unknown. */
static double seconds_left(const struct progress *p, uint64_t total, double now)
{
	const double rate = rate_of(p);
	double left;

	if (!(rate > 0) || total <= p->last.done)
		return 0;
	left = (double)(total - p->last.done) / rate - (now - p->last.at);
	return left > frame_seconds ? left : frame_seconds;
}

static void view_training(const struct progress *p, struct progress_view *v, double now)
{
	const uint64_t batches = p->steps / p->epochs;

	v->phase = GF_PHASE_training;
	v->seconds = now - p->phase_began;
	v->seconds_left = seconds_left(p, p->steps, now);
	v->epochs = p->epochs;
	v->epoch = p->stepped ? p->epoch : (size_t)(p->last.done / (batches ? batches : 1));
	v->has_loss = p->stepped;
	v->has_val_loss = p->validates;
	v->loss = p->loss;
	v->val_loss = p->val_loss;
	v->losses = p->draws_losses ? &p->losses : NULL;
	v->epochs_per_second = batches ? rate_of(p) / (double)batches : 0;
}

static void view_phase(const struct progress *p, struct progress_view *v, double now)
{
	const uint64_t total = p->now.total;

	v->phase = p->now.phase;
	v->seconds = now - p->phase_began;
	v->seconds_left = total ? seconds_left(p, total, now) : 0;
	if (p->counts) {
		v->count = (size_t)p->now.done;
		v->total = (size_t)total;
	} else if (total) {
		v->share = (double)p->now.done / (double)total;
	}
}

/* False: there is nothing to show yet. */
static bool view(const struct progress *p, struct progress_view *v, double now)
{
	const double age = now - p->phase_began;
	const bool aside = p->stepping && p->now.phase != GF_PHASE_training;

	*v = (struct progress_view){0};
	if (now - p->began < quiet_seconds)
		return false;
	if (p->stepping && !(aside && age >= quiet_seconds)) {
		view_training(p, v, now);
		return p->stepped || v->seconds_left > 0 || age >= short_seconds;
	}
	view_phase(p, v, now);
	return age >= short_seconds;
}

/* The user asked to stop: shows the phase, and the time since the request. */
static void view_stop(struct progress *p, struct progress_view *v, double now)
{
	if (p->stopped == 0)
		p->stopped = now;
	*v = (struct progress_view){
		.phase = p->now.phase, .stopping = true, .seconds = now - p->stopped};
}

/* ---- on a terminal ---- */

static void erase(struct progress *p)
{
	if (p->visible)
		fputs("\r\033[K", stderr);
	p->visible = false;
}

/* Leaves one column free, because a full line wraps on some terminals. */
static void draw(struct progress *p)
{
	const double now = clock_seconds();
	struct progress_view v;
	char line[PROGRESS_LINE_ROOM];

	if (!p->known || p->held)
		return;
	if (interrupt_requested())
		view_stop(p, &v, now);
	else if (!view(p, &v, now))
		return;
	progress_line(&v, terminal_columns(STDERR_FILENO) - 1, line);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
	p->visible = true;
}

static struct timespec next_frame(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += (long)(frame_seconds * 1e9);
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

static void *paint(void *user)
{
	struct progress *p = user;

	pthread_mutex_lock(&p->lock);
	while (!p->ending) {
		const struct timespec at = next_frame();

		if (pthread_cond_timedwait(&p->ended, &p->lock, &at) == ETIMEDOUT && !p->ending)
			draw(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Blocks all signals in the painter: another thread waits for them (process.c).  Without a painter,
 * which may fail to start, no line is shown. */
static void start_painter(struct progress *p)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	p->painting = pthread_create(&p->painter, NULL, paint, p) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- from beginning to end ---- */

void progress_open(struct progress *p, const struct options *options)
{
	const bool *given = options->given;

	*p = (struct progress){
		.wanted = !given[OPT_QUIET] && !given[OPT_NO_PROGRESS],
		.quiet = given[OPT_QUIET],
		.terminal = terminal_rewrites(STDERR_FILENO),
		.draws_losses = terminal_has_blocks(),
		.epochs = options->config.epochs,
		.validates = given[OPT_VALIDATION],
		.began = clock_seconds(),
	};
	pthread_mutex_init(&p->lock, NULL);
	if (p->wanted && p->terminal)
		start_painter(p);
}

void progress_close(struct progress *p)
{
	if (p->painting) {
		pthread_mutex_lock(&p->lock);
		p->ending = true;
		pthread_cond_signal(&p->ended);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->painter, NULL);
		pthread_cond_destroy(&p->ended);
	}
	erase(p);
	pthread_mutex_destroy(&p->lock);
	p->painting = p->wanted = false;
}

void progress_report(struct progress *p, const gf_progress *now)
{
	if (p->timeline)
		timeline_phase(p->timeline, now->phase);
	if (!p->wanted)
		return;
	pthread_mutex_lock(&p->lock);
	take_report(p, now, clock_seconds());
	pthread_mutex_unlock(&p->lock);
}

void progress_phase(struct progress *p, gf_phase phase, uint64_t done, uint64_t total)
{
	progress_report(p, &(gf_progress){.phase = phase, .done = done, .total = total});
}

/* Prints a line to a file or a pipe, a second or more after the last one. */
static void print_plain_if_due(struct progress *p, double now)
{
	struct progress_view v = {.phase = GF_PHASE_training};
	char line[PROGRESS_LINE_ROOM];

	if (now - p->drawn < quiet_seconds)
		return;
	view_training(p, &v, now);
	v.losses = NULL;
	progress_line(&v, PROGRESS_LINE_ROOM, line);
	fprintf(stderr, "%s\n", line);
	p->drawn = now;
	p->next_plain = 2 * p->epoch;
}

void progress_epoch(struct progress *p, const gf_epoch *epoch)
{
	if (!p->wanted)
		return;
	pthread_mutex_lock(&p->lock);
	/* Before the first epoch kernels may be built: that time does not count. */
	if (!p->stepped)
		p->drawn = clock_seconds();
	p->stepped = true;
	p->epoch = epoch->epoch;
	p->loss = epoch->loss;
	p->val_loss = epoch->val_loss;
	if (p->terminal)
		series_add(&p->losses, epoch);
	if (!p->terminal && epoch->epoch >= p->next_plain)
		print_plain_if_due(p, clock_seconds());
	pthread_mutex_unlock(&p->lock);
}

void progress_say(struct progress *p, const char *sentence)
{
	pthread_mutex_lock(&p->lock);
	erase(p);
	say("%s", sentence);
	pthread_mutex_unlock(&p->lock);
}

void progress_clear(struct progress *p)
{
	pthread_mutex_lock(&p->lock);
	erase(p);
	p->held = true;
	pthread_mutex_unlock(&p->lock);
}

/* ---- what the library calls ---- */

static void on_progress(const gf_progress *now, void *user)
{
	progress_report(user, now);
}

static void notice(const char *text, void *user)
{
	progress_say(user, text);
}

void progress_attach_read(struct progress *p, gf_read_options *read)
{
	read->notice = p->quiet ? NULL : notice;
	read->on_progress = on_progress;
	read->user = p;
}

void progress_attach(struct progress *p, gf_config *config)
{
	config->notice = p->quiet ? NULL : notice;
	config->on_progress = on_progress;
	config->user = p;
}
