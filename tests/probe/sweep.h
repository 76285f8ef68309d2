/* sweep.h: constants of the kernels that a measurement changes before they are built. */
#ifndef GF_SWEEP_H
#define GF_SWEEP_H

/* From now on programs are built with this value in the place of what "#define NAME " says in the
 * kernels; name NULL: as they are.  The linker routes clCreateProgramWithSource to knob.c. */
void knob_set(const char *name, const char *value);

/* Returns whether the kernels have such a constant, and use it. */
int knob_exists(const char *name);

#endif
