# sass.awk: reads NVIDIA's machine code with its source lines (nvdisasm -c -g); prints its blocks, and how many loads are under
# way together.
#
#	block KERNEL NUMBER INSTRUCTIONS
#	loop KERNEL FIRST LAST			the blocks from a label to a branch back to it
#	anchor KERNEL NUMBER KIND FILE:LINE COUNT BYTES
#	waits KERNEL KIND FILE:LINE LOADS
#
# A block is code without branches.  Its anchors are instructions that the plugin counts as well (warps.cpp), by the bytes of a
# lane if they load or store.
#
# A warp takes its instructions in order, and waits where one of them reads, or overwrites, a register that a load has yet to
# fill.  LOADS is the number of loads of that kind of memory that were begun since the wait before.  Of a loop's unrolled form
# and its rest, the one with the most loads counts: most turns are there.  Each loop is taken twice, so that loads for the next turn
# count as well.

/^\/\/-+ \.text\./ { finish(); kernel = $2; sub(/^\.text\./, "", kernel); next }
/^\t\/\/## File/ {
	where = $0
	sub(/^[^"]*"/, "", where); line = where; sub(/".*/, "", where); sub(/.*\//, "", where)
	sub(/^[^,]*, line /, "", line); sub(/[^0-9].*/, "", line)
	where = where ":" line
	next
}
/^\.L_x_[0-9]+:/ { label = $1; sub(/:.*/, "", label); at[label] = count; next }
/^ +\/\*[0-9a-f]+\*\// {
	text = $0
	sub(/^ +\/\*[0-9a-f]+\*\/ +/, "", text); sub(/^@!?U?P[0-9T]+ +/, "", text)
	code[count] = text; place[count] = where; count++
}
END { finish() }

function width(operation) { return operation ~ /\.128/ ? 16 : operation ~ /\.64/ ? 8 : 4 }

# Loads of that kind are under way no longer: they were a round.
function wait(kind,  r, load, register) {
	for (load in begun)
		if (split(begun[load], r, " ") && r[1] == kind) {
			if (loads[kind] > most[kind, r[2]])
				most[kind, r[2]] = loads[kind]
			delete begun[load]
		}
	for (register in pending)
		if (pending[register] == kind)
			delete pending[register]
	loads[kind] = 0
}

# The instruction reads or writes `many` registers from `register` on.
function touch(register, many,  i) {
	for (i = register; i < register + many; i++)
		if (i in pending)
			wait(pending[i])
}

function load(kind, register, many, i,  r) {
	begun[++number] = kind " " place[i]
	loads[kind]++
	for (r = register; r < register + many; r++)
		pending[r] = kind
}

# Takes instruction i; returns the next one.
function take(i,  n, token, operation, t, kind, many, first, wide) {
	n = split(code[i], token, /[] ,;[.|+~!()`-]+/)
	operation = code[i]; sub(/ .*/, "", operation)
	kind = operation ~ /^LDG/ ? "global-load" : operation ~ /^LDS/ ? "local-load" : ""
	many = operation ~ /^(LD|ST)/ ? width(operation) / 4 : 1
	wide = operation ~ /\.WIDE/
	for (t = 2; t <= n; t++)
		if (token[t] ~ /^R[0-9]+$/)
			touch(substr(token[t], 2) + 0, \
				token[t + 1] == "64" || wide ? 2 : operation ~ /^ST/ && t > 2 ? many : 1)
	if (kind != "") {
		first = code[i]; sub(/^[^ ]+ +/, "", first); sub(/^P[0-9T]+, /, "", first); sub(/[^R0-9].*/, "", first)
		if (first ~ /^R[0-9]+$/)
			load(kind, substr(first, 2) + 0, many, i)
	}
	t = back_to(i)
	if (t != "" && !(i in taken)) {
		taken[i] = 1
		return t
	}
	return i + 1
}

function kind_of(operation) {
	return operation ~ /^LDG/ ? "global-load" : operation ~ /^STG/ ? "global-store" : operation ~ /^LDS/ ? "local-load" : \
		operation ~ /^STS/ ? "local-store" : operation ~ /^FFMA/ ? "fma" : operation ~ /^FADD/ ? "add" : \
		operation ~ /^FMUL/ ? "mul" : ""
}

function print_block(  k, part) {
	if (instructions) {
		print "block", kernel, ++blocks, instructions
		for (k in anchors) {
			split(k, part, SUBSEP)
			print "anchor", kernel, blocks, part[1], part[2], anchors[k], part[3]
		}
	}
	instructions = 0
	delete anchors
}

# Returns the place that instruction i branches back to, or "".
function back_to(i,  to) {
	if (code[i] !~ /^BRA/ || !match(code[i], /\.L_x_[0-9]+/))
		return ""
	to = substr(code[i], RSTART, RLENGTH)
	return to in at && at[to] <= i ? at[to] : ""
}

function print_blocks(  i, operation, kind, label, from) {
	blocks = 0
	for (label in at)
		entered[at[label]] = 1
	for (i = 0; i < count; i++) {
		if (i in entered)
			print_block()
		block_of[i] = blocks + 1
		from = back_to(i)
		if (from != "" && from < i)
			print "loop", kernel, block_of[from], block_of[i]
		operation = code[i]; sub(/ .*/, "", operation)
		instructions += operation !~ /^NOP/
		kind = kind_of(operation)
		if (kind != "")
			anchors[kind, place[i], width(operation)]++
		if (operation ~ /^(BRA|EXIT|CALL)/)
			print_block()
	}
	print_block()
	delete entered; delete block_of
}

function finish(  i, k, part) {
	for (i = 0; i < count; i = take(i))
		;
	wait("global-load"); wait("local-load")
	for (k in most) {
		split(k, part, SUBSEP)
		print "waits", kernel, part[1], part[2], most[k]
	}
	print_blocks()
	count = 0
	delete at; delete code; delete place; delete taken; delete most
}
