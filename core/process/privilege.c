/*
 * What each worker may do, as one table.  A worker calls privilege_drop() once, after it has opened
 * what needs more, and before it reads the first byte of anyone else's.
 *
 * net and ipvs stay root in name (or whoever started the daemon with the capabilities of their
 * rows), because files and netlink look at it, and keep just the capabilities of their row.
 *
 * vrrp and check read what strangers send: they become another user, and a seccomp filter leaves
 * them the system calls of an event loop over sockets: TCP and UDP ones for check, which has no
 * capability at all, raw and packet ones for vrrp.  They can open no file, start no program, signal
 * nobody, and make no netlink or Unix socket.  Memory may be made executable: PCRE2's compiler
 * needs that.
 *
 * A daemon that is not root's, but has ambient capabilities, cannot change its user: its workers
 * keep it, and lose the capabilities as everywhere.  One that is root's and may not change it
 * either, as in some containers, can still run elections: vrrp is root in name then.
 *
 * What is refused gets EPERM.  What the tables here do not know gets ENOSYS, as from a kernel that
 * is older than it: only then does a C library fall back to the call before.  The names of 32-bit
 * machines (mmap2, fcntl64, clock_gettime64, ...) are those of the same calls.
 *
 * Whatever cannot be dropped is fatal(), and afterwards the kernel is asked what is left.  Only
 * what a worker gains here (real-time scheduling, locked memory) may fail: that makes it slower to
 * answer on a busy machine, not wrong.  So may the bounding set, see limit_bounding_set().
 */
#include <cap-ng.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/net.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/process/privilege.h"

#define CAPABILITY(number) (UINT64_C(1) << (number))

/* A kind of sockets that may be made. */
struct socket_kind {
	int family, type;
};

#define SOCKET_KINDS 4

static const struct privileges {
	bool has_row;
	uint64_t capabilities;
	int realtime; /* priority of SCHED_RR, and locked memory; 0 = neither */
	enum { USER_SAME, USER_OWN_IF_ALLOWED, USER_OWN } user;
	/* Behind a seccomp filter that allows only these; none: it has no filter. */
	struct socket_kind sockets[SOCKET_KINDS];
} privileges[ROLE_KINDS] = {
	[ROLE_VRRP] = {.has_row = true,
		       .capabilities = CAPABILITY(CAP_NET_RAW),
		       .realtime = 2, /* net does not keep it waiting */
		       .user = USER_OWN_IF_ALLOWED,
		       .sockets = {{AF_INET, SOCK_RAW},
				   {AF_INET6, SOCK_RAW},
				   {AF_PACKET, SOCK_RAW}}},
	[ROLE_NET] = {.has_row = true,
		      .capabilities = CAPABILITY(CAP_NET_ADMIN) | CAPABILITY(CAP_NET_RAW),
		      .realtime = 1},
	[ROLE_IPVS] = {.has_row = true, .capabilities = CAPABILITY(CAP_NET_ADMIN)},
	[ROLE_CHECK] = {.has_row = true,
			.user = USER_OWN,
			.sockets = {{AF_INET, SOCK_STREAM},
				    {AF_INET, SOCK_DGRAM},
				    {AF_INET6, SOCK_STREAM},
				    {AF_INET6, SOCK_DGRAM}}},
};

struct user {
	uid_t uid;
	gid_t gid;
};

/* The user that those run as who talk to strangers. False: there is none. */
static bool find_user(struct user *user)
{
	static const char *const names[] = {"vdirector", "nobody"};

	if (geteuid() != 0) {
		*user = (struct user){geteuid(), getegid()};
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct passwd *entry = getpwnam(names[i]);

		if (entry && entry->pw_uid != 0) {
			*user = (struct user){entry->pw_uid, entry->pw_gid};
			return true;
		}
	}
	return false;
}

static bool change_user(struct user user)
{
	return setgroups(0, NULL) == 0 && setresgid(user.gid, user.gid, user.gid) == 0 &&
	       setresuid(user.uid, user.uid, user.uid) == 0;
}

/* Tried by a child: a user namespace may have no such user, whatever the capabilities. */
static bool can_become(struct user user)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(change_user(user) ? EXIT_SUCCESS : EXIT_FAILURE);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status == 0;
}

bool privilege_suffices(enum role_kind kind, char *text, size_t size)
{
	const struct privileges *wanted = &privileges[kind];
	uint64_t needed = wanted->capabilities;
	struct user user;
	unsigned missing = 0;

	text_print(text, size, "%s needs", role_kind_name(kind));
	if (wanted->user == USER_OWN && !find_user(&user)) {
		text_append(text, size, " a user \"vdirector\" or \"nobody\"");
		return false;
	}
	if (wanted->user == USER_OWN && geteuid() == 0) /* containers may not give these */
		needed |= CAPABILITY(CAP_SETGID) | CAPABILITY(CAP_SETUID);
	if (capng_get_caps_process() != 0)
		fatal("cannot read the capabilities of this process");
	for (unsigned number = 0; number <= CAP_LAST_CAP; number++) {
		char name[32];

		if ((needed & CAPABILITY(number)) == 0 ||
		    capng_have_capability(CAPNG_EFFECTIVE, number))
			continue;
		text_print(name, sizeof(name), "%s", capng_capability_to_name(number));
		for (size_t i = 0; name[i]; i++)
			name[i] = (char)toupper((unsigned char)name[i]);
		text_append(text, size, "%s CAP_%s", missing++ > 0 ? " and" : "", name);
	}
	if (missing == 0 && wanted->user == USER_OWN && geteuid() == 0 && !can_become(user)) {
		text_append(text, size, " to become user %u", (unsigned)user.uid);
		return false;
	}
	return missing == 0;
}

/* The system call itself: musl's function only says ENOSYS. */
static void go_realtime(int priority)
{
	const struct sched_param parameters = {.sched_priority = priority};

	if (syscall(SYS_sched_setscheduler, 0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters) != 0)
		log_info("running without real-time priority: %m");
}

/* Future pages are locked only where that can never run into the limit, which counts again once
 * CAP_IPC_LOCK is gone: an allocation must not fail for it. */
static void lock_memory(void)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	int flags = MCL_CURRENT | MCL_FUTURE;

	if (setrlimit(RLIMIT_MEMLOCK, &unlimited) != 0) {
		log_info(
			"locking only the memory allocated so far, cannot raise RLIMIT_MEMLOCK: %m");
		flags = MCL_CURRENT;
	}
	if (mlockall(flags) != 0)
		log_info("running without locked memory: %m");
}

/* Who is not root has no right to, and need not. */
static void become_user(struct user user)
{
	if (geteuid() != 0 && setresgid(user.gid, user.gid, user.gid) == 0 &&
	    setresuid(user.uid, user.uid, user.uid) == 0)
		return;
	if (!change_user(user))
		fatal("cannot become user %u: %m", (unsigned)user.uid);
}

static void verify_user(struct user user, bool was_root)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 ||
	    getresgid(&gid[0], &gid[1], &gid[2]) != 0 || uid[0] != user.uid || uid[1] != user.uid ||
	    uid[2] != user.uid || gid[0] != user.gid || gid[1] != user.gid || gid[2] != user.gid ||
	    (was_root && getgroups(0, NULL) != 0))
		fatal("cannot drop all ids but those of user %u", (unsigned)user.uid);
}

/* Before a change of user: leaving the bounding set needs CAP_SETPCAP.  A container may not give
 * that; then no_new_privs alone keeps a started program from getting them, and false is returned.
 */
static bool limit_bounding_set(uint64_t wanted)
{
	bool limited = true;
	int present;

	for (int number = 0; (present = prctl(PR_CAPBSET_READ, number, 0, 0, 0)) >= 0; number++)
		if (present && (wanted & CAPABILITY(number)) == 0 &&
		    prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0)
			limited = false;
	if (!limited)
		log_info("cannot drop capabilities from the bounding set: CAP_SETPCAP is missing");
	return limited;
}

static void set_capabilities(uint64_t wanted)
{
	capng_clear(CAPNG_SELECT_CAPS);
	for (unsigned number = 0; number <= CAP_LAST_CAP; number++)
		if ((wanted & CAPABILITY(number)) != 0 &&
		    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, number) != 0)
			fatal("cannot select capability %u", number);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
	    capng_apply(CAPNG_SELECT_CAPS) != 0)
		fatal("cannot drop capabilities: %m");
}

/* Asks the kernel, for every capability that it knows. */
static void verify_capabilities(uint64_t wanted, bool limited)
{
	if (capng_get_caps_process() != 0)
		fatal("cannot read the remaining capabilities");
	for (int number = 0; prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++) {
		bool allowed = (wanted & CAPABILITY(number)) != 0;
		if (capng_have_capability(CAPNG_EFFECTIVE, (unsigned)number) != allowed ||
		    capng_have_capability(CAPNG_PERMITTED, (unsigned)number) != allowed ||
		    capng_have_capability(CAPNG_INHERITABLE, (unsigned)number) != false ||
		    (limited && (prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1) != allowed) ||
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0) == 1)
			fatal("capability %d should be %s", number, allowed ? "set" : "dropped");
	}
}

/* System calls that who is filtered may make with any arguments. What an architecture does not
 * have, libseccomp leaves out. */
static const int allowed_calls[] = {
	/* sockets */
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(send),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(recv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmmsg_time64),
	/* descriptors it has */
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	/* events and time */
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(eventfd2),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_settime64),
	SCMP_SYS(timerfd_gettime),
	SCMP_SYS(timerfd_gettime64),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_getres_time64),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(sched_yield),
	/* memory and locks */
	SCMP_SYS(brk),
	SCMP_SYS(mmap),
	SCMP_SYS(mmap2),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(cacheflush),
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(getrandom),
	/* itself */
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(getuid32),
	SCMP_SYS(geteuid),
	SCMP_SYS(geteuid32),
	SCMP_SYS(getgid),
	SCMP_SYS(getgid32),
	SCMP_SYS(getegid),
	SCMP_SYS(getegid32),
	SCMP_SYS(getrlimit),
	SCMP_SYS(ugetrlimit),
	SCMP_SYS(getrusage),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* Those that it may make only with some arguments, and those that it may not make: EPERM. */
static const int refused_calls[] = {
	/* sockets */
	SCMP_SYS(socket),
	SCMP_SYS(socketpair),
	SCMP_SYS(listen),
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	/* descriptors */
	SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64),
	SCMP_SYS(ioctl),
	/* files */
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(openat2),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(creat),
	SCMP_SYS(memfd_create),
	SCMP_SYS(stat),
	SCMP_SYS(stat64),
	SCMP_SYS(lstat),
	SCMP_SYS(lstat64),
	SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(chmod),
	SCMP_SYS(fchmod),
	SCMP_SYS(fchmodat),
	SCMP_SYS(chroot),
	SCMP_SYS(chdir),
	SCMP_SYS(mount),
	/* programs and processes */
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	SCMP_SYS(clone),
	SCMP_SYS(clone3),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(kill),
	SCMP_SYS(tkill),
	SCMP_SYS(tgkill),
	SCMP_SYS(rt_sigqueueinfo),
	SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	/* what it is */
	SCMP_SYS(prctl),
	SCMP_SYS(setrlimit),
	SCMP_SYS(prlimit64),
	SCMP_SYS(setuid),
	SCMP_SYS(setuid32),
	SCMP_SYS(setgid),
	SCMP_SYS(setgid32),
	SCMP_SYS(setreuid),
	SCMP_SYS(setreuid32),
	SCMP_SYS(setregid),
	SCMP_SYS(setregid32),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresuid32),
	SCMP_SYS(setresgid),
	SCMP_SYS(setresgid32),
	SCMP_SYS(setgroups),
	SCMP_SYS(setgroups32),
	SCMP_SYS(capset),
	/* the kernel */
	SCMP_SYS(bpf),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(userfaultfd),
};

static struct scmp_arg_cmp equals(unsigned argument, uint64_t value)
{
	return (struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value};
}

static struct scmp_arg_cmp masked_equals(unsigned argument, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){
		.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static scmp_filter_ctx create_filter(uint32_t otherwise)
{
	scmp_filter_ctx filter = seccomp_init(otherwise);

	if (!filter)
		fatal("no memory for a system call filter");
	return filter;
}

static void load_filter(scmp_filter_ctx filter)
{
	int error = seccomp_load(filter);

	if (error != 0)
		fatal("cannot load the system call filter: %s", strerror(-error));
	seccomp_release(filter);
}

/* Adds a rule for `call` where all conditions hold. */
static void add_rule(scmp_filter_ctx filter, uint32_t action, int call, unsigned n_conditions,
		     const struct scmp_arg_cmp *conditions)
{
	int error = seccomp_rule_add_array(filter, action, call, n_conditions, conditions);

	if (error != 0)
		fatal("cannot add system call %d to the filter: %s", call, strerror(-error));
}

static void allow(scmp_filter_ctx filter, int call, unsigned n_conditions,
		  const struct scmp_arg_cmp *conditions)
{
	add_rule(filter, SCMP_ACT_ALLOW, call, n_conditions, conditions);
}

static void allow_where(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition)
{
	allow(filter, call, 1, &condition);
}

static void allow_sockets(scmp_filter_ctx filter, const struct socket_kind *kinds)
{
	const uint64_t type_mask = ~(uint64_t)(SOCK_NONBLOCK | SOCK_CLOEXEC);

	for (size_t i = 0; i < SOCKET_KINDS && kinds[i].family != 0; i++) {
		const struct scmp_arg_cmp conditions[] = {
			equals(0, (uint64_t)kinds[i].family),
			masked_equals(1, type_mask, (uint64_t)kinds[i].type)};

		allow(filter, SCMP_SYS(socket), 2, conditions);
	}
}

/* Those of fcntl() and ioctl() that concern the descriptor alone; F_SETOWN could send signals. */
static void allow_control(scmp_filter_ctx filter)
{
	static const int fcntl_commands[] = {F_GETFD, F_SETFD,	       F_GETFL,	   F_SETFL,
					     F_DUPFD, F_DUPFD_CLOEXEC, F_GET_SEALS};
	static const unsigned ioctl_commands[] = {FIONREAD, FIONBIO};

	for (size_t i = 0; i < sizeof(fcntl_commands) / sizeof(fcntl_commands[0]); i++) {
		allow_where(filter, SCMP_SYS(fcntl), equals(1, (uint64_t)fcntl_commands[i]));
		allow_where(filter, SCMP_SYS(fcntl64), equals(1, (uint64_t)fcntl_commands[i]));
	}
	for (size_t i = 0; i < sizeof(ioctl_commands) / sizeof(ioctl_commands[0]); i++)
		allow_where(filter, SCMP_SYS(ioctl), equals(1, ioctl_commands[i]));
}

/* fstat() of newer C libraries (an empty path), reading a limit, and abort(). */
static void allow_library_needs(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp own_process = equals(0, (uint64_t)getpid());

	allow_where(filter, SCMP_SYS(newfstatat), masked_equals(3, AT_EMPTY_PATH, AT_EMPTY_PATH));
	allow_where(filter, SCMP_SYS(fstatat64), masked_equals(3, AT_EMPTY_PATH, AT_EMPTY_PATH));
	allow_where(filter, SCMP_SYS(statx), masked_equals(2, AT_EMPTY_PATH, AT_EMPTY_PATH));
	allow_where(filter, SCMP_SYS(prlimit64), equals(2, 0));
	allow_where(filter, SCMP_SYS(tgkill), own_process);
	allow_where(filter, SCMP_SYS(tkill), own_process);
}

/* On some machines the calls for sockets are also one, socketcall(2), whose arguments lie in memory
 * where no filter sees them.  libseccomp has a rule for that from each of a call of its own, and
 * compares the address where socket(2)'s arguments lie with what its type should be: an attacker
 * may choose that address.  So it is refused there, and has to be its own call. */
static void refuse_hidden_sockets(void)
{
	static const unsigned calls[] = {SYS_SOCKET, SYS_SOCKETPAIR, SYS_LISTEN, SYS_ACCEPT,
					 SYS_ACCEPT4};
	scmp_filter_ctx filter = create_filter(SCMP_ACT_ALLOW);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct scmp_arg_cmp condition = equals(0, calls[i]);

		add_rule(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socketcall), 1, &condition);
	}
	load_filter(filter);
}

int privilege_socket(int family, int type, int protocol)
{
	return (int)syscall(SYS_socket, family, type, protocol);
}

static void allow_calls(scmp_filter_ctx filter, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		allow(filter, calls[i], 0, NULL);
}

/* Of filters that refuse a call the newest says the error: the last one here lets pass whatever is
 * known, so that only the unknown gets ENOSYS from it. */
static void filter_calls(const struct socket_kind *sockets)
{
	const size_t n_allowed = sizeof(allowed_calls) / sizeof(allowed_calls[0]);
	const size_t n_refused = sizeof(refused_calls) / sizeof(refused_calls[0]);
	scmp_filter_ctx filter;

	refuse_hidden_sockets();

	filter = create_filter(SCMP_ACT_ERRNO(EPERM));
	allow_calls(filter, allowed_calls, n_allowed);
	allow_sockets(filter, sockets);
	allow_control(filter);
	allow_library_needs(filter);
	allow(filter, SCMP_SYS(seccomp), 0, NULL); /* for the next one, which does not */
	allow_where(filter, SCMP_SYS(prctl), equals(0, PR_SET_NO_NEW_PRIVS));
	load_filter(filter);

	filter = create_filter(SCMP_ACT_ERRNO(ENOSYS));
	allow_calls(filter, allowed_calls, n_allowed);
	allow_calls(filter, refused_calls, n_refused);
	load_filter(filter);
}

void privilege_drop(enum role_kind kind)
{
	const struct privileges *wanted = &privileges[kind];
	struct user user = {0};
	bool was_root = geteuid() == 0;

	if (!wanted->has_row)
		fatal("%s has no row of privileges", role_kind_name(kind));
	if (wanted->realtime) {
		go_realtime(wanted->realtime);
		lock_memory();
	}
	bool own_user = wanted->user != USER_SAME && find_user(&user);
	if (wanted->user == USER_OWN && !own_user)
		fatal("neither user \"vdirector\" nor \"nobody\" exists, and checks must not run as "
		      "root");
	if (own_user && wanted->user == USER_OWN_IF_ALLOWED && was_root && !can_become(user)) {
		log_info("running as root, cannot become user %u", (unsigned)user.uid);
		own_user = false;
	}
	bool limited = limit_bounding_set(wanted->capabilities);
	if (own_user) {
		/* The next call gives up all that are not in the row. */
		if (wanted->capabilities != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
			fatal("cannot keep capabilities: %m");
		become_user(user);
	}
	set_capabilities(wanted->capabilities);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fatal("no_new_privs: %m");
	verify_capabilities(wanted->capabilities, limited);
	if (own_user) {
		if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) /* nor may its peers trace it */
			fatal("cannot become undumpable: %m");
		verify_user(user, was_root);
	}
	if (wanted->sockets[0].family != 0)
		filter_calls(wanted->sockets);
}
