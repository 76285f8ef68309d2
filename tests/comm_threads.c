#include "basics.h"
#include "comm_threads.h"

#include "comm_state.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* An exchange that a rank has come to. */
struct post {
	uint64_t number; /* of the exchange, from 1; 0: none yet */
	const unsigned char *out;
	const int *counts, *places; /* of out */
};

struct letter {
	struct letter *next;
	size_t from;
	unsigned char note[TRANSPORT_NOTE];
};

/* What the threads share. */
struct hall {
	pthread_mutex_t lock;
	size_t size;
	struct post posts[RANKS_MOST];
	uint64_t copied[RANKS_MOST]; /* the last exchange whose bytes the rank has taken */
	struct letter *letters[RANKS_MOST];
	const char *hosts[RANKS_MOST];
	int aborted;                /* the code; 0: no rank called abort */
	int unequal;                /* ranks disagree on counts, which MPI would not survive */
	struct flipped_bit flipped; /* least 0: once it has happened */
};

struct thread_rank {
	struct transport transport;
	struct hall *hall;
	uint64_t number;
	int is_swap;
	unsigned char *in;
	const int *in_counts, *in_places;
};

static struct thread_rank *of(struct transport *t)
{
	return (struct thread_rank *)t;
}

static int post(struct thread_rank *r, const void *out, const int *counts, const int *places)
{
	pthread_mutex_lock(&r->hall->lock);
	r->hall->posts[r->transport.rank] = (struct post){++r->number, out, counts, places};
	pthread_mutex_unlock(&r->hall->lock);
	return 0;
}

static int start_gather(struct transport *t, void *all, const int *counts, const int *places)
{
	of(t)->is_swap = 0;
	of(t)->in = all;
	of(t)->in_counts = counts;
	of(t)->in_places = places;
	return post(of(t), all, counts, places);
}

static int start_swap(struct transport *t, const void *out, const int *out_counts,
	const int *out_places, void *in, const int *in_counts, const int *in_places)
{
	of(t)->is_swap = 1;
	of(t)->in = in;
	of(t)->in_counts = in_counts;
	of(t)->in_places = in_places;
	return post(of(t), out, out_counts, out_places);
}

static void flip_once(struct hall *hall, size_t rank, unsigned char *bytes, size_t count)
{
	struct flipped_bit *flipped = &hall->flipped;

	if (!flipped->least || rank != flipped->rank || count < flipped->least)
		return;
	bytes[flipped->place] ^= 1;
	flipped->least = 0;
}

/* Takes what rank q posted for this rank. */
static void take(struct thread_rank *r, size_t q)
{
	const struct post *const from = &r->hall->posts[q];
	const size_t slot = r->is_swap ? r->transport.rank : q;

	if (from->counts[slot] != r->in_counts[q])
		r->hall->unequal = 1;
	if (from->counts[slot] != r->in_counts[q] || !r->in_counts[q] ||
		(!r->is_swap && q == r->transport.rank))
		return;
	memcpy(r->in + r->in_places[q], from->out + from->places[slot], (size_t)r->in_counts[q]);
	if (q != r->transport.rank)
		flip_once(r->hall, r->transport.rank, r->in + r->in_places[q],
			(size_t)r->in_counts[q]);
}

/* An exchange is done once all have taken what they get, since then memory may be used again. */
static int test(struct transport *t, int *done)
{
	struct thread_rank *const r = of(t);
	struct hall *const hall = r->hall;
	size_t posted = 0, copied = 0;

	pthread_mutex_lock(&hall->lock);
	for (size_t q = 0; q < hall->size; q++)
		posted += hall->posts[q].number >= r->number;
	if (posted == hall->size && hall->copied[t->rank] < r->number) {
		for (size_t q = 0; q < hall->size; q++)
			take(r, q);
		hall->copied[t->rank] = r->number;
	}
	for (size_t q = 0; q < hall->size; q++)
		copied += hall->copied[q] >= r->number;
	*done = copied == hall->size;
	pthread_mutex_unlock(&hall->lock);
	return 0;
}

static int send_note(struct transport *t, size_t rank, const void *note)
{
	struct hall *const hall = of(t)->hall;
	struct letter *const letter = malloc(sizeof *letter);
	struct letter **end = &hall->letters[rank];

	if (!letter)
		return 1;
	letter->next = NULL;
	letter->from = t->rank;
	memcpy(letter->note, note, sizeof letter->note);
	pthread_mutex_lock(&hall->lock);
	while (*end)
		end = &(*end)->next;
	*end = letter;
	pthread_mutex_unlock(&hall->lock);
	return 0;
}

static int take_note(struct transport *t, size_t *rank, void *note)
{
	struct hall *const hall = of(t)->hall;
	struct letter *letter;

	pthread_mutex_lock(&hall->lock);
	letter = hall->letters[t->rank];
	if (letter)
		hall->letters[t->rank] = letter->next;
	pthread_mutex_unlock(&hall->lock);
	*rank = letter ? letter->from : t->size;
	if (letter)
		memcpy(note, letter->note, sizeof letter->note);
	free(letter);
	return 0;
}

static void abort_all(struct transport *t, int code)
{
	struct hall *const hall = of(t)->hall;

	pthread_mutex_lock(&hall->lock);
	hall->aborted = code;
	pthread_mutex_unlock(&hall->lock);
	free(of(t)); /* as the process ends */
}

static void close_rank(struct transport *t)
{
	free(of(t));
}

static struct transport *open_rank(struct hall *hall, size_t rank)
{
	struct thread_rank *const r = calloc(1, sizeof *r);

	assert_non_null(r);
	r->hall = hall;
	r->transport = (struct transport){.version = TRANSPORT_VERSION,
		.rank = rank,
		.size = hall->size,
		.host_rank = rank,
		.hosts = hall->hosts,
		.library = "threads",
		.start_gather = start_gather,
		.start_swap = start_swap,
		.test = test,
		.send_note = send_note,
		.take_note = take_note,
		.abort = abort_all,
		.close = close_rank};
	return &r->transport;
}

void rank_hangs(gf_comm *c)
{
	struct hall *const hall = of(c->transport)->hall;

	for (int aborted = 0; !aborted; nanosleep(&(struct timespec){0, 1000000}, NULL)) {
		pthread_mutex_lock(&hall->lock);
		aborted = hall->aborted;
		pthread_mutex_unlock(&hall->lock);
	}
	c->state = COMM_LOST; /* its end is that of the others */
}

/* ---- threads ---- */

/* An address sanitizer asks for its options here.  PoCL replaces the signal stack of the thread
 * that uses it first, which the sanitizer would free as its own when that thread ends. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "use_sigaltstack=0";
}

struct job {
	gf_comm *comm;
	rank_work *work;
	void *user;
};

static void *run_job(void *argument)
{
	struct job *const job = argument;

	job->work(job->comm, job->user);
	gf_comm_close(job->comm);
	return NULL;
}

static void free_letters(struct hall *hall)
{
	for (size_t r = 0; r < hall->size; r++) {
		struct letter *next;

		for (struct letter *letter = hall->letters[r]; letter; letter = next) {
			next = letter->next;
			free(letter);
		}
	}
}

int run_ranks(size_t size, const struct ranks *ranks, rank_work *work, void *user)
{
	struct hall hall = {.lock = PTHREAD_MUTEX_INITIALIZER, .size = size};
	struct job jobs[RANKS_MOST];
	pthread_t threads[RANKS_MOST];
	gf_comm_options options;

	assert_true(size <= RANKS_MOST);
	if (ranks)
		hall.flipped = ranks->flipped;
	gf_comm_options_default(&options);
	if (ranks && ranks->rank_timeout > 0)
		options.rank_timeout = ranks->rank_timeout;
	for (size_t r = 0; r < size; r++)
		hall.hosts[r] = "a-host";
	for (size_t r = 0; r < size; r++) {
		jobs[r] = (struct job){NULL, work, user};
		assert_int_equal(
			comm_new(&jobs[r].comm, open_rank(&hall, r), &options, NULL), GF_OK);
		if (ranks && ranks->printed_after > 0)
			jobs[r].comm->printed_after = ranks->printed_after;
		if (ranks && ranks->piece)
			jobs[r].comm->piece = ranks->piece;
		assert_int_equal(pthread_create(&threads[r], NULL, run_job, &jobs[r]), 0);
	}
	for (size_t r = 0; r < size; r++)
		assert_int_equal(pthread_join(threads[r], NULL), 0);
	free_letters(&hall);
	assert_false(hall.unequal);
	return hall.aborted;
}
