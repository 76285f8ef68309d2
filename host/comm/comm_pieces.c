#include "comm_state.h"
#include "error.h"

size_t comm_bytes_before(const size_t *sizes, size_t rank)
{
	size_t sum = 0;

	for (size_t i = 0; i < rank; i++)
		sum += sizes[i];
	return sum;
}

gf_status comm_wait_moved(gf_comm *c, size_t given, size_t got)
{
	TRY(comm_wait(c, 0));
	c->counters.given += given;
	c->counters.got += got;
	return GF_OK;
}

static size_t clamp(size_t at, size_t begin, size_t end)
{
	return at < begin ? begin : at > end ? end : at;
}

/* The bytes [begin, end) of all are a window: each rank gives what it has there. */
static gf_status gather_window(
	gf_comm *c, const size_t *sizes, unsigned char *all, size_t begin, size_t end)
{
	struct transport *t = c->transport;
	size_t at = 0;

	for (size_t r = 0; r < c->size; at += sizes[r++]) {
		const size_t first = clamp(at, begin, end);

		c->places[r] = (int)(first - begin);
		c->counts[r] = (int)(clamp(at + sizes[r], begin, end) - first);
	}
	c->stage++;
	if (t->start_gather(t, all + begin, c->counts, c->places))
		return comm_end_transport(c);
	return comm_wait_moved(
		c, (size_t)c->counts[c->rank], end - begin - (size_t)c->counts[c->rank]);
}

gf_status comm_gather_pieces(gf_comm *c, const size_t *sizes, unsigned char *all)
{
	const size_t total = comm_bytes_before(sizes, c->size);

	for (size_t begin = 0; begin < total; begin += c->piece) {
		const size_t left = total - begin;

		TRY(gather_window(
			c, sizes, all, begin, begin + (left < c->piece ? left : c->piece)));
	}
	return GF_OK;
}
