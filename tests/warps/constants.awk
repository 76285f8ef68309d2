# constants.awk: what an H100 SXM can do, for model.awk.
BEGIN {
	# "NVIDIA H100 Tensor Core GPU" data sheet and white paper: SXM5 has 132 multiprocessors, 3.35 TB/s.
	UNITS = 132; CLOCK_MHZ = 1755
	PEAK_BYTES = 3.35e12 / (UNITS * CLOCK_MHZ * 1e6)	# a clock of a multiprocessor: 14.5
	# CUDA C++ Programming Guide, compute capability 9.0.
	SM_REGISTERS = 65536; SM_SHARED = 228 * 1024; SM_WARPS = 64; SM_GROUPS = 32
	GROUP_SHARED = 1024	# that the system takes of each work-group
	# Estimates.
	DRAM_BYTES = 0.92 * PEAK_BYTES
	L2_BYTES = 5.5e12 / (UNITS * CLOCK_MHZ * 1e6)
	IPC = 2.5	# of 4
	DRAM_CLK = 700; L2_CLK = 270; L1_CLK = 35; LOCAL_CLK = 30
	GAP_CLK = 2
	LAUNCH_CLK = 2.5 * CLOCK_MHZ
}
