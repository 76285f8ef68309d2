/*
 * cases.h: the shapes that every kernel is tested with, above all those that do not fill tiles
 * and blocks.
 *
 * Numbers of rows lie around a tile (16), a block (64) and the 16 blocks of a work-item; numbers
 * of features are all up to a chunk of 16 lanes and a little more, and some of several chunks;
 * outputs are one and several.
 */
#ifndef CASES_H
#define CASES_H

#include "basics.h"

static const size_t CASE_ROWS[] = {1, 15, 16, 17, 63, 64, 65, 1023, 1025};
static const size_t CASE_FEATURES[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 33, 64, 100, 1000};
static const size_t CASE_OUTPUTS[] = {1, 3, 10};
static const size_t CASE_LOCAL[] = {1, 2, 8, 64, 256};  /* work-group sizes */
static const size_t GROUP_LOCAL[] = {32, 64, 128, 256}; /* those that a GPU may be given */
static const size_t CASE_BLOCKS[] = {1, 2, 4, 16, 0 /* the engine's own choice */};

#endif
