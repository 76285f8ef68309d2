# documents.bash: runs the commands that README.md and data/recipes.md show.

# blocks LANGUAGE: prints the blocks of that language in $document
blocks() {
	awk -v fence="\`\`\`$1" '/^```/ { on = $0 == fence; next } on' "$document"
}

# Makes a folder with the program and the data, where the documents' commands run.
as_at_root() {
	ln -s "$GPUFIT" gpufit
	ln -s "$root/data" data
}

# Replaces what differs from machine to machine and from run to run.
steady() {
	grep -vE '^(device|engine|epochs|checked|time) ' | sed 's/ *$//'
}

# runs_each COUNT: every command in blocks of sh runs, at least COUNT, and prints no message
runs_each() {
	blocks sh | grep -v apt-get >commands
	[ "$(wc -l <commands)" -ge "$1" ]
	while IFS= read -r command; do
		bash -c "$command" >out 2>err </dev/null || { echo "$command"; cat err; return 1; }
		! grep ^gpufit: err
	done <commands
}

# shows_each COUNT: every command in blocks of console, at least COUNT, prints what the document shows
shows_each() {
	blocks console >shown
	[ "$(grep -c '^\$ ' shown)" -ge "$1" ]
	while IFS= read -r line; do
		[[ $line = '$ '* ]] || continue
		bash -c "${line#'$ '}" >out 2>err </dev/null || true
		{ echo "$line"; cat out; grep ^gpufit: err || true; }
	done <shown >found
	run diff <(steady <shown) <(steady <found)
	same "$output" ""
}
