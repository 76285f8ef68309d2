#include "verbose.h"
#include "format.h"
#include "message.h"
#include "mpi_ranks.h"
#include "option_rows.h"

void verbose_device(const gf_config *config)
{
	gf_device_info info;

	if (config->engine == GF_ENGINE_reference ||
		gf_device_find(&info, config->device, NULL) != GF_OK)
		return;
	say("device %zu (%zu:%zu): %s, %s, driver %s", info.index, info.platform, info.device,
		info.name, info.platform_name, info.driver);
	say_device_notes();
}

static void say_parts(const gf_report *report)
{
	const size_t epochs = report->epochs ? report->epochs : 1;

	if (report->parts_held == report->parts)
		return;
	say("features: %zu parts, %zu of them on the device at a time; the steps sent it %s, %s "
	    "an epoch",
		report->parts, report->parts_held, format_bytes(report->sent_bytes).text,
		format_bytes(report->sent_bytes / epochs).text);
}

void verbose_engine(const gf_config *config, const gf_report *report)
{
	if (report->why[0])
		say("engine %s: %s", word_of(engine_words, (int)report->engine), report->why);
	if (report->kernels_why[0])
		say("kernels %s: %s", word_of(kernels_words, (int)report->kernels),
			report->kernels_why);
	say_parts(report);
	if (report->ranks_why[0])
		say("ranks: %s", report->ranks_why);
	mpi_ranks_say(config);
}
