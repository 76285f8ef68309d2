# Makes one C array of the kernel files' lines.  A quoted #include is there for tools that read
# one file alone; here every file is present, so its line is left empty.
BEGIN {
	print "#include \"program.h\"\n\nconst char *const kernel_lines[] = {"
}
FNR == 1 {
	printf "\t\"#line 1 \\\"%s\\\"\\n\",\n", FILENAME
	lines++
}
{
	if ($0 ~ /^#include "/)
		$0 = ""
	gsub(/\\/, "\\\\&")
	gsub(/"/, "\\\"")
	printf "\t\"%s\\n\",\n", $0
	lines++
}
END {
	printf "};\n\nconst unsigned kernel_line_count = %d;\n", lines
}
