/* catalog.h: the words of the lists in gpufitcl.h, as files and reports spell them. */
#ifndef GF_CATALOG_H
#define GF_CATALOG_H

#include "gpufitcl.h"

const char *loss_word(gf_loss loss);
const char *optimizer_word(gf_optimizer optimizer);
const char *engine_word(gf_engine engine);

/* 1 where word is one of the list, which *loss then is; else 0. */
int loss_parse(const char *word, gf_loss *loss);

#endif
