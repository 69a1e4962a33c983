/*
 * The control socket's server: transport only, the commands are in director_commands.c, and the
 * name that clients connect to is in control_listen.c.
 *
 * A client has at most one request in work; its next line is read when the answer has gone out, so
 * one client holds at most one request and one answer of memory.  Nothing here waits: an answer
 * that the client does not read stays in its buffer, and the client is dropped when it takes
 * nothing for ten seconds.  What is not a request gets an error that says what is wrong with it;
 * only a line beyond the limit ends the connection, because its end is not known.
 *
 * Who may connect is the socket's mode and group (vdirector); who may change something is root,
 * the daemon's own user and the group vdirector-admin, by the kernel's word for the peer.
 */
#include "core/director/control.h"

#include <errno.h>
#include <grp.h>
#include <json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/director/control_listen.h"

#define STALL_LIMIT (10 * USEC_PER_SEC)
#define NESTING_MAX 8
#define GROUPS_MAX  1024
#define WRITE_CHUNK (256 * 1024) /* bytes per turn and client */

struct client {
	struct client *next;
	struct control *control;
	uint64_t number;
	struct watch watch;
	struct timer stall; /* set while output waits */
	struct mono heard;  /* when it last sent something */
	char *input;	    /* CONTROL_REQUEST_MAX bytes */
	size_t input_size;
	struct json_writer output;
	size_t sent;
	int fd; /* that came along; -1: none */
	bool may_change;
	bool busy;    /* a request is in work */
	bool serving; /* within serve() */
	bool ending;  /* close when the output has gone */
	bool eof;
};

struct control {
	struct loop *loop;
	struct listener *listener;
	struct client *clients;
	unsigned n_clients;
	uint64_t next_number;
	gid_t admin_group; /* (gid_t)-1: none */
	control_request_fn *on_request;
	void *data;
};

static void drop_fd(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

static void client_destroy(struct client *client)
{
	struct client **at = &client->control->clients;

	drop_fd(client);
	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	client->control->n_clients--;
	timer_cancel(&client->stall);
	watch_remove(&client->watch);
	close(client->watch.fd);
	free(client->input);
	free(client->output.text);
	free(client);
}

static void serve(struct client *client);

static struct client *find_client(struct control *control, uint64_t number)
{
	for (struct client *client = control->clients; client; client = client->next)
		if (client->number == number)
			return client;
	return NULL;
}

static void on_stall(struct timer *timer, void *data)
{
	(void)timer;
	log_info("control: disconnecting a client that does not read its answer");
	client_destroy(data);
}

static void watch_for(struct client *client)
{
	bool output = client->output.size > client->sent;
	bool input = !client->eof && !client->ending && !client->busy && !output;

	watch_modify(&client->watch, (output ? EPOLLOUT : 0U) | (input ? EPOLLIN : 0U));
}

/* False: the client is gone. */
static bool write_output(struct client *client)
{
	size_t left = client->output.size - client->sent;
	ssize_t n;

	n = send(client->watch.fd, client->output.text + client->sent,
		 left < WRITE_CHUNK ? left : WRITE_CHUNK, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		client_destroy(client);
		return false;
	}
	if (n > 0)
		client->sent += (size_t)n;
	if (client->sent < client->output.size) {
		if (n > 0 || !timer_is_set(&client->stall))
			timer_set(client->control->loop, &client->stall,
				  mono_add(mono_read(), STALL_LIMIT), on_stall, client);
		return true;
	}
	timer_cancel(&client->stall);
	free(client->output.text);
	client->output = (struct json_writer){0};
	client->sent = 0;
	if (client->ending) {
		client_destroy(client);
		return false;
	}
	return true;
}

int control_take_fd(struct control *control, uint64_t number)
{
	struct client *client = find_client(control, number);
	int fd = client ? client->fd : -1;

	if (client)
		client->fd = -1;
	return fd;
}

void control_reply(struct control *control, uint64_t number, struct json_writer *response)
{
	struct client *client = find_client(control, number);

	if (!client || !client->busy) {
		free(response->text);
		return;
	}
	json_end_line(response);
	client->output = *response;
	client->busy = false;
	/* Within serve(), that goes on with the next line; a later answer has to ask for it. */
	if (write_output(client) && !client->serving)
		serve(client);
}

void control_reply_error(struct control *control, uint64_t number, const char *format, ...)
{
	struct json_writer response = {0};
	va_list arguments;
	char text[1024];

	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) < 0)
		text[0] = '\0';
	va_end(arguments);
	json_begin_object(&response, NULL);
	json_boolean(&response, "ok", false);
	json_string(&response, "error", text);
	json_end_object(&response);
	control_reply(control, number, &response);
}

/* A member that must be text where it is there. False: it is something else, or holds a NUL. */
static bool text_member(struct json_object *object, const char *name, const char **text)
{
	struct json_object *member;

	*text = NULL;
	if (!json_object_object_get_ex(object, name, &member) || !member)
		return true;
	if (!json_object_is_type(member, json_type_string))
		return false;
	*text = json_object_get_string(member);
	return strlen(*text) == (size_t)json_object_get_string_len(member);
}

static void dispatch(struct client *client, struct json_object *object)
{
	struct control *control = client->control;
	struct control_request request = {.client = client->number,
					  .may_change = client->may_change};

	if (!json_object_is_type(object, json_type_object))
		control_reply_error(control, client->number, "a request is a JSON object");
	else if (!text_member(object, "command", &request.command) || !request.command)
		control_reply_error(control, client->number,
				    "a request needs a \"command\", which is a string");
	else if (!text_member(object, "instance", &request.instance))
		control_reply_error(control, client->number, "\"instance\" must be a string");
	else
		control->on_request(&request, control->data);
}

static void handle_line(struct client *client, const char *line, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(NESTING_MAX);
	struct json_object *object;
	enum json_tokener_error error;
	size_t end;

	if (!tokener)
		fatal("out of memory");
	client->busy = true;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, line, (int)size);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	if (error != json_tokener_success)
		control_reply_error(client->control, client->number, "not JSON: %s at byte %zu",
				    error == json_tokener_continue ? "unexpected end"
								   : json_tokener_error_desc(error),
				    end + 1);
	else
		dispatch(client, object);
	json_object_put(object);
	json_tokener_free(tokener);
}

/* Takes the first line out of the input and handles it. False: there is none. */
static bool take_line(struct client *client)
{
	char *end = memchr(client->input, '\n', client->input_size);
	struct control *control = client->control;
	uint64_t number = client->number;
	size_t size;
	char *line;

	if (!end)
		return false;
	size = (size_t)(end - client->input) + 1;
	line = malloc(size);
	if (!line)
		fatal("out of memory");
	memcpy(line, client->input, size);
	memmove(client->input, end + 1, client->input_size - size);
	client->input_size -= size;
	if (size > 1 && !(size == 2 && line[0] == '\r'))
		handle_line(client, line, size);
	free(line);
	client = find_client(control, number);
	if (client)
		drop_fd(client); /* nobody wanted it */
	return true;
}

/* Handles lines as long as each is answered at once. The client may be gone afterwards. */
static void serve(struct client *client)
{
	struct control *control = client->control;
	uint64_t number = client->number;

	client->serving = true;
	while (find_client(control, number) && !client->busy && !client->ending &&
	       client->output.size == 0 && take_line(client))
		;
	if (!find_client(control, number))
		return;
	client->serving = false;
	if (!client->busy && !client->ending && client->input_size == CONTROL_REQUEST_MAX) {
		client->busy = client->ending = true;
		control_reply_error(control, number, "a request has at most %d bytes",
				    CONTROL_REQUEST_MAX);
		return;
	}
	if (client->eof && !client->busy && client->output.size == 0)
		client_destroy(client);
	else
		watch_for(client);
}

/* A request may bring one descriptor; of several the last one counts. */
static void take_fd(struct client *client, struct msghdr *header)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= part->cmsg_len;
		     at += sizeof(int)) {
			drop_fd(client);
			memcpy(&client->fd, (char *)part + at, sizeof(client->fd));
		}
	}
}

static ssize_t receive(struct client *client)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec place = {client->input + client->input_size,
			      CONTROL_REQUEST_MAX - client->input_size};
	/* The kernel closes descriptors for which there is no room. */
	struct msghdr header = {.msg_iov = &place,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(client->watch.fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n >= 0)
		take_fd(client, &header);
	return n;
}

static void read_input(struct client *client)
{
	ssize_t n = receive(client);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		client_destroy(client);
		return;
	}
	client->eof = n == 0;
	client->input_size += (size_t)n;
	client->heard = mono_read();
	serve(client);
}

static void on_client(struct watch *watch, uint32_t events, void *data)
{
	struct client *client = data;

	(void)watch;
	if (events & EPOLLOUT) {
		if (write_output(client))
			serve(client); /* the next line may be waiting already */
	} else if (events & EPOLLIN) {
		read_input(client);
	} else {
		client_destroy(client); /* both directions are closed */
	}
}

static bool peer_may_change(const struct control *control, int fd)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof(peer);
	gid_t groups[GROUPS_MAX];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	if (control->admin_group == (gid_t)-1)
		return false;
	if (peer.gid == control->admin_group)
		return true;
	size = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(groups[0]); i++)
		if (groups[i] == control->admin_group)
			return true;
	return false;
}

/* Makes room for a new client: whoever has been silent longest, with nothing in work, goes. */
static bool make_room(struct control *control)
{
	struct client *oldest = NULL;

	if (control->n_clients < CONTROL_CLIENTS_MAX)
		return true;
	for (struct client *client = control->clients; client; client = client->next)
		if (!client->busy && client->output.size == 0 &&
		    (!oldest || mono_before(client->heard, oldest->heard)))
			oldest = client;
	if (oldest)
		client_destroy(oldest);
	return oldest;
}

static void on_connection(int fd, void *data)
{
	static const char refusal[] = "{\"ok\":false,\"error\":\"too many clients\"}\n";
	struct control *control = data;
	struct client *client;

	if (!make_room(control)) {
		(void)send(fd, refusal, sizeof(refusal) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	client = calloc(1, sizeof(*client));
	if (client)
		client->input = malloc(CONTROL_REQUEST_MAX);
	if (!client || !client->input)
		fatal("out of memory");
	client->control = control;
	client->number = ++control->next_number;
	client->fd = -1;
	client->heard = mono_read();
	client->may_change = peer_may_change(control, fd);
	client->next = control->clients;
	control->clients = client;
	control->n_clients++;
	watch_add(control->loop, &client->watch, fd, EPOLLIN, on_client, client);
}

struct control *control_create(struct loop *loop, const char *runtime_dir,
			       control_request_fn *on_request, void *data)
{
	struct control *control = calloc(1, sizeof(*control));
	const struct group *admin = getgrnam("vdirector-admin");

	if (!control)
		fatal("out of memory");
	control->loop = loop;
	control->admin_group = admin ? admin->gr_gid : (gid_t)-1;
	control->on_request = on_request;
	control->data = data;
	control->listener = listener_create(loop, runtime_dir, on_connection, control);
	return control;
}

bool control_is_open(const struct control *control)
{
	return listener_is_open(control->listener);
}

void control_destroy(struct control *control, bool remove)
{
	if (!control)
		return;
	while (control->clients)
		client_destroy(control->clients);
	listener_destroy(control->listener, remove);
	free(control);
}
