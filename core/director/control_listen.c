/*
 * The control socket's name: who may connect to it, and that it stays there.
 *
 * A director goes on without it: what elects and serves does not need to be talked to.  So when the
 * runtime directory was cleaned up by somebody, or its file system is full when a new main comes,
 * the name is bound again as soon as that is possible, directory and all.  A name that is now
 * another daemon's is left alone.
 *
 * When there is no descriptor for a client, the socket stays ready; it is looked at again only a
 * while later, since all else would keep the processor busy with nothing.
 *
 * Used by control.c; the starter asks control_is_served().
 */
#include "core/director/control_listen.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/director/control.h"

#define LOOK_INTERVAL (5 * USEC_PER_SEC)
#define ACCEPT_PAUSE  (100 * USEC_PER_MSEC)

struct listener {
	struct loop *loop;
	struct watch watch; /* added while it is open */
	struct timer look, pause;
	struct sockaddr_un address;
	char *directory;
	bool complained; /* that it cannot be opened */
	listener_fn *on_client;
	void *data;
};

static bool socket_address(const char *runtime_dir, struct sockaddr_un *address)
{
	int length;

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/" CONTROL_SOCKET,
			  runtime_dir);
	return length > 0 && (size_t)length < sizeof(address->sun_path);
}

bool control_name_fits(const char *runtime_dir)
{
	struct sockaddr_un address;

	return socket_address(runtime_dir, &address);
}

bool control_is_served(const char *runtime_dir)
{
	struct sockaddr_un address;
	bool served;
	int fd;

	if (!socket_address(runtime_dir, &address))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	/* EAGAIN: somebody listens and is busy. */
	served = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno == EAGAIN;
	close(fd);
	return served;
}

static bool listen_at(int fd, const struct sockaddr_un *address)
{
	const struct group *group = getgrnam("vdirector");
	mode_t mask;
	bool bound;

	unlink(address->sun_path);
	mask = umask(0117);
	bound = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
	umask(mask);
	if (bound && group && chown(address->sun_path, (uid_t)-1, group->gr_gid) < 0)
		log_warning("%s: chown to group vdirector: %s", address->sun_path, strerror(errno));
	return bound && listen(fd, CONTROL_CLIENTS_MAX) == 0;
}

static void on_pause_over(struct timer *timer, void *data)
{
	struct listener *listener = data;

	(void)timer;
	watch_modify(&listener->watch, EPOLLIN);
}

static void on_ready(struct watch *watch, uint32_t events, void *data)
{
	struct listener *listener = data;
	int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0) {
		listener->on_client(fd, listener->data);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		watch_modify(watch, 0);
		timer_set(listener->loop, &listener->pause, mono_add(mono_read(), ACCEPT_PAUSE),
			  on_pause_over, listener);
	}
}

static void shut(struct listener *listener)
{
	if (!listener_is_open(listener))
		return;
	timer_cancel(&listener->pause);
	watch_remove(&listener->watch);
	close(listener->watch.fd);
}

static void try_open(struct listener *listener)
{
	const char *path = listener->address.sun_path;
	int fd;

	if (mkdir(listener->directory, 0755) == 0)
		log_notice("runtime directory %s was missing, created it again",
			   listener->directory);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && listen_at(fd, &listener->address)) {
		watch_add(listener->loop, &listener->watch, fd, EPOLLIN, on_ready, listener);
		listener->complained = false;
		return;
	}
	if (!listener->complained)
		log_error("control socket %s: %s", path, strerror(errno));
	listener->complained = true;
	if (fd >= 0)
		close(fd);
}

static void on_look(struct timer *timer, void *data)
{
	struct listener *listener = data;
	bool was_open = listener_is_open(listener);
	struct stat status;

	if (!was_open || (lstat(listener->address.sun_path, &status) < 0 && errno == ENOENT)) {
		shut(listener);
		try_open(listener);
		if (listener_is_open(listener))
			log_notice("control socket %s was missing, created it again",
				   listener->address.sun_path);
	}
	timer_set(listener->loop, timer, mono_add(mono_read(), LOOK_INTERVAL), on_look, listener);
}

struct listener *listener_create(struct loop *loop, const char *runtime_dir, listener_fn *on_client,
				 void *data)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (listener)
		listener->directory = strdup(runtime_dir);
	if (!listener || !listener->directory)
		fatal("out of memory");
	if (!socket_address(runtime_dir, &listener->address))
		fatal("the control socket's name is too long: %s/" CONTROL_SOCKET, runtime_dir);
	listener->loop = loop;
	listener->on_client = on_client;
	listener->data = data;
	try_open(listener);
	timer_set(loop, &listener->look, mono_add(mono_read(), LOOK_INTERVAL), on_look, listener);
	return listener;
}

bool listener_is_open(const struct listener *listener)
{
	return listener->watch.loop != NULL;
}

void listener_destroy(struct listener *listener, bool remove)
{
	if (remove && listener_is_open(listener))
		unlink(listener->address.sun_path);
	shut(listener);
	timer_cancel(&listener->look);
	free(listener->directory);
	free(listener);
}
