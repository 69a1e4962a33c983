#ifndef CORE_CONTROL_H
#define CORE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/json_writer.h"
#include "core/base/loop.h"

#define CONTROL_SOCKET	    "control.sock" /* in the runtime directory */
#define CONTROL_REQUEST_MAX 65536	   /* bytes of a request with its newline */
#define CONTROL_CLIENTS_MAX 32
#define CONTROL_PLACES_KEPT 4 /* of them, for root and the daemon's own user */

/*
 * The control socket: one request, a JSON object, per line; one response object per line, in the
 * same order: {"ok":true, ...} or {"ok":false,"error":"..."}.
 */
struct control;

struct control_request {
	uint64_t client;      /* for control_reply() */
	const char *command;  /* of the request's "command" */
	const char *instance; /* of its "instance"; NULL: not given */
	bool may_change;      /* the client may do more than look */
	bool force;	      /* of its "force" */
};

/* Carry it out and call control_reply() once, now or later. The strings are gone on return. */
typedef void control_request_fn(const struct control_request *request, void *data);

/* control.c */

/* Binds RUNTIME_DIR/control.sock, whose name must fit, in place of one that nobody listens to.
 * Where that fails, which is logged, and where somebody removes it later, it is tried again from
 * time to time. */
struct control *control_create(struct loop *loop, const char *runtime_dir,
			       control_request_fn *on_request, void *data);
/* False: it cannot be reached for now, which is logged. */
bool control_is_open(const struct control *control);
/* Removes the socket; NULL is allowed. Open requests get no answer. */
void control_destroy(struct control *control);
/* Sends what `response` holds (one object without its newline) and takes the buffer; dropped when
 * the client is gone. */
void control_reply(struct control *control, uint64_t client, struct json_writer *response);
/* False: the client is gone, or has its answer. Whoever keeps requests for later forgets those
 * first: there are no more that wait than there can be clients. */
bool control_is_waiting(const struct control *control, uint64_t client);
/* The descriptor that came with the request in work, from now on the caller's; -1: none. */
int control_take_fd(struct control *control, uint64_t client);
/* {"ok":false,"error":...} */
void control_reply_error(struct control *control, uint64_t client, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A socket's name has a limit of about a hundred bytes. */
bool control_name_fits(const char *runtime_dir);
/* Some daemon answers on that runtime directory's socket. */
bool control_is_served(const char *runtime_dir);

#endif
