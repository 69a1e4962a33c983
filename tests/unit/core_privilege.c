/* Privileges: each role has exactly its row, and a check worker can do nothing but probe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/loop.h"
#include "core/process/privilege.h"
#include "core/process/role.h"

#define NET_ADMIN (UINT64_C(1) << 12)
#define NET_RAW	  (UINT64_C(1) << 13)
#define STRANGER  65534 /* a user and a group */

static bool root_is_vdirector;

/* In place of the C library's, which needs no files here. */
struct passwd *getpwnam(const char *name)
{
	static struct passwd root = {.pw_uid = 0},
			     nobody = {.pw_uid = STRANGER, .pw_gid = STRANGER};

	if (strcmp(name, "vdirector") == 0)
		return root_is_vdirector ? &root : NULL;
	return strcmp(name, "nobody") == 0 ? &nobody : NULL;
}

/* What /proc/PID/status says about a child that has dropped its privileges and waits. */
struct seen {
	unsigned long long inheritable, permitted, effective, bounding, ambient;
	unsigned uid[4], gid[4];
	unsigned no_new_privs, seccomp;
	char groups[64];
	int scheduler;
	uid_t owner; /* of its files in /proc: root's where it may not be traced */
};

static void read_field(const char *line, struct seen *seen)
{
	sscanf(line, "CapInh: %llx", &seen->inheritable);
	sscanf(line, "CapPrm: %llx", &seen->permitted);
	sscanf(line, "CapEff: %llx", &seen->effective);
	sscanf(line, "CapBnd: %llx", &seen->bounding);
	sscanf(line, "CapAmb: %llx", &seen->ambient);
	sscanf(line, "NoNewPrivs: %u", &seen->no_new_privs);
	sscanf(line, "Seccomp: %u", &seen->seccomp);
	sscanf(line, "Groups: %63[^\n]", seen->groups);
	sscanf(line, "Uid: %u %u %u %u", &seen->uid[0], &seen->uid[1], &seen->uid[2],
	       &seen->uid[3]);
	sscanf(line, "Gid: %u %u %u %u", &seen->gid[0], &seen->gid[1], &seen->gid[2],
	       &seen->gid[3]);
}

static void hush(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)source;
	if (level == LOG_LEVEL_ERROR)
		print_message("%s\n", text);
}

static void root_with_groups(void)
{
	static const gid_t groups[] = {4711, 4712};

	if (setgroups(2, groups) != 0)
		_exit(2);
}

/* Drops in a child that has got so far, and reads what is left from outside. */
static struct seen drop_as(enum role_kind kind, void (*before)(void))
{
	struct seen seen;
	char path[64], line[256];
	int ready[2], go[2];
	struct stat status_file;
	FILE *file;
	pid_t pid;
	char byte = 0;
	int status;

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		log_setup(hush, NULL, "test", LOG_LEVEL_INFO);
		close(go[1]);
		before();
		privilege_drop(kind);
		if (write(ready[1], &byte, 1) == 1 && read(go[0], &byte, 1) >= 0)
			_exit(0);
		_exit(1);
	}
	close(ready[1]);
	close(go[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(snprintf(path, sizeof(path), "/proc/%d/status", (int)pid) > 0);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		read_field(line, &seen);
	assert_int_equal(fstat(fileno(file), &status_file), 0);
	fclose(file);
	seen.owner = status_file.st_uid;
	seen.scheduler = sched_getscheduler(pid);
	close(go[1]);
	close(ready[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return seen;
}

static struct seen drop(enum role_kind kind)
{
	return drop_as(kind, root_with_groups);
}

static void assert_capabilities(const struct seen *seen, unsigned long long wanted)
{
	assert_int_equal(seen->permitted, wanted);
	assert_int_equal(seen->effective, wanted);
	assert_int_equal(seen->bounding, wanted);
	assert_int_equal(seen->inheritable, 0);
	assert_int_equal(seen->ambient, 0);
	assert_int_equal(seen->no_new_privs, 1);
}

static void vrrp_keeps_raw_sockets(void **state)
{
	struct seen seen = drop(ROLE_VRRP);

	(void)state;
	assert_capabilities(&seen, NET_RAW);
	assert_int_equal(seen.seccomp, 2);
	for (int i = 0; i < 4; i++) {
		assert_int_not_equal(seen.uid[i], 0);
		assert_int_not_equal(seen.gid[i], 0);
	}
	assert_true(strspn(seen.groups, " \t") == strlen(seen.groups));
}

static void net_keeps_network_administration_and_raw_sockets(void **state)
{
	struct seen seen = drop(ROLE_NET);

	(void)state;
	assert_capabilities(&seen, NET_ADMIN | NET_RAW);
	assert_int_equal(seen.uid[1], 0);
	/* What it starts does not take the processor from everybody. */
	if (seen.scheduler != SCHED_OTHER)
		assert_int_equal(seen.scheduler, SCHED_RR | SCHED_RESET_ON_FORK);
}

static void ipvs_keeps_network_administration(void **state)
{
	struct seen seen = drop(ROLE_IPVS);

	(void)state;
	assert_capabilities(&seen, NET_ADMIN);
	assert_int_equal(seen.uid[1], 0);
}

static void check_keeps_nothing_and_is_another_user(void **state)
{
	struct seen seen = drop(ROLE_CHECK);
	int i;

	(void)state;
	assert_capabilities(&seen, 0);
	assert_int_equal(seen.seccomp, 2);
	for (i = 0; i < 4; i++) {
		assert_int_not_equal(seen.uid[i], 0);
		assert_int_not_equal(seen.gid[i], 0);
	}
	assert_true(strspn(seen.groups, " \t") == strlen(seen.groups));
}

static void another_user(void)
{
	if (setgroups(0, NULL) != 0 || setresgid(STRANGER, STRANGER, STRANGER) != 0 ||
	    setresuid(STRANGER, STRANGER, STRANGER) != 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
		_exit(2);
}

/* Its user stays the daemon's; it may be traced no more than if it had changed. */
static void check_of_another_user_s_daemon_cannot_be_traced(void **state)
{
	struct seen seen = drop_as(ROLE_CHECK, another_user);

	(void)state;
	assert_int_equal(seen.effective, 0);
	assert_int_equal(seen.uid[1], STRANGER);
	assert_int_equal(seen.owner, 0);
}

static void root_by_another_name_is_no_user_for_checks(void **state)
{
	struct seen seen;

	(void)state;
	root_is_vdirector = true;
	seen = drop(ROLE_CHECK);
	root_is_vdirector = false;
	assert_int_equal(seen.uid[1], STRANGER);
}

static int run_child(int (*act)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		log_setup(hush, NULL, "test", LOG_LEVEL_INFO);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* As in a container: memory may be locked, but the limit of it, which counts again when the
 * capability is gone, cannot be raised. */
static int allocate_behind_a_limit(void)
{
	const struct rlimit limit = {65536, 65536};
	const size_t size = (size_t)16 * 1024 * 1024;

	if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || capng_get_caps_process() != 0 ||
	    capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_RESOURCE) != 0 ||
	    capng_apply(CAPNG_SELECT_CAPS) != 0)
		return 2;
	privilege_drop(ROLE_VRRP);
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED;
}

static void locked_memory_keeps_nobody_from_allocating(void **state)
{
	(void)state;
	assert_int_equal(run_child(allocate_behind_a_limit), 0);
}

#define NO_NAMESPACE 77

/* A user namespace of one user, which has all capabilities in it. */
static int suffices_alone(void)
{
	char text[256];
	int map;

	if (unshare(CLONE_NEWUSER) != 0)
		return NO_NAMESPACE;
	map = open("/proc/self/uid_map", O_WRONLY);
	if (map < 0 || write(map, "0 0 1", 5) != 5)
		return NO_NAMESPACE;
	close(map);
	if (privilege_suffices(ROLE_CHECK, text, sizeof(text)))
		return 1;
	return strcmp(text, "check needs to become user 65534") != 0 ? 2 : 0;
}

static void a_user_that_cannot_be_become_is_missed_at_the_start(void **state)
{
	char text[256];
	int result;

	(void)state;
	assert_true(privilege_suffices(ROLE_CHECK, text, sizeof(text)));
	result = run_child(suffices_alone);
	if (result == NO_NAMESPACE)
		skip();
	assert_int_equal(result, 0);
}

/* The rest runs in a check worker's sandbox: true = it was possible. */
static bool can_open_for_writing(void)
{
	return open("/dev/null", O_WRONLY) >= 0;
}

static bool can_open_for_reading(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool can_look_at_a_file(void)
{
	struct stat file;

	return stat("/etc/passwd", &file) == 0;
}

static bool can_read_others_memory(void)
{
	static int number;
	struct iovec place = {&number, sizeof(number)};

	return syscall(SYS_process_vm_readv, getppid(), &place, 1, &place, 1, 0) > 0;
}

static bool can_create_a_file(void)
{
	return open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0 || memfd_create("x", 0) >= 0;
}

static bool can_open_a_raw_socket(void)
{
	return privilege_socket(AF_INET, SOCK_RAW, 0) >= 0 ||
	       socket(AF_INET, SOCK_RAW, IPPROTO_TCP) >= 0 ||
	       socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) >= 0;
}

static bool can_open_a_packet_socket(void)
{
	return privilege_socket(AF_PACKET, SOCK_RAW, 0) >= 0 ||
	       socket(AF_PACKET, SOCK_DGRAM, 0) >= 0 || socket(AF_PACKET, SOCK_RAW, 0) >= 0;
}

static bool can_open_a_local_socket(void)
{
	int fds[2];

	return privilege_socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ||
	       socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ||
	       socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0;
}

static bool can_open_a_netlink_socket(void)
{
	return privilege_socket(AF_NETLINK, SOCK_RAW, 0) >= 0 ||
	       socket(AF_NETLINK, SOCK_DGRAM, 0) >= 0;
}

static bool can_listen(void)
{
	return listen(privilege_socket(AF_INET, SOCK_STREAM, 0), 1) == 0;
}

static bool can_exec(void)
{
	char name[] = "true";
	char *arguments[] = {name, NULL};

	execv("/bin/true", arguments); /* returns only where it was refused */
	return errno != EPERM;
}

static bool can_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0;
}

static bool can_signal_others(void)
{
	return kill(getppid(), 0) == 0 || syscall(SYS_tgkill, getppid(), getppid(), 0) == 0 ||
	       kill(getpid(), 0) == 0;
}

static bool can_trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool can_raise_its_limits(void)
{
	const struct rlimit limit = {64, 64};

	return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool can_become_root(void)
{
	return setuid(0) == 0 || seteuid(0) == 0;
}

static bool can_own_sigio(void)
{
	return fcntl(STDIN_FILENO, F_SETOWN, getpid()) == 0;
}

static const struct forbidden {
	const char *name;
	bool (*can)(void);
} forbidden[] = {
	{"open a file for writing", can_open_for_writing},
	{"open a file for reading", can_open_for_reading},
	{"look at a file", can_look_at_a_file},
	{"create a file", can_create_a_file},
	{"read others' memory", can_read_others_memory},
	{"open a raw socket", can_open_a_raw_socket},
	{"open a packet socket", can_open_a_packet_socket},
	{"open a local socket", can_open_a_local_socket},
	{"open a netlink socket", can_open_a_netlink_socket},
	{"listen", can_listen},
	{"exec", can_exec},
	{"fork", can_fork},
	{"signal", can_signal_others},
	{"trace", can_trace},
	{"change a limit", can_raise_its_limits},
	{"become root", can_become_root},
	{"have signals sent for it", can_own_sigio},
};

/* Runs `act` in a child that is such a worker; returns the child's wait status. */
static int in_worker(enum role_kind kind, int (*act)(const void *), const void *data)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		log_setup(hush, NULL, "test", LOG_LEVEL_INFO);
		privilege_drop(kind);
		_exit(act(data));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int in_check_worker(int (*act)(const void *), const void *data)
{
	return in_worker(ROLE_CHECK, act, data);
}

static int try_forbidden(const void *data)
{
	const struct forbidden *what = data;

	errno = 0;
	if (what->can())
		return 1;
	return errno == EPERM ? 42 : 2; /* 42: exec would not give that */
}

static void check_can_do_nothing_of_the_forbidden(void **state)
{
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		status = in_check_worker(try_forbidden, &forbidden[i]);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 42)
			fail_msg("a check worker can %s (status %x)", forbidden[i].name, status);
	}
}

/* It needs raw and packet sockets, and nothing else of this. */
static void vrrp_can_do_nothing_of_the_forbidden_but_open_its_sockets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		bool allowed = forbidden[i].can == can_open_a_raw_socket ||
			       forbidden[i].can == can_open_a_packet_socket;
		int status = in_worker(ROLE_VRRP, try_forbidden, &forbidden[i]);

		if (!WIFEXITED(status) || WEXITSTATUS(status) != (allowed ? 1 : 42))
			fail_msg("vrrp: %s (status %x)", forbidden[i].name, status);
	}
}

/* Each is possible before the drop, or the test above shows nothing. */
static void the_same_is_possible_without_the_sandbox(void **state)
{
	size_t i;
	pid_t pid;
	int status;

	(void)state;
	for (i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			_exit(try_forbidden(&forbidden[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 42)
			fail_msg("nobody can %s here", forbidden[i].name);
	}
}

static void stop_loop(struct timer *timer, void *data)
{
	(void)data;
	loop_stop(timer->data);
}

/* What the probe engine does: connect, loop, timers, memory, an executable page, fstat. */
static int probe(const void *data)
{
	const struct sockaddr_in *server = data;
	struct loop *loop = loop_create();
	struct timer timer = {0};
	struct pollfd writable = {.events = POLLOUT};
	struct stat file;
	char answer[8] = {0};
	void *page;

	timer_set(loop, &timer, mono_add(mono_read(), 1000), stop_loop, loop);
	loop_run(loop);
	loop_destroy(loop);
	writable.fd = privilege_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (writable.fd < 0)
		return 1;
	if (connect(writable.fd, (const struct sockaddr *)server, sizeof(*server)) != 0 &&
	    errno != EINPROGRESS)
		return 2;
	if (poll(&writable, 1, 5000) != 1 || send(writable.fd, "hello", 5, MSG_NOSIGNAL) != 5)
		return 3;
	writable.events = POLLIN;
	if (poll(&writable, 1, 5000) != 1 || recv(writable.fd, answer, 5, 0) != 5 ||
	    strcmp(answer, "hello") != 0)
		return 4;
	close(writable.fd);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0)
		return 5;
	if (fstat(STDIN_FILENO, &file) != 0 || privilege_socket(AF_INET6, SOCK_DGRAM, 0) < 0)
		return 6;
	free(malloc((size_t)8 * 1024 * 1024));
	return 0;
}

static void check_can_still_probe(void **state)
{
	struct sockaddr_in server = {.sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(server);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	char bytes[5];
	int fd, status;
	pid_t echo;

	(void)state;
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&server, size), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&server, &size), 0);
	assert_int_equal(listen(listener, 1), 0);
	echo = fork();
	assert_true(echo >= 0);
	if (echo == 0) {
		alarm(10);
		fd = accept(listener, NULL, NULL);
		if (recv(fd, bytes, 5, MSG_WAITALL) == 5 && send(fd, bytes, 5, 0) == 5)
			_exit(0);
		_exit(1);
	}
	close(listener);
	assert_int_equal(in_check_worker(probe, &server), 0);
	assert_int_equal(waitpid(echo, &status, 0), echo);
	assert_int_equal(status, 0);
}

/* Calls that no table knows, as a C library tries them before it falls back. */
static int try_unknown(const void *data)
{
	static const long calls[] = {SYS_membarrier, SYS_seccomp, SYS_mlock, 4000};

	(void)data;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		errno = 0;
		if (syscall(calls[i], 0, 0, 0) >= 0 || errno != ENOSYS)
			return (int)i + 1;
	}
	return 0;
}

/* Calls that are known and refused, whatever their arguments; made with none that would do. */
static int try_refused(const void *data)
{
	static const long calls[] = {
		SYS_accept4,
		SYS_openat2,
		SYS_memfd_create,
		SYS_statx,
		SYS_faccessat,
		SYS_readlinkat,
		SYS_unlinkat,
		SYS_renameat2,
		SYS_mkdirat,
		SYS_fchmodat,
		SYS_chroot,
		SYS_chdir,
		SYS_mount,
		SYS_execveat,
		SYS_clone3,
		SYS_unshare,
		SYS_setns,
		SYS_tkill,
		SYS_rt_sigqueueinfo,
		SYS_pidfd_open,
		SYS_pidfd_getfd,
		SYS_process_vm_writev,
		SYS_prctl,
		SYS_setresuid,
		SYS_setgroups,
		SYS_capset,
		SYS_bpf,
		SYS_keyctl,
		SYS_perf_event_open,
		SYS_io_uring_setup,
		SYS_userfaultfd,
	};

	(void)data;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		errno = 0;
		if (syscall(calls[i], -1, 0, 0, 0, 0, 0) >= 0 || errno != EPERM)
			return (int)i + 1;
	}
	return 0;
}

static void each_call_that_could_do_more_is_refused(void **state)
{
	(void)state;
	assert_int_equal(in_check_worker(try_refused, NULL), 0);
}

static void issue_8_33_unknown_calls_are_not_there(void **state)
{
	(void)state;
	assert_int_equal(in_check_worker(try_unknown, NULL), 0);
}

/* Of the kind of 8.33: what a C library asks on the way, on machines of 32 bits by other names. */
static int use_library(const void *data)
{
	struct timespec now, pause = {.tv_nsec = 1000};
	struct stat file;
	struct rlimit limit;
	struct pollfd none = {.fd = -1};
	int pipe_ends[2];

	memcpy(pipe_ends, data, sizeof(pipe_ends));
	if (clock_gettime(CLOCK_BOOTTIME, &now) != 0 || clock_getres(CLOCK_MONOTONIC, &now) != 0 ||
	    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL) != 0)
		return 1;
	if (fstat(pipe_ends[0], &file) != 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 2;
	if (fcntl(pipe_ends[0], F_GETFL) < 0 || fcntl(pipe_ends[0], F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(pipe_ends[0], F_DUPFD_CLOEXEC, 0) < 0)
		return 3;
	if (lseek(pipe_ends[0], 0, SEEK_CUR) != -1 || errno != ESPIPE)
		return 4;
	if (ppoll(&none, 1, &pause, NULL) != 0)
		return 5;
	if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || getegid() == 0)
		return 6;
	return 0;
}

static void issue_8_33_check_can_use_the_c_library(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(in_check_worker(use_library, ends), 0);
	close(ends[0]);
	close(ends[1]);
}

static int end_by_abort(const void *data)
{
	(void)data;
	signal(SIGABRT, SIG_DFL); /* the test runner catches it */
	abort();
}

static void check_can_still_abort(void **state)
{
	int status = in_check_worker(end_by_abort, NULL);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vrrp_keeps_raw_sockets),
		cmocka_unit_test(net_keeps_network_administration_and_raw_sockets),
		cmocka_unit_test(ipvs_keeps_network_administration),
		cmocka_unit_test(check_keeps_nothing_and_is_another_user),
		cmocka_unit_test(check_of_another_user_s_daemon_cannot_be_traced),
		cmocka_unit_test(root_by_another_name_is_no_user_for_checks),
		cmocka_unit_test(locked_memory_keeps_nobody_from_allocating),
		cmocka_unit_test(a_user_that_cannot_be_become_is_missed_at_the_start),
		cmocka_unit_test(check_can_do_nothing_of_the_forbidden),
		cmocka_unit_test(vrrp_can_do_nothing_of_the_forbidden_but_open_its_sockets),
		cmocka_unit_test(the_same_is_possible_without_the_sandbox),
		cmocka_unit_test(check_can_still_probe),
		cmocka_unit_test(each_call_that_could_do_more_is_refused),
		cmocka_unit_test(issue_8_33_unknown_calls_are_not_there),
		cmocka_unit_test(issue_8_33_check_can_use_the_c_library),
		cmocka_unit_test(check_can_still_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
