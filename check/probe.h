#ifndef CHECK_PROBE_H
#define CHECK_PROBE_H

#include <stdarg.h>

#include "check/check_status.h"
#include "conf/table/conf.h"
#include "core/base/list.h"
#include "core/base/loop.h"
#include "core/base/mono.h"

/* How a try ended. */
struct probe_result {
	enum check_result result;
	enum check_reason reason;
	enum check_phase phase; /* in which it ended */
	uint32_t url;		/* in which it ended; 0 for kinds without urls */
	int64_t latency;	/* µs from begin to end */
	char text[STATUS_TEXT_SIZE];
};

struct probe;
typedef void probe_done_fn(struct probe *probe, const struct probe_result *result, void *data);

/* A kind of check: one file with one of these.  All functions run in the worker's one thread. */
struct probe_kind {
	/* What all probes of the kind in this worker share, made while files may still be opened;
	 * and its end, when no probe is left. NULL: nothing is shared. */
	void *(*create)(void);
	void (*destroy)(void *shared);
	/* What all tries of one target share (requests, compiled patterns). NULL with *error: no
	 * try can be made. The function itself may be NULL. */
	void *(*prepare)(const struct target_conf *conf, char error[STATUS_TEXT_SIZE]);
	void (*release)(void *prepared);
	/* Begins a try. It ends in one probe_end(), perhaps within the call. */
	void (*start)(struct probe *probe);
	/* The connection that probe_connect() began stands. */
	void (*connected)(struct probe *probe);
	/* Gives back what the try holds besides its descriptor. May be NULL. */
	void (*abandon)(struct probe *probe);
};

/* What an error of a socket call says about the server, or about ourselves. */
struct socket_error {
	int error; /* errno; 0 = not foreseen */
	enum check_result result;
	enum check_reason reason;
	const char *text;
};

/* One target's means to be tried; embedded in it and used for one try after the other. */
struct probe {
	const struct probe_kind *kind;
	const struct target_conf *conf; /* replaced on reload by an equal one */
	struct loop *loop;
	void *shared;
	void *prepared;
	probe_done_fn *done;
	void *data;
	struct timer deadline; /* set while a try waits for the server */
	struct list in_queue;  /* or it waits for this process: the kind's own queue */
	struct watch watch;    /* of the try's connection, while there is one */
	struct mono began;
	enum check_phase phase; /* PHASE_NONE while no try runs */
	uint32_t url;
	void *state; /* the kind's own, during a try */
};

/* probe.c */
const struct probe_kind *probe_kind_of(enum check_kind kind);
/* Begins a try; `done` is called once, later or within the call. None may be running. */
void probe_begin(struct probe *probe);
/* Ends the try without a result; nothing happens when none is running. */
void probe_cancel(struct probe *probe);

/* For the kinds: */

/* The deadline of connecting and all that follows is the target's timeout from now on. */
void probe_arm(struct probe *probe);
/* Opens a connection to the target's address and port; then calls the kind's connected(), with the
 * descriptor watched for EPOLLOUT, or ends the try. Either may happen within the call. */
void probe_connect(struct probe *probe);
/* Closes the connection of the try, if there is one. */
void probe_close(struct probe *probe);
/* Ends the try, releases all it holds and reports. The text names the url where the target has
 * several and the try did not pass; too long, it is cut. */
void probe_end(struct probe *probe, enum check_result result, enum check_reason reason,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Ends the try for the error of a socket call. */
void probe_end_errno(struct probe *probe, int error);
/* Errors nobody foresaw are inconclusive. Never NULL; static. */
const struct socket_error *probe_socket_error(int error);

extern const struct probe_kind tcp_probe;  /* tcp.c */
extern const struct probe_kind http_probe; /* http.c */

#endif
