#include "standardized.h"

#include "fixture.h"

gf_config standardized_config(void)
{
	gf_config config = config_for(GF_ENGINE_reference, 300);

	config.standardize = 1;
	config.lr_auto = 1;
	return config;
}

/* The features are 1e7 + 3 i, which floats hold, and z; y is i / 2 + z and a little that no line
 * explains. */
gf_dataset *offset_data(void)
{
	float x[2 * ROWS], y[ROWS];

	for (int i = 0; i < ROWS; i++) {
		x[2 * i] = 10000000.0f + 3.0f * (float)i;
		x[2 * i + 1] = ((float)(i * 37 % ROWS) - 31.5f) / 8.0f;
		y[i] = 0.5f * (float)i + x[2 * i + 1] + (i % 4 == 0 ? 1.0f : (float)(-1.0 / 3.0));
	}
	return new_data(ROWS, 2, 1, x, y);
}
