/*
 * Loaded into keepalived by LD_PRELOAD when its parsed configuration is asked for
 * (keepalived.py): keepalived then believes in an IPVS where the kernel has none, so that
 * its checker process gets as far as the dump of what it has read; and it starts no program,
 * since the scripts of other people's files are not to run here.
 *
 * IPVS is spoken to through libnl only.  Messages to it are taken and dropped, each one is
 * acknowledged; the kernel's IPVS, where there is one, is not touched.
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAMILY 0x7f

static struct {
	nl_recvmsg_msg_cb_t function;
	void *argument;
} callbacks[NL_CB_TYPE_MAX + 1];

int genl_connect(struct nl_sock *socket)
{
	(void)socket;
	return 0;
}

int genl_ctrl_resolve(struct nl_sock *socket, const char *name)
{
	(void)socket;
	(void)name;
	return FAMILY;
}

int nl_send_auto(struct nl_sock *socket, struct nl_msg *message)
{
	(void)socket;
	(void)message;
	return 1;
}

int nl_socket_modify_cb(struct nl_sock *socket, enum nl_cb_type type, enum nl_cb_kind kind,
			nl_recvmsg_msg_cb_t function, void *argument)
{
	(void)socket;
	(void)kind;
	if (type < NL_CB_TYPE_MAX + 1) {
		callbacks[type].function = function;
		callbacks[type].argument = argument;
	}
	return 0;
}

/* Whatever was asked, the answer is "done". */
int nl_recvmsgs_default(struct nl_sock *socket)
{
	static const enum nl_cb_type ends[] = {NL_CB_FINISH, NL_CB_ACK};
	size_t i;

	(void)socket;
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (callbacks[ends[i]].function)
			callbacks[ends[i]].function(NULL, callbacks[ends[i]].argument);
	}
	return 0;
}

static pid_t parent;

__attribute__((constructor)) static void remember_parent(void)
{
	parent = getpid();
}

/* A child that would begin to wait for events has read, settled and dumped everything; so has a
 * parent that found nothing to start a child for. */
int epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
	siginfo_t info;

	if (getpid() != parent || waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		_exit(0);
	return epoll_pwait(epoll, events, max, timeout, NULL);
}

/* keepalived 2.2.7 ends itself when -t has looked at a script of another user. No other process is
 * there, so that what an earlier pid file names is gone. */
int kill(pid_t process, int number)
{
	(void)process;
	if (number != 0)
		return 0;
	errno = ESRCH;
	return -1;
}

int execve(const char *path, char *const argv[], char *const environment[])
{
	(void)path;
	(void)argv;
	(void)environment;
	errno = EACCES;
	return -1;
}
