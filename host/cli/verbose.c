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
	const uint64_t sent = report->sent_bytes;
	const uint64_t epoch = sent / (report->epochs ? report->epochs : 1);
	const uint64_t step = sent / (report->steps ? report->steps : 1);

	if (report->parts_held == report->parts)
		return;
	say("features: %zu parts, %zu of them on the device at a time; the steps sent it %s: %s "
	    "an epoch, %s a step",
		report->parts, report->parts_held, format_bytes(sent).text,
		format_bytes(epoch).text, format_bytes(step).text);
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
