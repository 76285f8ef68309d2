#include "cache_file.h"
#include "cache_tail.h"
#include "error.h"
#include "file_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* ---- the header ---- */

#define ORDER UINT32_C(0x01020304) /* other bytes on a machine of the other byte order */

struct cache_header {
	char magic[8];
	uint32_t version, order;
	uint64_t x_bytes;    /* of x, or of sparse rows: whole pages */
	uint64_t x_sum;      /* sum_words of them */
	uint64_t tail_bytes; /* what follows them */
	uint64_t rows, features, outputs;
	uint64_t numbers;   /* of sparse rows */
	uint32_t is_sparse; /* 1 or 0 */
	uint32_t tail_sum;  /* CRC-32 */
	uint32_t unused;    /* 0 */
	uint32_t sum;       /* CRC-32 of the header before it */
};

static uint32_t header_sum(const struct cache_header *h)
{
	return (uint32_t)crc32_z(0, (const Bytef *)h, offsetof(struct cache_header, sum));
}

enum { LANES = 4 };

/* Returns a sum that another value of any word changes.  It takes less time than reading the words
 * from memory, which CRC-32 does not.  bytes: a multiple of LANES words. */
static uint64_t sum_words(const void *at, size_t bytes)
{
	const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15); /* odd: no product loses a bit */
	const char *from = at;
	uint64_t lane[LANES] = {0}, word, sum = 0;

	for (size_t i = 0; i < bytes; i += sizeof lane)
		for (size_t l = 0; l < LANES; l++) {
			memcpy(&word, from + i + l * sizeof word, sizeof word);
			lane[l] = ((lane[l] << 29 | lane[l] >> 35) ^ word) * factor;
		}
	for (size_t l = 0; l < LANES; l++)
		sum = ((sum << 29 | sum >> 35) ^ lane[l]) * factor;
	return sum;
}

void cache_notes_free(struct cache_notes *notes)
{
	texts_free(&notes->key);
	texts_free(&notes->notices);
}

/* ---- writing ---- */

/* Writes the features, unless they are in the file already. */
static void write_features(const gf_dataset *d, FILE *out)
{
	const struct sparse_rows *s = d->sparse;

	fseeko(out, PAGE_ALIGNMENT, SEEK_SET);
	if (d->pages.file.out.file == out)
		return;
	if (!s) {
		fwrite(d->x, 1, d->x_bytes, out);
		return;
	}
	fwrite(s->start, 1, sparse_bytes(s->rows + 1, sizeof *s->start), out);
	fwrite(s->index, 1, sparse_bytes(sparse_numbers(s), sizeof *s->index), out);
	fwrite(s->value, 1, sparse_bytes(sparse_numbers(s), sizeof *s->value), out);
}

/* Sums up what the features are in the file. */
static gf_status sum_features(struct cache_header *h, const struct outfile *out, gf_error *err)
{
	const struct file_part part = {.fd = fileno(out->file),
		.name = out->path,
		.first = PAGE_ALIGNMENT,
		.bytes = (size_t)h->x_bytes};
	struct file_memory file;

	TRY(file_memory_map(&file, &part, err));
	h->x_sum = sum_words(file.at, file.bytes);
	file_memory_free(&file);
	return GF_OK;
}

static struct cache_header header_of(const gf_dataset *d)
{
	struct cache_header h = {.magic = CACHE_MAGIC,
		.version = CACHE_VERSION,
		.order = ORDER,
		.x_bytes = d->x_bytes,
		.rows = d->rows,
		.features = d->features,
		.outputs = d->outputs};

	if (d->sparse) {
		h.is_sparse = 1;
		h.numbers = sparse_numbers(d->sparse);
		h.x_bytes = sparse_bytes(d->rows + 1, sizeof *d->sparse->start) +
			    sparse_bytes(h.numbers, sizeof *d->sparse->index) +
			    sparse_bytes(h.numbers, sizeof *d->sparse->value);
	}
	return h;
}

/* The file has more room than is used, if x grew in it. */
static gf_status write_all(
	gf_dataset *d, struct cache_notes *notes, struct outfile *out, gf_error *err)
{
	struct cache_header h = header_of(d);
	struct cache_walk walk = {.out = out->file};
	const size_t before = PAGE_ALIGNMENT + (size_t)h.x_bytes;

	write_features(d, out->file);
	TRY(outfile_flush(out, err));
	TRY(sum_features(&h, out, err));
	fseeko(out->file, (off_t)before, SEEK_SET);
	cache_tail_walk(&walk, d, notes);
	h.tail_bytes = walk.written;
	h.tail_sum = walk.sum;
	h.sum = header_sum(&h);
	fseeko(out->file, 0, SEEK_SET);
	fwrite(&h, sizeof h, 1, out->file);
	TRY(outfile_flush(out, err));
	if (ftruncate(fileno(out->file), (off_t)(before + walk.written)) == 0)
		return GF_OK;
	return gf_fail(err, GF_E_IO, "%s: cannot set its size: %s", out->path, strerror(errno));
}

gf_status cache_file_write(
	gf_dataset *d, struct cache_notes *notes, const char *path, gf_error *err)
{
	struct outfile made = {0}, *out = &made;
	gf_status status;

	if (d->pages.file.out.file)
		out = &d->pages.file.out;
	else
		TRY(outfile_open(out, path, err));
	status = write_all(d, notes, out, err);
	if (!status)
		status = outfile_commit(out, err);
	outfile_abort(out);
	return status;
}

/* ---- reading ---- */

/* Returns 0 if the file has another size than the header says, or another shape than its features
 * have. */
static int has_shape(const struct cache_header *h, uint64_t size)
{
	const uint64_t most = size / sizeof(float);
	uint64_t wanted;

	if (h->x_bytes > size || h->tail_bytes > size || h->rows > most || h->numbers > most ||
		h->outputs > most || h->rows == 0)
		return 0;
	wanted = h->is_sparse ? sparse_bytes((size_t)h->rows + 1, sizeof(uint64_t)) +
					2 * sparse_bytes((size_t)h->numbers, sizeof(float))
			      : dataset_x_bytes((size_t)h->rows, (size_t)h->features);
	return h->x_bytes == wanted && size == PAGE_ALIGNMENT + h->x_bytes + h->tail_bytes;
}

/* Reads the header. */
static gf_status read_header(struct cache_header *h, int fd, const char *path, uint64_t *size,
	enum cache_state *state, gf_error *err)
{
	struct stat info;
	ssize_t got = 0;

	*h = (struct cache_header){0};
	if (fstat(fd, &info) || (S_ISREG(info.st_mode) && (got = pread(fd, h, sizeof *h, 0)) < 0))
		return gf_fail(err, GF_E_IO, "%s: %s", path, strerror(errno));
	*size = (uint64_t)info.st_size;
	*state = CACHE_damaged;
	if (S_ISREG(info.st_mode) && info.st_size == 0)
		*state = CACHE_absent;
	else if (memcmp(h->magic, CACHE_MAGIC, sizeof h->magic) != 0)
		*state = CACHE_foreign;
	else if ((size_t)got == sizeof *h && h->sum == header_sum(h))
		*state = h->version != CACHE_VERSION || h->order != ORDER ? CACHE_other
			 : has_shape(h, *size)                            ? CACHE_whole
									  : CACHE_damaged;
	return GF_OK;
}

/* Every index is that of a feature, in rising order, and the rows follow each other. */
static int are_rows(const struct sparse_rows *s, size_t features, uint64_t numbers)
{
	if (s->start[0] != 0 || s->start[s->rows] != numbers)
		return 0;
	for (size_t i = 0; i < s->rows; i++) {
		if (s->start[i] > s->start[i + 1] || s->start[i + 1] > numbers)
			return 0;
		for (uint64_t n = s->start[i]; n < s->start[i + 1]; n++)
			if (s->index[n] >= features ||
				(n > s->start[i] && s->index[n] <= s->index[n - 1]))
				return 0;
	}
	return 1;
}

static gf_status take_sparse(gf_dataset *d, const struct cache_header *h, int *is_damaged)
{
	struct sparse_rows *s = calloc(1, sizeof *s);
	char *at = (char *)d->pages.at;

	d->sparse = s;
	if (!s)
		return GF_E_MEMORY;
	s->rows = d->rows;
	s->borrowed = 1;
	s->start = (uint64_t *)(void *)at;
	at += sparse_bytes(s->rows + 1, sizeof *s->start);
	s->index = (uint32_t *)(void *)at;
	at += sparse_bytes((size_t)h->numbers, sizeof *s->index);
	s->value = (float *)(void *)at;
	*is_damaged |= !are_rows(s, d->features, h->numbers);
	return GF_OK;
}

/* Makes the features of what is mapped. */
static gf_status take_features(gf_dataset *d, const struct cache_header *h, int *is_damaged)
{
	const size_t bytes = (size_t)h->x_bytes;

	page_array_advise(&d->pages, PAGE_ORDER_rising);
	*is_damaged = sum_words(d->pages.at, bytes) != h->x_sum;
	if (*is_damaged)
		return GF_OK;
	if (h->is_sparse)
		return take_sparse(d, h, is_damaged);
	d->x = d->pages.at;
	d->x_bytes = bytes;
	return GF_OK;
}

int cache_keys_equal(const struct texts *a, const struct texts *b)
{
	if (a->count != b->count)
		return 0;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(texts_at(a, i), texts_at(b, i)) != 0)
			return 0;
	return 1;
}

static gf_status take_tail(
	gf_dataset *d, struct cache_notes *notes, const struct cache_header *h, int *is_damaged)
{
	const unsigned char *tail = (unsigned char *)d->pages.at + h->x_bytes;
	struct cache_walk walk = {.at = tail, .left = (size_t)h->tail_bytes};

	*is_damaged = (uint32_t)crc32_z(0, tail, walk.left) != h->tail_sum;
	if (*is_damaged)
		return GF_OK;
	cache_tail_walk(&walk, d, notes);
	*is_damaged = walk.is_damaged;
	return walk.lacks_memory ? GF_E_MEMORY : GF_OK;
}

static gf_status map(gf_dataset *d, const struct file_part *part, gf_error *err)
{
	struct page_array *pages = &d->pages;

	TRY(name_set(&d->beside, part->name, err));
	TRY(file_memory_map(&pages->file, part, err));
	pages->at = (float *)(void *)pages->file.at;
	pages->bytes = pages->file.bytes;
	return GF_OK;
}

/* Makes the dataset of the file, whose header is h, or a part of it where *state says why.  The
 * features of a cache with another key are not looked at. */
static gf_status read_dataset(gf_dataset *d, struct cache_notes *notes, enum cache_state *state,
	const struct cache_header *h, const struct texts *key)
{
	int is_damaged = 0;
	gf_status status;

	d->rows = (size_t)h->rows;
	d->outputs = (size_t)h->outputs;
	d->features = (size_t)h->features;
	status = take_tail(d, notes, h, &is_damaged);
	if (!status && !is_damaged && !cache_keys_equal(&notes->key, key)) {
		*state = CACHE_other;
		return GF_OK;
	}
	if (!status && !is_damaged)
		status = take_features(d, h, &is_damaged);
	if (is_damaged)
		*state = CACHE_damaged;
	return status;
}

static gf_status read_open(gf_dataset **data, struct cache_notes *notes, enum cache_state *state,
	const struct file_part *file, const struct texts *key, gf_error *err)
{
	struct file_part part = *file;
	struct cache_header h;
	uint64_t size = 0;

	TRY(read_header(&h, part.fd, part.name, &size, state, err));
	if (*state != CACHE_whole)
		return GF_OK;
	part.first = PAGE_ALIGNMENT;
	part.bytes = (size_t)size - PAGE_ALIGNMENT;
	*data = calloc(1, sizeof **data);
	if (!*data)
		return gf_fail_memory(err, sizeof **data, part.name);
	TRY(map(*data, &part, err));
	if (read_dataset(*data, notes, state, &h, key))
		return gf_fail_memory(err, part.bytes, part.name);
	return GF_OK;
}

gf_status cache_file_read(gf_dataset **data, struct cache_notes *notes, enum cache_state *state,
	const char *path, const struct texts *key, gf_error *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	gf_status status;

	*data = NULL;
	*notes = (struct cache_notes){0};
	*state = CACHE_absent;
	if (fd < 0)
		return errno == ENOENT
			       ? GF_OK
			       : gf_fail(err, GF_E_NOINPUT, "%s: %s", path, strerror(errno));
	status = read_open(
		data, notes, state, &(struct file_part){.fd = fd, .name = path}, key, err);
	close(fd);
	if (!status && *state == CACHE_whole)
		return GF_OK;
	gf_dataset_free(*data);
	*data = NULL;
	return status;
}
