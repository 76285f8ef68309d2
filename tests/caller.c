#include "caller.h"

#include "fixture.h"
#include "scratch.h"

struct caller new_caller(void)
{
	struct caller c = {.data = notebook_data(),
		.config = config_for(GF_ENGINE_reference, 2),
		.parameters = {1, 2}};

	c.config.statistics = 0.95; /* for prediction intervals */
	c.model = fit_model(c.data, &c.config, NULL);
	c.config.statistics = 0.0;
	scratch_write(CSV, "x,y\n1,2\n2,3\n", 12);
	return c;
}

void free_caller(struct caller *c)
{
	gf_model_free(c->model);
	gf_dataset_free(c->data);
}
