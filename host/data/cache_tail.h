/*
 * cache_tail.h: the tail of a cache's file: all that a dataset has but its features.
 *
 * One function goes through it in both directions, so that what is written is what is read.
 */
#ifndef GF_CACHE_TAIL_H
#define GF_CACHE_TAIL_H

#include "cache_file.h"

#include <stdio.h>

struct cache_walk {
	FILE *out;               /* borrowed; where the tail is written; NULL: it is read */
	const unsigned char *at; /* borrowed; the bytes (left) that are read next */
	size_t left;
	size_t written;               /* bytes */
	uint32_t sum;                 /* CRC-32 of the bytes written */
	int is_damaged, lacks_memory; /* the walk goes no further */
};

/* Writes or reads the tail.  Of data that is read, rows, features and outputs are set; after a
 * failure it has a part of the rest. */
void cache_tail_walk(struct cache_walk *walk, gf_dataset *data, struct cache_notes *notes);

#endif
