/*
 * peers.h: other programs that do the same work, each a script that answers line by line.
 *
 *	prepare WORD=VALUE ...	ok [WHAT]: it is able to, and has done it once; no WHY
 *	go			ok SECONDS of all the work; no WHY
 *	drop			ok: it has freed what it prepared
 *
 * Its first line is "ok NAME", or "no WHY" if it is not installed.
 */
#ifndef GF_PEERS_H
#define GF_PEERS_H

#include "contest.h"

#include <stdio.h>
#include <sys/types.h>

struct peer {
	char name[24], label[48]; /* the name and what it does, if it says so */
	pid_t pid;
	FILE *to, *from; /* NULL: not running */
	int ready;       /* it is prepared */
};

enum { PEERS_MOST = 5 };

struct peers {
	size_t count;
	struct peer list[PEERS_MOST];
};

/* Starts each script of the folder with the interpreter, and prints which are not installed. */
void peers_start(struct peers *peers, const char *python, const char *folder);

/* Starts one script, beside those that run already; peers begins as zeros. */
void peers_start_one(
	struct peers *peers, const char *python, const char *folder, const char *script);
void peers_stop(struct peers *peers);

/* Asks all peers that are not prepared; those that are able to take part in the contest, until
 * peers_drop. */
void peers_prepare(struct peers *peers, struct contest *c, const char *ask);
void peers_drop(struct peers *peers);

#endif
