/*
 * temporary.h: the file that is written before it takes another one's place.
 *
 * It is ".gpufit-PID-N.tmp" in the target's folder, and locked by flock as long as its process has
 * it open.  A process that was killed leaves one behind, without a lock: temporary_sweep takes it
 * away.  The lock and not the PID says that nobody writes to it any more: a PID may be of another
 * container, and numbers come again.  Where the file system has no locks, nothing is swept.
 */
#ifndef GF_TEMPORARY_H
#define GF_TEMPORARY_H

/* A new file in the folder of target, open for writing and locked, and *name, to be freed; -1: see
 * errno. */
int temporary_create(const char *target, char **name);

/* Removes the temporary files in the folder of target that no process has open. */
void temporary_sweep(const char *target);

/* name in the folder of path, to be freed; an absolute name stands for itself.  NULL: no memory. */
char *temporary_beside(const char *path, const char *name);

#endif
