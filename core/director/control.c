/*
 * The control socket's server: transport only, the commands are in director_commands.c.
 *
 * A client has at most one request in work; its next line is read when the answer has gone out, so
 * one client holds at most one request and one answer of memory.  Nothing here waits: an answer
 * that the client does not read stays in its buffer, and the client is dropped when it has not
 * taken all of it within ten seconds, however much it has taken by then.  What is not a request
 * gets an error that says what is wrong with it; only a line beyond the limit ends the connection,
 * because its end is not known.  Some places are kept for root and the daemon's own user: whoever
 * else connects, and however slowly they read, root can stop or reload the daemon.
 *
 * Who may connect is the socket's mode and group (vdirector); who may change something is root,
 * the daemon's own user and the group vdirector-admin, by the kernel's word for the peer.
 *
 * A director goes on without the socket: what elects and serves does not need it.  So when the
 * runtime directory was cleaned up by somebody, or its file system is full when a new main comes,
 * the socket is bound again as soon as that is possible, directory and all.  One that is now
 * another daemon's is left alone.  The starter asks control_is_served().
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
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/fd.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define ANSWER_LIMIT  (10 * USEC_PER_SEC) /* for reading all of one */
#define OTHERS_MAX    (CONTROL_CLIENTS_MAX - CONTROL_PLACES_KEPT)
#define LOOK_INTERVAL (5 * USEC_PER_SEC)
#define ACCEPT_PAUSE  (100 * USEC_PER_MSEC)
#define NESTING_MAX   8
#define GROUPS_MAX    1024
#define WRITE_CHUNK   (256 * 1024) /* bytes per turn and client */

struct client {
	struct client *next;
	struct control *control;
	uint64_t number;
	struct watch watch;
	struct timer limit; /* set while output waits */
	struct mono heard;  /* when it last sent something */
	char *input;	    /* CONTROL_REQUEST_MAX bytes */
	size_t input_size;
	struct json_writer output;
	size_t sent;
	int fd;	    /* that came along; -1: none */
	bool owner; /* root or the daemon's own user */
	bool may_change;
	bool busy;    /* a request is in work */
	bool serving; /* within serve() */
	bool ending;  /* close when the output has gone */
	bool eof;
};

struct control {
	struct loop *loop;
	struct watch watch; /* of the listening socket; added while it is open */
	struct timer look, pause;
	struct sockaddr_un address;
	char *directory;
	bool complained; /* that it cannot be opened */
	struct client *clients;
	unsigned n_clients;
	unsigned n_others; /* of them: who is no owner */
	uint64_t next_number;
	gid_t admin_group; /* (gid_t)-1: none */
	control_request_fn *on_request;
	void *data;
};

static void client_destroy(struct client *client)
{
	struct client **at = &client->control->clients;

	fd_close(&client->fd);
	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	client->control->n_clients--;
	client->control->n_others -= !client->owner;
	timer_cancel(&client->limit);
	watch_remove(&client->watch);
	close(client->watch.fd);
	free(client->input);
	free(client->output.text);
	free(client);
}

static void serve(struct client *client);

static struct client *find_client(const struct control *control, uint64_t number)
{
	for (struct client *client = control->clients; client; client = client->next)
		if (client->number == number)
			return client;
	return NULL;
}

static void on_limit(struct timer *timer, void *data)
{
	(void)timer;
	log_info("control: disconnecting a client that has not read its answer within %d s",
		 (int)(ANSWER_LIMIT / USEC_PER_SEC));
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

	ssize_t n = send(client->watch.fd, client->output.text + client->sent,
			 left < WRITE_CHUNK ? left : WRITE_CHUNK, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		client_destroy(client);
		return false;
	}
	if (n > 0)
		client->sent += (size_t)n;
	if (client->sent < client->output.size) {
		/* Once per answer: a byte now and then must not hold the place for ever. */
		if (!timer_is_set(&client->limit))
			timer_set(client->control->loop, &client->limit,
				  mono_add(mono_read(), ANSWER_LIMIT), on_limit, client);
		return true;
	}
	timer_cancel(&client->limit);
	free(client->output.text);
	client->output = (struct json_writer){0};
	client->sent = 0;
	if (client->ending) {
		client_destroy(client);
		return false;
	}
	return true;
}

bool control_is_waiting(const struct control *control, uint64_t number)
{
	const struct client *client = find_client(control, number);

	return client && client->busy;
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
		fatal("an answer cannot be written: %s", format);
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

/* A member that must be true or false where it is there. */
static bool flag_member(struct json_object *object, const char *name, bool *flag)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member))
		return true;
	*flag = json_object_get_boolean(member);
	return json_object_is_type(member, json_type_boolean);
}

static void handle_line(struct client *client, const char *line, size_t size)
{
	struct control *control = client->control;
	struct control_request request = {.client = client->number,
					  .may_change = client->may_change};
	struct json_tokener *tokener = json_tokener_new_ex(NESTING_MAX);

	if (!tokener)
		fatal("no memory for a JSON reader");
	client->busy = true;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	struct json_object *object = json_tokener_parse_ex(tokener, line, (int)size);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	if (error != json_tokener_success)
		control_reply_error(control, client->number, "not JSON: %s at byte %zu",
				    error == json_tokener_continue ? "unexpected end"
								   : json_tokener_error_desc(error),
				    json_tokener_get_parse_end(tokener) + 1);
	else if (!json_object_is_type(object, json_type_object))
		control_reply_error(control, client->number, "a request is a JSON object");
	else if (!text_member(object, "command", &request.command) || !request.command)
		control_reply_error(control, client->number,
				    "a request needs a \"command\", which is a string");
	else if (!text_member(object, "instance", &request.instance))
		control_reply_error(control, client->number, "\"instance\" must be a string");
	else if (!flag_member(object, "force", &request.force))
		control_reply_error(control, client->number, "\"force\" must be true or false");
	else
		control->on_request(&request, control->data);
	json_object_put(object);
	json_tokener_free(tokener);
}

/* Takes the first line out of the input and handles it. False: there is none. */
static bool take_line(struct client *client)
{
	char *end = memchr(client->input, '\n', client->input_size);
	struct control *control = client->control;
	uint64_t number = client->number;

	if (!end)
		return false;
	size_t size = (size_t)(end - client->input) + 1;
	char *line = alloc(size);
	memcpy(line, client->input, size);
	memmove(client->input, end + 1, client->input_size - size);
	client->input_size -= size;
	if (size > 1 && !(size == 2 && line[0] == '\r'))
		handle_line(client, line, size);
	free(line);
	client = find_client(control, number);
	if (client)
		fd_close(&client->fd); /* nobody wanted it */
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

static void read_input(struct client *client)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec place = {client->input + client->input_size,
			      CONTROL_REQUEST_MAX - client->input_size};
	/* Room for one descriptor: the kernel closes more. */
	struct msghdr header = {.msg_iov = &place,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = CMSG_LEN(sizeof(int))};
	ssize_t n = recvmsg(client->watch.fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			client_destroy(client);
		return;
	}
	for (struct cmsghdr *part = CMSG_FIRSTHDR(&header); part;
	     part = CMSG_NXTHDR(&header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		fd_close(&client->fd); /* of several the last one counts */
		memcpy(&client->fd, CMSG_DATA(part), sizeof(client->fd));
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

/* Who the kernel says it is. */
static void find_rights(const struct control *control, int fd, struct client *client)
{
	struct ucred peer = {.uid = (uid_t)-1, .gid = (gid_t)-1};
	socklen_t size = sizeof(peer);
	gid_t groups[GROUPS_MAX];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return;
	client->owner = peer.uid == 0 || peer.uid == geteuid();
	client->may_change = client->owner;
	if (client->owner || control->admin_group == (gid_t)-1)
		return;
	client->may_change = peer.gid == control->admin_group;
	size = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return;
	for (size_t i = 0; i < size / sizeof(groups[0]); i++)
		if (groups[i] == control->admin_group)
			client->may_change = true;
}

/* Makes room for a new client: whoever has been silent longest, with nothing in work, goes. Others
 * than owners first make room among themselves. */
static bool make_room(struct control *control, bool owner)
{
	bool too_many_others = !owner && control->n_others >= OTHERS_MAX;
	struct client *oldest = NULL;

	if (control->n_clients < CONTROL_CLIENTS_MAX && !too_many_others)
		return true;
	for (struct client *client = control->clients; client; client = client->next)
		if (!client->busy && client->output.size == 0 &&
		    !(too_many_others && client->owner) &&
		    (!oldest || mono_before(client->heard, oldest->heard)))
			oldest = client;
	if (oldest)
		client_destroy(oldest);
	return oldest;
}

/* Takes `fd`. */
static void add_client(struct control *control, int fd)
{
	static const char refusal[] = "{\"ok\":false,\"error\":\"too many clients\"}\n";
	struct client rights = {0}, *client;

	find_rights(control, fd, &rights);
	if (!make_room(control, rights.owner)) {
		(void)send(fd, refusal, sizeof(refusal) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	client = alloc(sizeof(*client));
	client->input = alloc(CONTROL_REQUEST_MAX);
	client->control = control;
	client->number = ++control->next_number;
	client->fd = -1;
	client->heard = mono_read();
	client->owner = rights.owner;
	client->may_change = rights.may_change;
	client->next = control->clients;
	control->clients = client;
	control->n_clients++;
	control->n_others += !client->owner;
	watch_add(control->loop, &client->watch, fd, EPOLLIN, on_client, client);
}

/* ---- the listening socket ---- */

static bool socket_address(const char *runtime_dir, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	return text_print(address->sun_path, sizeof(address->sun_path), "%s/" CONTROL_SOCKET,
			  runtime_dir);
}

bool control_name_fits(const char *runtime_dir)
{
	struct sockaddr_un address;

	return socket_address(runtime_dir, &address);
}

bool control_is_served(const char *runtime_dir)
{
	struct sockaddr_un address;

	if (!socket_address(runtime_dir, &address))
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	/* EAGAIN: somebody listens and is busy. */
	bool served =
		connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno == EAGAIN;
	close(fd);
	return served;
}

static void on_pause_over(struct timer *timer, void *data)
{
	struct control *control = data;

	(void)timer;
	watch_modify(&control->watch, EPOLLIN);
}

static void on_connection(struct watch *watch, uint32_t events, void *data)
{
	struct control *control = data;
	int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0) {
		add_client(control, fd);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		/* No descriptor is left, and the socket stays ready: trying again at once would
		 * only keep the processor busy. */
		watch_modify(watch, 0);
		timer_set(control->loop, &control->pause, mono_add(mono_read(), ACCEPT_PAUSE),
			  on_pause_over, control);
	}
}

static bool listen_at(int fd, const struct sockaddr_un *address)
{
	const struct group *group = getgrnam("vdirector");

	unlink(address->sun_path);
	mode_t mask = umask(0117);
	bool bound = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
	umask(mask);
	if (bound && group && chown(address->sun_path, (uid_t)-1, group->gr_gid) < 0)
		log_warning("%s: chown to group vdirector: %s", address->sun_path, strerror(errno));
	return bound && listen(fd, CONTROL_CLIENTS_MAX) == 0;
}

static void try_open(struct control *control)
{
	if (mkdir(control->directory, 0755) == 0)
		log_notice("runtime directory %s was missing, created it again",
			   control->directory);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && listen_at(fd, &control->address)) {
		watch_add(control->loop, &control->watch, fd, EPOLLIN, on_connection, control);
		control->complained = false;
		return;
	}
	if (!control->complained)
		log_error("control socket %s: %s", control->address.sun_path, strerror(errno));
	control->complained = true;
	fd_close(&fd);
}

static void shut(struct control *control)
{
	if (!control_is_open(control))
		return;
	timer_cancel(&control->pause);
	watch_remove(&control->watch);
	close(control->watch.fd);
}

static void on_look(struct timer *timer, void *data)
{
	struct control *control = data;
	struct stat status;

	if (!control_is_open(control) ||
	    (lstat(control->address.sun_path, &status) < 0 && errno == ENOENT)) {
		shut(control);
		try_open(control);
		if (control_is_open(control))
			log_notice("control socket %s was missing, created it again",
				   control->address.sun_path);
	}
	timer_set(control->loop, timer, mono_add(mono_read(), LOOK_INTERVAL), on_look, control);
}

struct control *control_create(struct loop *loop, const char *runtime_dir,
			       control_request_fn *on_request, void *data)
{
	struct control *control = alloc(sizeof(*control));
	const struct group *admin = getgrnam("vdirector-admin");

	if (!socket_address(runtime_dir, &control->address))
		fatal("the control socket's name is too long: %s/" CONTROL_SOCKET, runtime_dir);
	control->loop = loop;
	control->directory = alloc_text(runtime_dir);
	control->admin_group = admin ? admin->gr_gid : (gid_t)-1;
	control->on_request = on_request;
	control->data = data;
	try_open(control);
	timer_set(loop, &control->look, mono_add(mono_read(), LOOK_INTERVAL), on_look, control);
	return control;
}

bool control_is_open(const struct control *control)
{
	return control->watch.loop;
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	while (control->clients)
		client_destroy(control->clients);
	if (control_is_open(control))
		unlink(control->address.sun_path);
	shut(control);
	timer_cancel(&control->look);
	free(control->directory);
	free(control);
}
