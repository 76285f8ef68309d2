#ifndef TMP_ACTIVATION_CL
#define TMP_ACTIVATION_CL
#include "math.cl"
#ifndef ACTIVATION
#define ACTIVATION relu
#endif
struct activated { REAL value, slope; };
#define activation JOIN(ACTIVATION, _activation)
static struct activated relu_activation(REAL z, float none)
{
	const struct activated to = {select(z, ALL(0.0f), z < 0.0f), select(ALL(1.0f), ALL(0.0f), z <= 0.0f)};
	return to;
}
static struct activated tanh_activation(REAL z, float none)
{
	const REAL e = real_exp(-2.0f * fabs(z));
	const REAL a = copysign(real_divide(1.0f - e, 1.0f + e), z);
	const struct activated to = {a, fma(-a, a, ALL(1.0f))};
	return to;
}
#endif
