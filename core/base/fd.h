#ifndef CORE_FD_H
#define CORE_FD_H

#include <unistd.h>

/* Closes a descriptor that may be none (-1), and makes it none. */
static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#endif
