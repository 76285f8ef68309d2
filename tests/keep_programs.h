#pragma once

/* Options that every build of a program gets beside its own, a blank first; default "". */
extern const char *keep_programs_with;
