# model.awk: predicts an epoch on an H100 from what the plugin counted and from the machine code: README.md has the model.
#
#	awk -v folder=DIR -v floors=FILE -f constants.awk -f model.awk SHAPES
#
# SHAPES is what `shapes list` prints; DIR has NUMBER.counts (warps.cpp) and NUMBER.code (sass.awk, and ptxas's registers) of
# each shape.  Prints a line a shape, and below the source lines that lose most.  Fails if a shape is under its floors; those that it
# would meet are left in DIR/floors.txt.

function up(a, b) { return int((a + b - 1) / b) }
function down(a, b) { return int(a / b) }
function least(a, b) { return a < b ? a : b }
function most_of(a, b) { return a > b ? a : b }

# ---- counts ----

# Remembers that a source line takes `units` sectors or wavefronts, `more` of them without need.
function lose(line, D, more, units) {
	if (more > 0 && !((line, D) in lost_at))
		lost[line] = lost[line] sprintf(" D=%d %.0f%%", D, 100 * more / units)
	lost_at[line, D] = 1
}

function read_access(f,  k) {
	k = f[2] SUBSEP f[3] SUBSEP f[4]
	requests[k] = f[5]; lane_bytes[k] = f[7] / f[6]; from_dram[k] = f[11]; from_l2[k] = f[12]
	dynamic[k] = f[5]
	units[f[2], f[3]] += f[8]; ideal[f[2], f[3]] += f[9]
	wavefronts[f[2]] += f[3] ~ /^local/ ? f[8] : f[10]
	lose(sprintf("%-8s %-12s %-20s", f[2], f[3], f[4]), D, f[8] - f[9], f[8])
}

function read_line(f) {
	if (f[1] == "launch") {
		items[f[2]] = f[4]; times[f[2]] += f[5]
	}
	if (f[1] == "kernel") {
		groups_run[f[2]] = f[3]; warps_run[f[2]] = f[4]; executed[f[2]] = f[5]; lanes[f[2]] = f[6]
		dram_sectors[f[2]] = f[7]; l2_sectors[f[2]] = f[8]
	} else if (f[1] == "access")
		read_access(f)
	else if (f[1] == "float")
		dynamic[f[2], f[3], f[4]] += f[5]
	else if (f[1] == "ptxas") {
		registers[f[2]] = f[3]; bytes[f[2]] = f[4]
	} else if (f[1] == "block")
		instructions[f[2], f[3]] = f[4]
	else if (f[1] == "loop")
		loops[f[2], f[3], f[4]] = 1
	else if (f[1] == "anchor")
		anchor[f[2], f[3], f[4], f[5], f[7]] = f[6]
	else if (f[1] == "waits")
		together[f[2], f[3], f[4]] = f[5]
}

function read_file(file,  line, f) {
	while ((getline line <file) > 0) {
		split(line, f, " ")
		read_line(f)
	}
	close(file)
}

function forget() {
	delete items; delete times; delete groups_run; delete dynamic; delete requests; delete units; delete ideal
	delete wavefronts
	delete registers; delete bytes; delete instructions; delete anchor; delete together; delete lane_bytes
	delete from_dram; delete from_l2; delete loops
}

# ---- instructions: how often each block runs ----

# Of the blocks that have a kind of anchor of a line, the one with the most of them takes all: it is the unrolled loop.
function find_best(  k, p) {
	delete best; delete best_count; delete best_bytes
	for (k in anchor) {
		split(k, p, SUBSEP)
		if ((p[1], p[3], p[4]) in dynamic && anchor[k] > best_count[p[1], p[3], p[4]]) {
			best[p[1], p[3], p[4]] = p[2]
			best_count[p[1], p[3], p[4]] = anchor[k]
			best_bytes[p[1], p[3], p[4]] = p[5]
		}
	}
}

# The compiler may make one access of several narrower ones, whose lines are near: what the plugin counted at the others counts
# at that line.
function merge_lines(  k, p, at, step, to) {
	for (k in requests) {
		split(k, p, SUBSEP)
		split(p[3], at, ":")
		for (step = -8; step <= 8 && !(k in best); step++) {
			to = p[1] SUBSEP p[2] SUBSEP at[1] ":" (at[2] + step)
			if (to in best && best_bytes[to] > lane_bytes[k]) {
				dynamic[to] += dynamic[k] * lane_bytes[k] / lane_bytes[to]
				delete dynamic[k]
				break
			}
		}
	}
}

# Returns the part of what the plugin counted in `gradient` that its machine code has at the same source lines.
function placed(  k, p, all, found) {
	for (k in dynamic)
		if (split(k, p, SUBSEP) && p[1] == "gradient") {
			all += dynamic[k]
			found += k in best ? dynamic[k] : 0
		}
	return found / all
}

# An anchor that the plugin has not seen never ran, and neither did a block most of whose anchors another block takes: it is the
# rest of an unrolled loop.
function run_blocks(  k, p, wanted, found, has, n) {
	find_best()
	merge_lines()
	delete runs
	for (k in anchor) {
		split(k, p, SUBSEP)
		runs[p[1], p[2]] = 0
		has[p[1], p[2]] += anchor[k]
	}
	for (k in best) {
		split(k, p, SUBSEP)
		n = dynamic[k] * (k in lane_bytes ? lane_bytes[k] / best_bytes[k] : 1)
		wanted[p[1], best[k]] += n
		found[p[1], best[k]] += best_count[k]
	}
	for (k in wanted)
		runs[k] = 2 * found[k] > has[k] ? wanted[k] / found[k] : 0
	find_loops()
}

# Sets inner[kernel, block] to the innermost loop around each block, "" where there is none, and length_of of each loop.
function find_loops(  k, p, b) {
	delete inner; delete length_of
	for (k in loops) {
		split(k, p, SUBSEP)
		length_of[k] = p[3] - p[2]
		for (b = p[2]; b <= p[3]; b++)
			if (!((p[1], b) in inner) || length_of[k] < length_of[inner[p[1], b]])
				inner[p[1], b] = k
	}
}

# How often a block without anchors runs: as often as the rarest block with anchors that runs in the same innermost loop; where
# none is in that loop itself, the rarest in loops within it; outside of loops once for each warp.
function runs_without(kernel, b,  loop, p, i, in_loop, within) {
	loop = inner[kernel, b]
	if (loop == "")
		return warps_run[kernel]
	split(loop, p, SUBSEP)
	for (i = p[2]; i <= p[3]; i++)
		if ((kernel, i) in runs && runs[kernel, i] > 0) {
			within = within ? least(within, runs[kernel, i]) : runs[kernel, i]
			if (inner[kernel, i] == loop)
				in_loop = in_loop ? least(in_loop, runs[kernel, i]) : runs[kernel, i]
		}
	return in_loop ? in_loop : within ? within : warps_run[kernel]
}

# Instructions that the warps of a kernel issue, all together.
function issued(kernel,  b, sum) {
	for (b = 1; (kernel, b) in instructions; b++)
		sum += instructions[kernel, b] * ((kernel, b) in runs ? runs[kernel, b] : runs_without(kernel, b))
	return sum
}

# ---- time ----

# Clocks that a warp waits for loads and issues instructions, if it is alone.
function lone_warp(kernel, slots,  k, p, sum, scale, latency) {
	for (k in requests) {
		split(k, p, SUBSEP)
		if (p[1] != kernel || p[2] !~ /load/)
			continue
		if (p[2] == "local-load")
			latency = LOCAL_CLK * requests[k]
		else
			latency = (kernel == "gradient" ? DRAM_CLK : L2_CLK) * from_dram[k] + L2_CLK * from_l2[k] + \
				L1_CLK * (requests[k] - from_dram[k] - from_l2[k])
		scale = best_bytes[k] ? lane_bytes[k] / best_bytes[k] : 1
		sum += latency * scale / most_of(1, together[k])
	}
	return sum / warps_run[kernel] + GAP_CLK * slots / warps_run[kernel]
}

# Work-groups of `items` with so many registers a work-item and bytes of local memory that are on a multiprocessor at once.
function resident(items, registers, bytes,  warps, n) {
	warps = up(items, 32)
	n = least(SM_GROUPS, down(SM_WARPS, warps))
	n = least(n, down(SM_REGISTERS, warps * 256 * up(registers * 32, 256)))
	return least(n, down(SM_SHARED, bytes + GROUP_SHARED))
}

# Clocks of a pass over `groups` work-groups.  Sets bound, and the bytes a clock that each limit allows a multiprocessor.
function pass_clocks(groups,  k, n, slots, at_once, group_bytes, warp, limit, name, worst) {
	k = "gradient"; n = groups_run[k]
	slots = issued(k); slots_group = slots / n
	at_once = resident(items[k], registers[k], bytes[k])
	warp = lone_warp(k, slots)
	limit["DRAM"] = 32 * dram_sectors[k] / n / DRAM_BYTES
	limit["L2"] = 32 * (l2_sectors[k] + units[k, "global-store"]) / n / L2_BYTES
	limit["issue"] = slots_group / IPC
	limit["LSU"] = wavefronts[k] / n
	limit["latency"] = warp / least(at_once, most_of(1, groups / UNITS))
	for (name in limit) {
		rate[name] = x_bytes / groups / limit[name]
		if (limit[name] > worst) {
			worst = limit[name]; bound = name
		}
	}
	return most_of(worst * groups / UNITS, warp)
}

# Clocks of all launches' starts, and of the kernels after the pass: each waits for the one before.  The step that was counted
# had two levels of sums over nodes; those of them that no `fold` took are in `update`.
function tail_clocks(passes, folds,  level, n) {
	n = (folds == "-" ? 0 : split(folds, level, ",")) - (2 - times["fold"])
	n = most_of(n, 0)
	return LAUNCH_CLK * (passes + n + 1) + lone_warp("update", issued("update")) + \
		(n ? n * lone_warp("fold", issued("fold")) : 0)
}

# ---- floors ----

function read_floors(file,  line, f) {
	while ((getline line <file) > 0)
		if (line !~ /^#/ && split(line, f, " ") == 9)
			floor_of[f[1], f[2], f[3], f[4]] = f[5] " " f[6] " " f[7] " " f[8] " " f[9]
	close(file)
}

# Compares what was found of a shape with its floors, and writes floors that it would just meet to folder/floors.txt.
function check(name, found,  key, f, at, word, i) {
	split(name, key, " "); split(found, f, " ")
	split("global loads|global stores|local loads|local stores|share of the bandwidth", word, "|")
	if (split(floor_of[key[1], key[2], key[3], key[4]], at, " ") != 5)
		complaints = complaints sprintf("gpu-report: %s has no floors\n", name)
	for (i = 1; i in at; i++)
		if (f[i] < at[i])
			complaints = complaints sprintf("gpu-report: %s: %s: %.2f is under the floor, %.2f\n", name, word[i], \
				f[i], at[i])
	printf "%-24s  %.2f %.2f %.2f %.2f  %.2f\n", name, f[1] - 0.01, f[2] - 0.01, f[3] - 0.01, f[4] - 0.01, f[5] - 0.02 \
		>(folder "/floors.txt")
}

# ---- the report ----

function efficiency(kind) { return units["gradient", kind] ? ideal["gradient", kind] / units["gradient", kind] : 1 }

function heading() {
	printf "%4s %2s %-13s %-6s %11s | %5s %5s %5s %5s %5s | %6s %4s %6s %4s | %5s %5s %5s %5s | %-7s %6s %6s %5s\n", \
		"D", "K", "loss", "x", "groups", "load", "store", "local", "store", "lanes", "i/row", "regs", "local", \
		"gr/SM", "lat", "issue", "LSU", "L2", "bound", "us", "tail", "share"
}

BEGIN { FS = "\t"; read_floors(floors); heading() }

{
	D = $2; x_bytes = $6 * ($2 + ($4 == "cross_entropy" ? 1 : $3)) * 4
	forget()
	read_file(folder "/" $1 ".counts")
	read_file(folder "/" $1 ".code")
	run_blocks()
	if (placed() < 0.9)
		complaints = complaints sprintf("gpu-report: shape %d: %.0f %% of the accesses are at source lines of the machine " \
			"code; wanted: 90\n", $1, 100 * placed())
	clocks = pass_clocks($8)
	tail = tail_clocks($9, $10)
	share = x_bytes / (PEAK_BYTES * UNITS) / (clocks + tail)
	size = $5 >= 2 ^ 30 ? "1 GiB" : "64 MiB"
	found = efficiency("global-load") " " efficiency("global-store") " " \
		efficiency("local-load") " " efficiency("local-store")
	split(found, f, " ")
	printf "%4d %2d %-13s %-6s %6d x%3d | %5.2f %5.2f %5.2f %5.2f %5.1f | %6.1f %4d %6d %4d | %5.1f %5.1f %5.1f %5.1f " \
		"| %-7s %6.0f %6.1f %5.2f\n", \
		$2, $3, $4, size, $8, $7, f[1], f[2], f[3], f[4], lanes["gradient"] / executed["gradient"], \
		slots_group / ($7 * 64), registers["gradient"], bytes["gradient"], \
		resident(items["gradient"], registers["gradient"], bytes["gradient"]), rate["latency"], rate["issue"], \
		rate["LSU"], rate["L2"], bound, (clocks + tail) / CLOCK_MHZ, tail / CLOCK_MHZ, share
	sub(/ /, "", size)
	check($2 " " $3 " " $4 " " size, found " " share)
}

END {
	print "\nSource lines that take more sectors or wavefronts than their bytes need, and that share of theirs:"
	for (line in lost)
		print "  " line lost[line] | "sort"
	close("sort")
	printf "%s%s", complaints ? "\n" : "", complaints
	exit complaints != ""
}
