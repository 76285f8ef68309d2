/*
 * predictor.c: gf_predictor, which predicts again and again.
 *
 * Its engine is open for a dataset that has room for some rows.  Each call copies its rows there,
 * tells the engine, and computes their outputs; if they are too many, some at a time.
 */
#include "error.h"
#include "predict.h"
#include "strided.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum {
	LEAST_ROOM = TILE_ROWS, /* rows that a new predictor has room for */
	MOST_FLOATS = 1 << 22   /* of x at a time, if a tile has fewer */
};

struct gf_predictor {
	const gf_model *model; /* borrowed */
	gf_config config;
	char *device;     /* owned; config.device */
	gf_dataset *room; /* owned; its rows are those that there is room for */
	struct engine *engine;
	int knows_params; /* 1: the engine has the model's parameters */
};

/* ---- room ---- */

static size_t most_rows(const struct gf_predictor *p)
{
	const size_t rows = (size_t)MOST_FLOATS / p->model->features / TILE_ROWS * TILE_ROWS;

	return rows ? rows : TILE_ROWS;
}

static gf_status make_room(struct gf_predictor *p, size_t rows, gf_error *err)
{
	struct engine *engine;
	struct problem problem;
	gf_dataset *room;
	gf_status status;

	TRY(dataset_alloc(&room, rows, p->model->features, 0, err));
	problem = predict_problem(p->model, room);
	status = predict_open(&engine, &problem, &p->config, p->engine, err);
	if (status) {
		gf_dataset_free(room);
		return status;
	}
	engine_close(p->engine);
	gf_dataset_free(p->room);
	p->engine = engine;
	p->room = room;
	p->knows_params = 0;
	return GF_OK;
}

/* Makes room for so many rows, or for the most that are taken at a time. */
static gf_status need_room(struct gf_predictor *p, size_t rows, gf_error *err)
{
	const size_t most = most_rows(p);
	size_t room = p->room->rows;

	if (rows <= room || room == most)
		return GF_OK;
	while (room < rows && room < most)
		room *= 2;
	return make_room(p, room < most ? room : most, err);
}

/* ---- open and free ---- */

static gf_status open_predictor(struct gf_predictor *p, gf_error *err)
{
	TRY(predict_check(p->model, &p->config, err));
	if (p->config.device) {
		p->device = strdup(p->config.device);
		if (!p->device)
			return gf_fail_memory(err, strlen(p->config.device) + 1, "a device's name");
		p->config.device = p->device;
	}
	config_tell(&p->config, GF_PHASE_preparing, 0, 0);
	return make_room(p, LEAST_ROOM, err);
}

gf_status gf_predictor_open(
	gf_predictor **predictor, const gf_model *model, const gf_config *config, gf_error *err)
{
	gf_predictor *p;
	gf_status status;

	error_clear(err);
	if (ERROR_NULL(predictor, err))
		return GF_E_USAGE;
	*predictor = NULL;
	if (ERROR_NULL(model, err))
		return GF_E_USAGE;
	p = calloc(1, sizeof *p);
	if (!p)
		return gf_fail_memory(err, sizeof *p, "a predictor");
	p->model = model;
	if (config)
		p->config = *config;
	status = open_predictor(p, err);
	if (status)
		gf_predictor_free(p);
	else
		*predictor = p;
	return status;
}

void gf_predictor_free(gf_predictor *p)
{
	if (!p)
		return;
	engine_close(p->engine);
	gf_dataset_free(p->room);
	free(p->device);
	free(p);
}

/* ---- rows ---- */

static gf_status check_names(const gf_model *model, const gf_arrays *rows, gf_error *err)
{
	for (size_t j = 0; rows->feature_names && j < model->features; j++)
		if (!rows->feature_names[j] ||
			strcmp(rows->feature_names[j], model->feature_names[j]) != 0)
			return gf_fail(err, GF_E_DATA,
				"feature_names: name %zu, from 0, is %s; the model has %s there", j,
				rows->feature_names[j] ? quote_text(rows->feature_names[j]).text
						       : "NULL",
				quote_text(model->feature_names[j]).text);
	return GF_OK;
}

static gf_status check_rows(const gf_model *model, const gf_arrays *rows, gf_error *err)
{
	if (rows->outputs || rows->y || rows->weights || rows->classes || rows->borrow_x ||
		rows->sparse.start)
		return gf_fail(err, GF_E_USAGE,
			"a predictor takes x and an offset: outputs, y, weights, classes, borrow_x "
			"and sparse must be 0");
	if (rows->rows == 0 || !rows->x)
		return gf_fail(err, GF_E_USAGE, rows->x ? "there are no rows" : "x is NULL");
	TRY(predict_check_features(model, rows->features, err));
	TRY(predict_check_offset(model, rows->offset != NULL, err));
	return check_names(model, rows, err);
}

/* Computes the outputs of the rows that are in the room. */
static gf_status run_room(
	struct gf_predictor *p, size_t rows, size_t before, float *outputs, gf_error *err)
{
	gf_dataset used = *p->room;
	gf_status status;
	struct prediction prediction = {.config = &p->config,
		.params = model_own_params(p->model),
		.params_known = p->knows_params,
		.engine = p->engine,
		.before = before};

	used.rows = rows;
	used.x_bytes = rows * used.features * sizeof *used.x;
	prediction.problem = predict_problem(p->model, &used);
	TRY(engine_refill(p->engine, rows, err));
	status = predict_rows(&prediction, outputs, err);
	p->knows_params = !status;
	return status;
}

static gf_status run(struct gf_predictor *p, const struct strided *x, float *outputs, gf_error *err)
{
	for (size_t first = 0; first < x->rows; first += p->room->rows) {
		const size_t left = x->rows - first, most = p->room->rows;
		const size_t count = left < most ? left : most;

		TRY(strided_copy(x, first, count, p->room->x, err));
		if (p->model->standardization.center)
			model_standardize_rows(p->model, p->room->x, count, p->room->x);
		TRY(run_room(p, count, first, outputs + first * p->model->outputs, err));
	}
	return GF_OK;
}

static gf_status add_offsets(
	const struct gf_predictor *p, const gf_arrays *rows, float *outputs, gf_error *err)
{
	const size_t K = p->model->outputs;
	struct strided offset;
	float own;

	TRY(strided_of(&offset, "offset", rows->offset, &rows->offset_layout, rows->rows, 1, err));
	for (size_t i = 0; i < rows->rows; i++) {
		TRY(strided_copy(&offset, i, 1, &own, err));
		offset_add(&own, 1, K, outputs + i * K);
	}
	return GF_OK;
}

gf_status gf_predictor_run(
	gf_predictor *predictor, const gf_arrays *rows, float *outputs, gf_error *err)
{
	struct strided x;

	error_clear(err);
	if (ERROR_NULL(predictor, err) || ERROR_NULL(rows, err) || ERROR_NULL(outputs, err))
		return GF_E_USAGE;
	TRY(check_rows(predictor->model, rows, err));
	TRY(strided_of(&x, "x", rows->x, &rows->x_layout, rows->rows, rows->features, err));
	TRY(need_room(predictor, rows->rows, err));
	TRY(run(predictor, &x, outputs, err));
	return rows->offset ? add_offsets(predictor, rows, outputs, err) : GF_OK;
}
