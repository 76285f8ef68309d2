/* wrap.h: how a function is replaced by one that fails when it is told to. */
#ifndef GF_WRAP_H
#define GF_WRAP_H

#include "inject.h"

/* Counts a call of that kind; 1: it is the one to fail. */
int inject_fails(enum inject_kind kind, const char *call);

/* The linker (--wrap) calls __wrap_NAME in place of NAME, and __real_NAME is NAME itself. */
#define WRAP(name) __typeof__(name) __real_##name, __wrap_##name;

#endif
