/* step_cost.c: notices where steps cost more than they need to: small batches leave a GPU waiting
 * for launches and for memory, and most optimisers move the parameters of features that a sparse
 * batch does not have. */
#include "training.h"

#include <stdio.h>

/* Estimates are good to a factor of 1.4 each; less than this is not worth another device. */
#define CLEARLY_FASTER 2.0
#define SECONDS_SAVED  1.0

void slower_device_text(char *text, size_t size, const struct step_seconds *seconds, size_t steps,
	size_t rows, long cpu)
{
	const double saved = (double)steps * (seconds->here - seconds->on_cpu);
	char which[64] = "OpenCL finds no CPU here, and PoCL would be one";

	*text = '\0';
	if (seconds->here < CLEARLY_FASTER * seconds->on_cpu || saved < SECONDS_SAVED)
		return;
	if (cpu >= 0)
		snprintf(which, sizeof which, "--device %ld is one", cpu);
	snprintf(text, size,
		"a CPU would be faster: by estimate it takes a step of %zu rows in %.2g us, and "
		"this device in %.2g us or more; %s",
		rows, 1e6 * seconds->on_cpu, 1e6 * seconds->here, which);
}

/* Returns the index of the first CPU, or -1. */
static long find_cpu(void)
{
	gf_device_info info;

	return gf_device_find(&info, "cpu", NULL) ? -1 : (long)info.index;
}

void training_compare_cpu(const struct training *t, size_t steps)
{
	const gf_config *c = t->config;
	const struct step_seconds *seconds = &t->engine->step_seconds;
	char text[256];

	if (!c->notice || seconds->here <= 0.0)
		return;
	slower_device_text(text, sizeof text, seconds, steps, t->problem.batch_size, find_cpu());
	if (*text)
		c->notice(text, c->user);
}

/* ---- parameters without a gradient ---- */

/* A step on fewer parameters than this many for each number of its rows costs little more. */
#define IDLE_PARAMETERS 2.0

void training_tell_idle(const struct training *t)
{
	const gf_config *c = t->config;
	const struct sparse_rows *rows = t->train_data.data->sparse;
	const double P = (double)t->state.parameters, batch = (double)t->problem.batch_size;
	const int moves_all = !update_is_lazy(&t->problem.update) || c->weight_decay > 0.0 ||
			      c->l1 > 0.0 || c->l2 > 0.0;
	double numbers;
	char text[256];

	if (!c->notice || !rows || !moves_all || training_is_full_batch(t))
		return;
	numbers = batch * (double)sparse_numbers(rows) / (double)rows->rows;
	if (P <= IDLE_PARAMETERS * numbers)
		return;
	snprintf(text, sizeof text,
		"each step moves all %.0f parameters, and its %zu row%s about %.0f numbers: sgd "
		"without momentum, penalties, averages and --clip-norm moves only those of the "
		"features that they have",
		P, t->problem.batch_size, t->problem.batch_size == 1 ? " has" : "s have", numbers);
	c->notice(text, c->user);
}
