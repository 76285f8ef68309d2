# model.awk: reads the shapes of an H100 (shapes list) and the counts of each (folder/NUMBER.counts); prints a line a shape, and
# the source lines that lose most.
BEGIN {
	FS = "\t"
	# A streaming multiprocessor of an H100: CUDA C++ Programming Guide, compute capability 9.0.
	SM_REGISTERS = 65536; SM_SHARED = 228 * 1024; SM_WARPS = 64; SM_GROUPS = 32
	GROUP_SHARED = 1024	# that the system takes of each work-group
	printf "%5s %2s %-13s %-6s %11s | %-23s | %5s %6s | %4s %6s %4s | %s\n", "", "", "", "", "", "efficiency of", "", "", "", "", "", ""
	printf "%5s %2s %-13s %-6s %11s | %5s %5s %5s %5s | %5s %6s | %4s %6s %4s | %s\n", "D", "K", "loss", "x", "groups", \
		"load", "store", "local", "store", "lanes", "i/row", "regs", "local", "gr/SM", "launches"
}

function up(a, b) { return int((a + b - 1) / b) }
function down(a, b) { return int(a / b) }
function least(a, b) { return a < b ? a : b }
function ratio(a, b) { return b ? sprintf("%.2f", a / b) : "-" }

# Work-groups of `items` with so many registers a work-item and bytes of local memory that are on a multiprocessor at once.
function resident(items, registers, bytes,  warps, n) {
	warps = up(items, 32)
	n = least(SM_GROUPS, down(SM_WARPS, warps))
	n = least(n, down(SM_REGISTERS, warps * 256 * up(registers * 32, 256)))
	return least(n, down(SM_SHARED, bytes + GROUP_SHARED))
}

# Reads the counts of a shape; those of `gradient` are for one work-group.
function read_counts(file,  line, f, n) {
	delete launch; delete units; delete ideal; delete requests; delete lanes
	while ((getline line <file) > 0) {
		n = split(line, f, " ")
		if (f[1] == "launch")
			items[f[2]] = f[4]
		else if (f[1] == "kernel") {
			groups_run[f[2]] = f[3]; warps_run[f[2]] = f[4]; slots[f[2]] = f[5]; lane_slots[f[2]] = f[6]
		} else if (f[1] == "access") {
			requests[f[2], f[3]] += f[5]; lanes[f[2], f[3]] += f[6]; units[f[2], f[3]] += f[8]; ideal[f[2], f[3]] += f[9]
			if (f[8] > f[9])
				lose(sprintf("%-8s %-12s %-20s", f[2], f[3], f[4]), D, f[8] - f[9], f[8])
		} else if (f[1] == "ptxas") {
			registers[f[2]] = f[3]; bytes[f[2]] = f[4]
		}
	}
	close(file)
}

# Remembers that a source line takes `units` sectors or wavefronts, `more` of them without need.
function lose(line, D, more, units) {
	if (!((line, D) in lost_at))
		lost[line] = lost[line] sprintf(" D=%d %.0f%%", D, 100 * more / units)
	lost_at[line, D] = 1
}

function efficiency(kind) { return ratio(ideal["gradient", kind], units["gradient", kind]) }

{
	D = $2
	read_counts(folder "/" $1 ".counts")
	launches = 2 + ($9 == "-" ? 0 : split($9, folds, ","))
	rows = groups_run["gradient"] * $7 * 64
	printf "%5d %2d %-13s %-6s %6d x%4d | %5s %5s %5s %5s | %5.1f %6.1f | %4d %6d %4d | %d\n", $2, $3, $4, \
		($5 >= 2 ^ 30 ? "1 GiB" : "64 MiB"), $8, $7, efficiency("global-load"), efficiency("global-store"), \
		efficiency("local-load"), efficiency("local-store"), lane_slots["gradient"] / slots["gradient"], \
		slots["gradient"] / rows, registers["gradient"], bytes["gradient"], \
		resident(items["gradient"], registers["gradient"], bytes["gradient"]), launches
}

END {
	print "\nSource lines that take more sectors or wavefronts than their bytes need, and that share of theirs:"
	for (line in lost)
		print "  " line lost[line] | "sort"
}
