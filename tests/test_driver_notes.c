/* test_driver_notes.c: GPUs in /dev without an OpenCL driver are named with what is missing. */
#include "driver_notes.h"
#include "scratch.h"

enum { NVIDIA = 0x10de, AMD = 0x1002 };

static void write_file(const char *path, const char *text)
{
	char command[256];

	snprintf(command, sizeof command, "mkdir -p \"$(dirname %s)\"", path);
	assert_int_equal(system(command), 0);
	scratch_write(path, text, strlen(text));
}

/* The notes about the folder root, in which the GPUs of one vendor have their driver. */
static const char *notes_of(unsigned vendor)
{
	static char text[2048];
	struct notes notes = {.text = text, .room = sizeof text};

	text[0] = '\0';
	notes_add_drivers(&notes, "root", &vendor, 1);
	return text;
}

static void a_machine_without_a_gpu_has_no_notes(void **state)
{
	(void)state;
	assert_string_equal(notes_of(0), "");
}

static void a_gpu_without_a_driver_names_the_packages(void **state)
{
	(void)state;
	write_file("root/dev/nvidia0", "");
	assert_string_equal(notes_of(0),
		"/dev/nvidia0 is a GPU of NVIDIA, whose OpenCL driver is not found: it is in "
		"Debian nvidia-opencl-icd, in Ubuntu the libnvidia-compute of the driver's "
		"version; a container gets it from the host where NVIDIA_DRIVER_CAPABILITIES has "
		"compute");
	assert_string_equal(notes_of(NVIDIA), "");
	scratch_clear();
}

/* As in containers: the driver comes from the host, but not the loader's file. */
static void a_driver_that_the_loader_does_not_know_gets_its_line(void **state)
{
	(void)state;
	write_file("root/dev/nvidia0", "");
	write_file("root/usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1", "");
	write_file("root/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
	assert_string_equal(notes_of(AMD),
		"/dev/nvidia0 is a GPU of NVIDIA, and its OpenCL driver is installed, but the "
		"loader is not told: echo libnvidia-opencl.so.1 | sudo tee "
		"/etc/OpenCL/vendors/nvidia.icd");
	write_file("root/etc/OpenCL/vendors/nvidia.icd", "libnvidia-opencl.so.1\n");
	assert_string_equal(notes_of(AMD),
		"/dev/nvidia0 is a GPU of NVIDIA, and its OpenCL driver is installed, but shows "
		"no device; often the driver is of another version than the kernel's module");
	scratch_clear();
}

static void render_nodes_are_told_apart_by_their_vendor(void **state)
{
	(void)state;
	write_file("root/dev/dri/renderD128", "");
	write_file("root/dev/dri/renderD129", "");
	write_file("root/sys/class/drm/renderD128/device/vendor", "0x8086\n");
	write_file("root/sys/class/drm/renderD129/device/vendor", "0x1002\n");
	assert_string_equal(notes_of(NVIDIA),
		"/dev/dri/renderD129 is a GPU of AMD, whose OpenCL driver is not found: it is "
		"ROCm's rocm-opencl-runtime or, in Debian and Ubuntu, mesa-opencl-icd, which "
		"RUSTICL_ENABLE=radeonsi turns on\n"
		"/dev/dri/renderD128 is a GPU of Intel, whose OpenCL driver is not found: it is "
		"in Debian and Ubuntu intel-opencl-icd");
	assert_int_equal(unlink("root/dev/dri/renderD128"), 0);
	assert_string_equal(notes_of(AMD), "");
	scratch_clear();
}

static void a_node_that_the_user_may_not_open_is_named(void **state)
{
	(void)state;
	if (geteuid() == 0) /* root may open everything */
		skip();
	write_file("root/dev/nvidia0", "");
	assert_int_equal(chmod("root/dev/nvidia0", 0), 0);
	assert_string_equal(notes_of(0),
		"/dev/nvidia0 is a GPU of NVIDIA, which you may not open: sudo usermod -aG "
		"render,video $USER, and log in again");
	scratch_clear();
}

static void notes_that_do_not_fit_are_cut(void **state)
{
	char text[8] = "";
	struct notes notes = {.text = text, .room = sizeof text};

	(void)state;
	notes_add(&notes, "%s", "a platform");
	notes_add(&notes, "%s", "another");
	assert_string_equal(text, "a platf");
	assert_int_equal(notes.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_without_a_gpu_has_no_notes),
		cmocka_unit_test(a_gpu_without_a_driver_names_the_packages),
		cmocka_unit_test(a_driver_that_the_loader_does_not_know_gets_its_line),
		cmocka_unit_test(render_nodes_are_told_apart_by_their_vendor),
		cmocka_unit_test(a_node_that_the_user_may_not_open_is_named),
		cmocka_unit_test(notes_that_do_not_fit_are_cut),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
