/*
 * peers.h: other programs that do the same work, each a script that is asked line by line.
 *
 *	prepare WORD=VALUE ...	ok [WHAT]: it can, and has done it once; no WHY
 *	go			ok SECONDS of the whole work; no WHY
 *	drop			ok: what was prepared is given back
 *
 * Its first line is "ok NAME", or "no WHY" where it is not installed.
 */
#ifndef GF_PEERS_H
#define GF_PEERS_H

#include "contest.h"

#include <stdio.h>
#include <sys/types.h>

struct peer {
	char name[24], label[48]; /* with what it does, where it says so */
	pid_t pid;
	FILE *to, *from; /* NULL: not there */
	int ready;       /* prepared */
};

enum { PEERS_MOST = 5 };

struct peers {
	size_t count;
	struct peer list[PEERS_MOST];
};

/* Each script of folder, by the interpreter; who is not installed is said to be skipped. */
void peers_start(struct peers *peers, const char *python, const char *folder);
void peers_stop(struct peers *peers);

/* Asks all who are not prepared; who can takes part in the contest, until peers_drop. */
void peers_prepare(struct peers *peers, struct contest *c, const char *ask);
void peers_drop(struct peers *peers);

#endif
