#include "unread.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITER_BEGINS = 100 /* milliseconds */ };

bool unread_input(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	struct stat info;
	int bytes = 0;

	if (fstat(STDIN_FILENO, &info) != 0)
		return false;
	if (S_ISREG(info.st_mode)) {
		off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);

		return at >= 0 && at < info.st_size;
	}
	if (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode))
		return false;
	return poll(&input, 1, WRITER_BEGINS) == 1 && ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 &&
	       bytes > 0;
}
