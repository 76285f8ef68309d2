/*
 * fixture_files.h: data sets and models that went through a file, in the current folder
 * (scratch.h).
 *
 * A function that cannot do what it says fails the test.
 */
#ifndef GF_FIXTURE_FILES_H
#define GF_FIXTURE_FILES_H

#include "basics.h"

/* The file of the text that was read last. */
#define CSV "data.csv"

/* The defaults but for these. */
gf_read_options options_with(gf_loss loss, const char *one_hot, gf_missing missing);

/* For data that the model predicts. */
gf_read_options options_for(const gf_model *model);

/* Reads the text from CSV, which it writes. */
gf_dataset *read_text(const char *text, const gf_read_options *options);
void assert_text_refused(
	const char *text, const gf_read_options *options, gf_status status, const char *message);

/* Saves the model, frees it, and loads it again. */
gf_model *save_and_load(gf_model *model);

gf_model *load_model(const char *path);

/* Loads the model and frees it: a read_file of damage.h. */
gf_status read_model(const char *path, gf_error *err);

void free_both(gf_dataset *data, gf_model *model);

/* A model that knows data's columns, all its parameters 0, saved and loaded. */
gf_model *loaded_model(const gf_dataset *data, gf_loss loss);

/* Compares all numbers to the bit, and names, classes and the rows that are left out. */
void assert_same_data(const gf_dataset *a, const gf_dataset *b);

#endif
