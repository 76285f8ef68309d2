# constants.awk: what an H100 SXM can do, for model.awk.
BEGIN {
	# NVIDIA H100 Tensor Core GPU Architecture (white paper), table of the SXM5: 132 multiprocessors.  Data sheet: 3.35 TB/s.
	# The clock is an assumption: it is at most 1980 MHz, and lower under load.
	UNITS = 132
	CLOCK_MHZ = 1755
	PEAK_BYTES = 3.35e12 / (UNITS * CLOCK_MHZ * 1e6)	# of DRAM a clock and multiprocessor: 14.5

	# CUDA C++ Programming Guide, table of compute capability 9.0: registers, shared memory, warps and work-groups of a
	# multiprocessor, and the shared memory that the system takes of each work-group.
	SM_REGISTERS = 65536
	SM_SHARED = 228 * 1024
	SM_WARPS = 64
	SM_GROUPS = 32
	GROUP_SHARED = 1024

	# Estimates, none of them measured on an H100: make gpu-run is what can correct them.
	DRAM_BYTES = 0.92 * PEAK_BYTES	# what copies reach
	L2_BYTES = 5.5e12 / (UNITS * CLOCK_MHZ * 1e6)
	DRAM_CLK = 700		# under load
	L2_CLK = 270
	L1_CLK = 35
	LOCAL_CLK = 30
	IPC = 2.5		# instructions of warps that a multiprocessor issues in a clock, of at most 4
	GAP_CLK = 2		# between two instructions of one warp: 1, or some 4 where the second needs the first
	LAUNCH_CLK = 2.5 * CLOCK_MHZ	# 2 to 3 us from the end of a kernel to the start of the next in the queue
}
