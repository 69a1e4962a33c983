#ifndef TESTS_UNIT_CHECK_SERVER_H
#define TESTS_UNIT_CHECK_SERVER_H

/* A TCP server on the loopback interface that follows a script, in the loop of the test itself. */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/loop.h"

#define CONNECTIONS_MAX 256

enum ending { CLOSE, HOLD, RESET };

/* What a server does with each connection, once the request is there. */
struct script {
	const char *answer; /* NULL = say nothing */
	size_t piece;	    /* bytes at once; 0 = all */
	int64_t gap;	    /* µs between pieces */
	enum ending ending;
	bool at_once; /* does not wait for a request */
	bool repeat;  /* the last piece again and again, without end */
};

struct server;

struct connection {
	struct server *server;
	struct watch watch;
	struct timer timer;
	size_t sent;
	char request[1024];
	size_t received;
};

struct server {
	struct loop *loop;
	struct watch watch;
	uint16_t port;
	struct script script;
	struct connection connections[CONNECTIONS_MAX];
	unsigned n_connections; /* so far */
};

static void hang_up(struct connection *connection, bool reset)
{
	struct linger linger = {.l_onoff = 1};

	timer_cancel(&connection->timer);
	if (connection->watch.loop == NULL)
		return;
	if (reset)
		setsockopt(connection->watch.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	watch_remove(&connection->watch);
	close(connection->watch.fd);
}

static void say(struct timer *timer, void *data)
{
	struct connection *connection = data;
	struct server *server = connection->server;
	const struct script *script = &server->script;
	size_t size = script->answer ? strlen(script->answer) : 0;

	if (connection->sent < size) {
		size_t piece = size - connection->sent;
		if (script->piece != 0 && script->piece < piece)
			piece = script->piece;
		ssize_t sent = send(connection->watch.fd, script->answer + connection->sent, piece,
				    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno != EAGAIN) {
			hang_up(connection, false);
			return;
		}
		if (sent > 0)
			connection->sent += (size_t)sent;
		if (script->repeat && connection->sent == size)
			connection->sent -= piece;
	}
	if (connection->sent < size)
		timer_set(server->loop, timer, mono_add(mono_read(), script->gap), say, connection);
	else if (script->ending != HOLD)
		hang_up(connection, script->ending == RESET);
}

static void hear(struct watch *watch, uint32_t events, void *data)
{
	struct connection *connection = data;
	size_t room = sizeof(connection->request) - 1 - connection->received;
	ssize_t size = recv(watch->fd, connection->request + connection->received, room, 0);

	(void)events;
	if (size <= 0) {
		hang_up(connection, false);
		return;
	}
	connection->received += (size_t)size;
	if (strstr(connection->request, "\r\n\r\n") != NULL)
		say(&connection->timer, connection);
}

static void welcome(struct watch *watch, uint32_t events, void *data)
{
	struct server *server = data;
	int fd;

	(void)events;
	while ((fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		assert_true(server->n_connections < CONNECTIONS_MAX);
		struct connection *connection = &server->connections[server->n_connections++];
		*connection = (struct connection){.server = server};
		watch_add(server->loop, &connection->watch, fd, EPOLLIN, hear, connection);
		if (server->script.at_once)
			say(&connection->timer, connection);
	}
}

static void server_start(struct server *server, struct loop *loop)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, CONNECTIONS_MAX), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	server->loop = loop;
	server->port = ntohs(address.sin_port);
	watch_add(loop, &server->watch, fd, EPOLLIN, welcome, server);
}

static void server_stop_listening(struct server *server)
{
	if (server->watch.loop == NULL)
		return;
	watch_remove(&server->watch);
	close(server->watch.fd);
}

#endif
