#include "comm_state.h"
#include "error.h"

#include <dlfcn.h>
#include <string.h>

#define PLUGIN "gpufit-mpi.so"

/* RTLD_GLOBAL: Open MPI's own plugins look for its functions among those of the program. */
static gf_status open_plugin(transport_open **open, const char *path, gf_error *err)
{
	void *const plugin = dlopen(path ? path : PLUGIN, RTLD_NOW | RTLD_GLOBAL);
	void *symbol;

	if (!plugin)
		return gf_fail(err, GF_E_UNAVAILABLE, "%s; 'make mpi' makes %s", dlerror(), PLUGIN);
	symbol = dlsym(plugin, TRANSPORT_OPEN);
	if (!symbol)
		return gf_fail(err, GF_E_UNAVAILABLE, "%s: it is no plugin of gpufit: %s",
			path ? path : PLUGIN, dlerror());
	/* ISO C knows no conversion of an object's address to a function's. */
	memcpy(open, &symbol, sizeof symbol);
	return GF_OK;
}

gf_status gf_comm_open(gf_comm **comm, const gf_comm_options *options, gf_error *err)
{
	char text[TRANSPORT_TEXT] = "";
	gf_comm_options defaults;
	struct transport *transport;
	transport_open *open = NULL;

	error_clear(err);
	if (ERROR_NULL(comm, err))
		return GF_E_USAGE;
	*comm = NULL;
	gf_comm_options_default(&defaults);
	options = options ? options : &defaults;
	if (!(options->rank_timeout > 0))
		return gf_fail(err, GF_E_USAGE, "rank_timeout is %g; wanted: seconds above 0",
			options->rank_timeout);
	TRY(open_plugin(&open, options->plugin, err));
	transport = open(text);
	if (!transport)
		return gf_fail(err, GF_E_RANK, "%s", text);
	if (transport->version != TRANSPORT_VERSION)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"%s is of another version of gpufit: 'make mpi' makes it anew",
			options->plugin ? options->plugin : PLUGIN);
	return comm_new(comm, transport, options, err);
}
