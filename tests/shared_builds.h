/* shared_builds.h: what is added to the builds that a test program shares. */
#ifndef GF_SHARED_BUILDS_H
#define GF_SHARED_BUILDS_H

/* Options that each build gets beside its own, with a blank before them; "" by default. */
extern const char *shared_builds_options;

#endif
