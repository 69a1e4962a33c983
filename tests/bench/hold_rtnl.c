/*
 * Holds the kernel's lock for network configuration for so many seconds, without using a processor:
 * an ethtool request is carried out under that lock, and its answer is written across the border of
 * two pages of which the second one is not there.  Who has to bring it (userfaultfd) takes his
 * time.
 *
 * usage: hold_rtnl SECONDS.  Says "held" when the lock is, and ends when it is free again.
 */
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(EXIT_FAILURE);
}

static void *ask(void *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	check(fd, "socket");
	check(ioctl(fd, SIOCETHTOOL, request), "SIOCETHTOOL");
	return NULL;
}

int main(int argc, char *argv[])
{
	double seconds = argc == 2 ? atof(argv[1]) : 0;
	const struct timespec pause = {(time_t)seconds, (long)((seconds - (long)seconds) * 1e9)};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct uffdio_api api = {.api = UFFD_API};
	struct ifreq request = {.ifr_name = "lo"};
	struct uffd_msg message;
	pthread_t thread;

	uint8_t *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	check(faults, "userfaultfd");
	check(ioctl(faults, UFFDIO_API, &api), "UFFDIO_API");
	struct uffdio_register range = {.range = {(uintptr_t)pages + page, page},
					.mode = UFFDIO_REGISTER_MODE_MISSING};
	check(ioctl(faults, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
	struct ethtool_value *value = (void *)(pages + page - offsetof(struct ethtool_value, data));
	const uint32_t command = ETHTOOL_GLINK;
	memcpy(value, &command, sizeof(command));
	request.ifr_data = (void *)value;
	check(-pthread_create(&thread, NULL, ask, &request), "pthread_create");
	check((int)read(faults, &message, sizeof(message)), "userfaultfd");
	puts("held");
	fflush(stdout);
	nanosleep(&pause, NULL);
	struct uffdio_zeropage zero = {.range = range.range};
	check(ioctl(faults, UFFDIO_ZEROPAGE, &zero), "UFFDIO_ZEROPAGE");
	pthread_join(thread, NULL);
	return EXIT_SUCCESS;
}
