/*
 * Sources: the texts that a configuration is read from.
 *
 * A file is read in one piece.  What the lexer has passed is given back to the system from time to
 * time: a large configuration then needs little more memory than its objects.
 */
#include "conf/text/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RELEASE_STEP ((size_t)1024 * 1024)

static const char *read_all(int fd, char *text, size_t size, size_t *used)
{
	ssize_t n = 1;

	for (*used = 0; *used < size && n > 0; *used += (size_t)n) {
		n = read(fd, text + *used, size - *used);
		if (n < 0)
			return strerror(errno);
	}
	return NULL;
}

bool source_read(struct source *source, const char *path, size_t limit, const char **reason)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status, after;
	char *text = MAP_FAILED;

	*reason = NULL;
	if (fd < 0 || fstat(fd, &status) < 0) {
		*reason = strerror(errno);
	} else if (!S_ISREG(status.st_mode)) {
		*reason = "not a regular file";
	} else if ((uint64_t)status.st_size > limit) {
		*reason = "the configuration is larger than 256 MiB";
	} else {
		source->size = (size_t)status.st_size;
		source->device = status.st_dev;
		source->inode = status.st_ino;
		text = mmap(NULL, source->size + 1, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		*reason = text == MAP_FAILED ? strerror(errno)
					     : read_all(fd, text, source->size, &source->size);
		if (fstat(fd, &after) == 0)
			source->changed.us =
				after.st_ctim.tv_sec * USEC_PER_SEC + after.st_ctim.tv_nsec / 1000;
	}
	if (fd >= 0)
		close(fd);
	if (text != MAP_FAILED) {
		source->text = text;
		source->memory = text;
		source->mapped = (size_t)status.st_size + 1;
	}
	return !*reason;
}

void source_release(struct source *source)
{
	size_t passed = (size_t)(lexer_line(&source->lexer) - source->text);

	if (!source->memory || passed < source->released + RELEASE_STEP)
		return;
	passed -= passed % RELEASE_STEP;
	madvise((char *)source->memory + source->released, passed - source->released,
		MADV_DONTNEED);
	source->released = passed;
}

void source_free(struct source *source)
{
	if (source->memory)
		munmap(source->memory, source->mapped);
	source->memory = NULL;
}
