/* memory_scenarios.c: scenarios of programs that have their tables in memory. */
#include "scenarios.h"

#include "arrow_tables.h"
#include "error.h"

enum {
	MANY_ROWS = 130, /* more than a new predictor has room for */
	TURN_ROWS = 500
};

/* Predicts a few rows, then so many that it has to make room. */
static gf_status run_twice(gf_predictor *predictor, gf_error *err)
{
	static const double x[MANY_ROWS];
	gf_arrays rows = {.rows = 1, .features = 1, .x = x, .x_layout.number = GF_NUMBER_double};
	float outputs[MANY_ROWS];

	TRY(gf_predictor_run(predictor, &rows, outputs, err));
	rows.rows = MANY_ROWS;
	return gf_predictor_run(predictor, &rows, outputs, err);
}

static gf_status predict_again(struct session *s, gf_error *err)
{
	gf_predictor *predictor;
	gf_status status;

	TRY(gf_model_load(&s->model, "few.safetensors", err));
	TRY(gf_predictor_open(&predictor, s->model, NULL, err));
	status = run_twice(predictor, err);
	gf_predictor_free(predictor);
	return status;
}

static gf_status read_arrow(struct session *s, gf_error *err)
{
	static const int32_t offsets[] = {0, 3, 7, 7};
	static const double prices[] = {1, 2, 3};
	static const float weights[] = {1, 2, 1};
	struct arrow_table table = {.schema = {.format = NULL}};
	gf_read_options options;

	gf_read_options_default(&options);
	options.one_hot = "color,price";
	options.target = "price2";
	options.sample_weight = "w";
	options.missing = GF_MISSING_most;
	arrow_add(&table, "color", "u", 3, NULL, offsets, "redblue");
	arrow_add(&table, "price", "g", 3, NULL, prices, NULL);
	arrow_add(&table, "w", "f", 3, NULL, weights, NULL);
	arrow_add(&table, "price2", "g", 3, NULL, prices, NULL);
	return gf_dataset_arrow(&s->data, &table.schema, &table.array, &options, err);
}

static gf_status borrow(struct session *s, gf_error *err)
{
	static const float x[] = {1, 2, 3, 4};
	const gf_arrays arrays = {
		.rows = 2, .features = 2, .outputs = 2, .x = x, .y = x, .borrow_x = 1};
	gf_config config;

	gf_config_default(&config);
	config.engine = GF_ENGINE_streaming;
	config.check = GF_CHECK_every;
	config.epochs = 1;
	TRY(gf_dataset_new(&s->data, &arrays, err));
	return gf_fit(&s->model, s->data, &config, NULL, err);
}

/* Parts of x take turns on the device: those of whole passes, and shuffled batches. */
static gf_status take_turns(struct session *s, gf_error *err)
{
	static const float x[TURN_ROWS], y[TURN_ROWS];
	const gf_arrays arrays = {.rows = TURN_ROWS, .features = 1, .outputs = 1, .x = x, .y = y};
	gf_config config;

	gf_config_default(&config);
	config.engine = GF_ENGINE_streaming;
	config.memory_limit = TURN_ROWS * sizeof *x - 1;
	config.check = GF_CHECK_every;
	config.epochs = 1;
	config.batch_size = 200;
	config.shuffle = 1;
	config.validation = 0.3;
	TRY(gf_dataset_new(&s->data, &arrays, err));
	return gf_fit(&s->model, s->data, &config, NULL, err);
}

const struct scenario TAKE_TURNS = {.run = take_turns, .dense = 200};
const struct scenario PREDICT_AGAIN = {.run = predict_again, .dense = 40};
const struct scenario READ_ARROW = {.run = read_arrow};
const struct scenario BORROW = {.run = borrow, .dense = 100};
