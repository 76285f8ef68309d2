# Makes one C array of the lines of kernel files and of all that they include: a file comes once,
# after those that it includes, whose #include lines are left empty.
function embed(path, folder, line, count, i, lines, name) {
	if (path in embedded)
		return
	embedded[path] = 1
	folder = path
	sub(/[^\/]*$/, "", folder)
	while ((getline line < path) > 0) {
		if (line ~ /^#include "/) {
			split(line, name, "\"")
			embed(folder name[2])
			line = ""
		}
		lines[++count] = line
	}
	close(path)
	print_line("#line 1 \"" path "\"")
	for (i = 1; i <= count; i++)
		print_line(lines[i])
}

function print_line(line) {
	gsub(/\\/, "\\\\\\\\", line)
	gsub(/"/, "\\\"", line)
	printf "\t\"%s\\n\",\n", line
	printed++
}

BEGIN {
	print "#include \"program.h\"\n\nconst char *const kernel_lines[] = {"
	for (i = 1; i < ARGC; i++)
		embed(ARGV[i])
	printf "};\n\nconst unsigned kernel_line_count = %d;\n", printed
	exit
}
