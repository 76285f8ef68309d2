#include "series.h"

static void halve(struct series *s)
{
	for (size_t i = 0; 2 * i < s->count; i++)
		s->points[i] = s->points[2 * i];
	s->count = (s->count + 1) / 2;
	s->stride *= 2;
}

static void note_rate(struct series *s, double lr)
{
	if (s->epochs == 0 || lr < s->least_lr)
		s->least_lr = lr;
	if (s->epochs == 0 || lr > s->most_lr)
		s->most_lr = lr;
}

/* Epochs of a resumed training do not begin at 0: their distance from the first one counts. */
void series_add(struct series *s, const gf_epoch *epoch)
{
	s->last = (struct series_point){epoch->epoch, epoch->loss, epoch->val_loss, epoch->lr};
	note_rate(s, epoch->lr);
	if (s->epochs == 0)
		s->stride = 1;
	if (s->count == SERIES_ROOM && s->epochs % s->stride == 0)
		halve(s);
	if (s->epochs % s->stride == 0)
		s->points[s->count++] = s->last;
	s->epochs++;
}

void series_end(struct series *s)
{
	if (s->count > 0 && s->points[s->count - 1].epoch != s->last.epoch)
		s->points[s->count++] = s->last;
}
