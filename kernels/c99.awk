# Makes a C array of the functions, types and constants of kernel files as plain C99, each with the comment before it, for
# host/model/export_c.c.  REAL is float here, and division is the processor's own, which is correctly rounded.
BEGIN {
	becomes["REAL"] = "float"; becomes["INT"] = "int32_t"; becomes["uint"] = "uint32_t"
	becomes["AS_REAL"] = "as_float"; becomes["AS_INT"] = "as_int"; becomes["AS_UINT"] = "as_uint"
	becomes["TO_REAL"] = "(float)"
	becomes["fma"] = "fmaf"; becomes["fabs"] = "fabsf"; becomes["copysign"] = "copysignf"; becomes["sqrt"] = "sqrtf"
	print "#include \"export.h\"\n\nconst struct c_function c_functions[] = {"
}

# "ALL(0.5f)" becomes "0.5f", and each word what it is in C99, which c99.h is already.
function translate(line, done) {
	if (FILENAME ~ /\.h$/)
		return line
	while (match(line, /ALL\([^()]*\)/))
		line = substr(line, 1, RSTART - 1) substr(line, RSTART + 4, RLENGTH - 5) substr(line, RSTART + RLENGTH)
	while (match(line, /[A-Za-z0-9_]+/)) {
		word = substr(line, RSTART, RLENGTH)
		done = done substr(line, 1, RSTART - 1) (word in becomes ? becomes[word] : word)
		line = substr(line, RSTART + RLENGTH)
	}
	return done line
}

function quote(text) {
	gsub(/\\/, "\\\\\\\\", text)
	gsub(/"/, "\\\"", text)
	gsub(/\n/, "\\n\"\n\t \"", text)
	return "\"" text "\""
}

function finish() {
	printf "\t{\"%s\",\n\t %s},\n", name, quote(block)
	block = comment = name = ""
}

/^#ifdef CORRECTLY_ROUNDED/ { chosen = 1; next }
/^#else/ && chosen { skipped = 1; next }
/^#endif/ && chosen { chosen = skipped = 0; next }
skipped { next }

name == "" && /^#define [A-Z0-9_]+ / {
	name = $2
	block = translate($1 " " $2 " " $3) "\n"
	finish()
	next
}
name == "" && /^static|^struct/ {
	name = $0
	sub(/ *\{$/, "", name)
	if (name ~ /^static/) {
		sub(/\(.*/, "", name)
		sub(/.* /, "", name)
	}
	block = comment
}
name != "" {
	block = block translate($0) "\n"
	if (/^};?$/)
		finish()
	next
}
/^$/ { comment = ""; next }
{ comment = comment translate($0) "\n" }

END { print "};\n\nconst size_t c_function_count = sizeof c_functions / sizeof *c_functions;" }
