/*
 * driver_notes.c: what keeps devices out of the list: a platform that fails, or a GPU that has no
 * OpenCL driver here.
 *
 * A GPU is known by its node in /dev, and by its vendor in /sys.  The loader finds drivers by the
 * files of /etc/OpenCL/vendors, each of which has the name of a driver's library in its line.
 */
#define _GNU_SOURCE /* GLOB_BRACE */
#include "driver_notes.h"
#include "text.h"

#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 512, LINE_ROOM = 256 };

/* ---- the vendors ---- */

struct vendor {
	unsigned id; /* PCI's number, which CL_DEVICE_VENDOR_ID returns too */
	const char *name;
	const char *library;  /* of the driver */
	const char *icd;      /* a file of that name has its line */
	const char *packages; /* that have the driver */
};

static const struct vendor VENDORS[] = {
	{0x10de, "NVIDIA", "libnvidia-opencl.so.1", "nvidia.icd",
		"in Debian nvidia-opencl-icd, in Ubuntu the libnvidia-compute of the driver's "
		"version; a container gets it from the host where NVIDIA_DRIVER_CAPABILITIES has "
		"compute"},
	{0x1002, "AMD", "libamdocl64.so", "amdocl64.icd",
		"ROCm's rocm-opencl-runtime or, in Debian and Ubuntu, mesa-opencl-icd, which "
		"RUSTICL_ENABLE=radeonsi turns on"},
	{0x8086, "Intel", "libigdrcl.so", "intel.icd", "in Debian and Ubuntu intel-opencl-icd"},
};

enum { VENDOR_COUNT = sizeof VENDORS / sizeof *VENDORS };

/* ---- files ---- */

/* Returns 1 if the pattern, below root, matches a file, whose path is then in path. */
static int find_file(const char *root, const char *pattern, char path[PATH_ROOM])
{
	char whole[PATH_ROOM];
	glob_t found;
	int any;

	snprintf(whole, sizeof whole, "%s%s", root, pattern);
	if (glob(whole, GLOB_BRACE, NULL, &found))
		return 0;
	any = found.gl_pathc > 0;
	if (any)
		snprintf(path, PATH_ROOM, "%s", found.gl_pathv[0]);
	globfree(&found);
	return any;
}

/* Reads the first line of the file; "" where it has none. */
static void read_line(const char *path, char line[LINE_ROOM])
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(line, LINE_ROOM, file))
		line[0] = '\0';
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
}

/* Finds the node of a GPU of that vendor below root/dev. */
static int find_node(const char *root, const struct vendor *vendor, char node[PATH_ROOM])
{
	char path[PATH_ROOM], line[LINE_ROOM];

	if (vendor->id == 0x10de)
		return find_file(root, "/dev/nvidia[0-9]*", node);
	for (int i = 128; i < 192; i++) {
		snprintf(path, sizeof path, "%s/sys/class/drm/renderD%d/device/vendor", root, i);
		read_line(path, line);
		snprintf(node, PATH_ROOM, "%s/dev/dri/renderD%d", root, i);
		if (strtoul(line, NULL, 16) == vendor->id && access(node, F_OK) == 0)
			return 1;
	}
	return 0;
}

static int has_library(const char *root, const struct vendor *vendor)
{
	char pattern[PATH_ROOM], path[PATH_ROOM];

	snprintf(pattern, sizeof pattern,
		"{/usr/lib,/usr/lib64,/usr/lib/*-linux-gnu,/usr/lib/*-linux-gnu/nvidia/current,"
		"/usr/lib/*-linux-gnu/intel-opencl,/usr/local/nvidia/lib64,/opt/rocm*/lib,"
		"/opt/amdgpu*/lib/*}/%s",
		vendor->library);
	return find_file(root, pattern, path);
}

/* Returns 1 if a file of the loader has the library in its line, with a folder or without. */
static int has_line(const char *root, const struct vendor *vendor)
{
	char pattern[PATH_ROOM], line[LINE_ROOM];
	glob_t found;
	int any = 0;

	snprintf(pattern, sizeof pattern, "%s/etc/OpenCL/vendors/*.icd", root);
	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		read_line(found.gl_pathv[i], line);
		any |= strstr(line, vendor->library) != NULL;
	}
	globfree(&found);
	return any;
}

/* ---- notes ---- */

void notes_add(struct notes *notes, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (notes->used < notes->room)
		notes->used += (size_t)snprintf(notes->text + notes->used,
			notes->room - notes->used, "%s%s", notes->count ? "\n" : "", text);
	notes->count++;
}

static void note_vendor(struct notes *notes, const char *root, const struct vendor *vendor)
{
	char node[PATH_ROOM];
	const char *shown = node + strlen(root);

	if (!find_node(root, vendor, node))
		return;
	if (access(node, R_OK | W_OK) != 0)
		notes_add(notes,
			"%s is a GPU of %s, which you may not open: sudo usermod -aG render,video "
			"$USER, and log in again",
			shown, vendor->name);
	else if (!has_library(root, vendor))
		notes_add(notes, "%s is a GPU of %s, whose OpenCL driver is not found: it is %s",
			shown, vendor->name, vendor->packages);
	else if (!has_line(root, vendor))
		notes_add(notes,
			"%s is a GPU of %s, and its OpenCL driver is installed, but the loader is "
			"not told: echo %s | sudo tee /etc/OpenCL/vendors/%s",
			shown, vendor->name, vendor->library, vendor->icd);
	else
		notes_add(notes,
			"%s is a GPU of %s, and its OpenCL driver is installed, but shows no "
			"device; often the driver is of another version than the kernel's module",
			shown, vendor->name);
}

void notes_add_drivers(struct notes *notes, const char *root, const unsigned *vendors, size_t count)
{
	for (size_t v = 0; v < VENDOR_COUNT; v++) {
		size_t i = 0;

		while (i < count && vendors[i] != VENDORS[v].id)
			i++;
		if (i == count)
			note_vendor(notes, root, &VENDORS[v]);
	}
}
