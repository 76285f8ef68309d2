/* ending.c: what the user should know of how a training ended. */
#include "training.h"

#include <math.h>
#include <stdio.h>

/* A loss this small beside that of parameters of 0 is good wherever it began; one that grew by less
 * than this share of the first may have grown by rounding. */
#define SMALL   1e-4
#define CLEARLY 1e-3

static int is_worse(const struct training *t)
{
	const double first = t->progress.first_loss, last = (double)t->report->loss;
	const double grown = t->config->maximize ? first - last : last - first;

	return grown > CLEARLY * fabs(first);
}

/* The options that help and are not in use. */
static const char *remedies(const struct training *t)
{
	const gf_config *c = t->config;

	if (c->standardize)
		return c->lr_auto ? "a smaller --lr" : "a smaller --lr, or --lr auto,";
	return c->lr_auto ? "--standardize" : "--standardize, a smaller --lr, or --lr auto,";
}

static int has_penalty(const gf_config *c)
{
	return c->l1 > 0.0 || c->l2 > 0.0 || c->weight_decay > 0.0;
}

gf_status training_tell_end(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	double zeros = 0.0;
	char text[256];
	gf_status status;

	if (!c->notice || t->progress.steps == 0 || !is_worse(t))
		return GF_OK;
	status = training_zeros_loss(t, &zeros, err);
	if (status || (!c->maximize && (double)t->report->loss <= SMALL * zeros))
		return status;
	snprintf(text, sizeof text,
		"the training ends worse than it began: the loss%s went from %.6g to %.6g; %s may "
		"help",
		has_penalty(c) ? ", penalties aside," : "", t->progress.first_loss,
		(double)t->report->loss, remedies(t));
	c->notice(text, c->user);
	return GF_OK;
}
