/* slower_device.c: a notice where a CPU would take the steps in less time than the device: small
 * batches leave a GPU waiting for launches and for memory. */
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
