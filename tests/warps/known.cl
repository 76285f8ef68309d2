/*
 * known.cl: accesses of a warp whose cost is known; tests/gpu-report runs it first, to see that the
 * plugin counts right.
 *
 *	x (1024), v (256)	in, out
 *	out (32)	out
 *
 * Launch: two work-groups of 32 work-items.  After an access stands what the plugin must count for
 * both of them, in the words of warps.cpp: KIND REQUESTS LANES LANE_BYTES UNITS IDEAL LINES DRAM
 * L2; after arithmetic how often it is executed.  volatile keeps the compiler from leaving an
 * access out.
 */
__kernel void known(volatile __global float *x, volatile __global float4 *v,
	__global float *out)
{
	volatile __local float t[32 * 32];
	volatile __local float4 u[64];
	const uint i = get_local_id(0);
	float sum = 0.0f, product = 1.0f;
	uint k;

	/* side by side: 128 bytes; the second work-group finds them in L2 */
	sum += x[i]; // global-load 2 64 256 8 8 2 1 1
	/* again: in L1 */
	sum += x[i]; // global-load 2 64 256 8 8 2 0 0
	/* every second one: 8 sectors for 128 bytes, of which the second half is new */
	sum += x[2 * i]; // global-load 2 64 256 16 8 4 1 1
	/* rows of 7: 28 sectors, in 7 lines */
	sum += x[7 * i]; // global-load 2 64 256 56 8 14 1 1
	/* one off: a sector more, in 2 lines, all of it known by now */
	sum += x[i + 1]; // global-load 2 64 256 10 8 4 0 0
	/* one for all */
	sum += x[1000]; // global-load 2 64 256 2 2 2 1 1
	/* 16 bytes a lane: 512 */
	sum += v[i].x; // global-load 2 64 1024 32 32 8 1 1
	/* half of the lanes */
	if (i < 16)
		x[i] = sum; // global-store 2 32 128 4 4 2 0 0
	/* what was written since comes from L2 */
	sum += x[i]; // global-load 2 64 256 8 8 2 0 2

	t[i] = sum; // local-store 2 64 256 2 2 0 0 0
	/* every second one: two words in each of 16 banks */
	sum += t[2 * i]; // local-load 2 64 256 4 2 0 0 0
	/* a pitch of 17 spreads a column over all banks; one of 32 leaves it in one */
	sum += t[17 * i]; // local-load 2 64 256 2 2 0 0 0
	sum += t[32 * i]; // local-load 2 64 256 64 2 0 0 0
	/* one for all */
	sum += t[5]; // local-load 2 64 256 2 2 0 0 0
	/* 16 bytes a lane, 8 lanes at a time: 4 wavefronts; every second one: 8 */
	u[i] = (float4)(sum); // local-store 2 64 1024 8 8 0 0 0
	sum += u[2 * i].y; // local-load 2 64 1024 16 8 0 0 0

	/* lane k takes k turns: 31 of the warp, of 496 lanes */
	for (k = 0; k < i; k++)
		sum += t[k]; // local-load 62 992 3968 62 62 0 0 0
	/* 12 turns of all lanes */
	for (k = 0; k < 12; k++)
		product = fma(product, sum, 1.0f); // fma 24
	out[i] = sum * product; // global-store 2 64 256 8 8 2 0 0
}
