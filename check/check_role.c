/*
 * The check role: a worker without any privilege that talks to real servers.  This file ties the
 * check scheduler to what every role has: the configuration from main, the status segment, and the
 * link to the ipvs role, which gets every verdict once, and all of them again when it is new or
 * either side was configured.  A verdict that the link does not take waits until it has room:
 * verdicts are levels, the last one counts.
 */
#include "check/check_role.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "check/check_scheduler.h"
#include "conf/model/load.h"
#include "core/base/alloc.h"
#include "core/base/log.h"

#define SLOTS_MAX	     4096
#define DESCRIPTORS_RESERVED 32 /* links, segments, the loop, the log */

struct context {
	struct role *role;
	struct check_scheduler *scheduler;
	struct conf *conf; /* in force */
	struct link *ipvs; /* NULL while there is none */
};

static void send_verdicts(void *data)
{
	struct context *context = data;
	struct message_verdict verdict;

	while (context->ipvs && check_scheduler_verdict(context->scheduler, &verdict)) {
		if (!link_send(context->ipvs, MESSAGE_VERDICT, &verdict, sizeof(verdict)))
			return;
		check_scheduler_verdict_sent(context->scheduler);
	}
}

/* How many tries may be in flight: as many as there may be descriptors, within reason. */
static unsigned raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		fatal("the limit of descriptors can't be read: %s", strerror(errno));
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_warning("the limit of descriptors can't be raised: %s", strerror(errno));
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		fatal("the limit of descriptors can't be read: %s", strerror(errno));
	if (limit.rlim_cur >= SLOTS_MAX + DESCRIPTORS_RESERVED)
		return SLOTS_MAX;
	if (limit.rlim_cur > 2 * DESCRIPTORS_RESERVED)
		return (unsigned)limit.rlim_cur - DESCRIPTORS_RESERVED;
	return DESCRIPTORS_RESERVED;
}

static void *create(struct role *role)
{
	struct context *context = alloc(sizeof(*context));

	context->role = role;
	context->scheduler =
		check_scheduler_create(role->loop, raise_descriptors(), send_verdicts, context);
	return context;
}

static void configure(void *data, const char *text, size_t size, struct status *status)
{
	struct context *context = data;
	struct conf *conf = conf_parse_checked(text, size);
	unsigned n_workers = conf->global.check_workers ? conf->global.check_workers : 1;

	check_scheduler_configure(context->scheduler, conf, context->role->index, n_workers,
				  status);
	conf_free(context->conf);
	context->conf = conf;
	check_scheduler_repeat(context->scheduler);
	send_verdicts(context);
}

/* Nothing is sent in this direction, which link.c sees to. */
static void on_message(struct link *link, struct message *message, void *data)
{
	(void)data;
	fatal("%s was sent by %s", message_type_name(message->type),
	      role_kind_name(link_peer(link)));
}

static void on_closed(struct link *link, void *data)
{
	struct context *context = data;

	role_link_lost(context->role, link);
	link_destroy(link);
	context->ipvs = NULL;
}

static void on_drained(struct link *link, void *data)
{
	(void)link;
	send_verdicts(data);
}

static void peer(void *data, enum role_kind kind, unsigned index, int fd)
{
	struct context *context = data;

	if (kind != ROLE_IPVS)
		fatal("a check worker was given a link to %s", role_kind_name(kind));
	link_destroy(context->ipvs);
	context->ipvs = link_create(context->role->loop, fd, ROLE_CHECK, kind, index, on_message,
				    on_closed, context);
	link_on_drained(context->ipvs, on_drained);
	check_scheduler_repeat(context->scheduler);
	send_verdicts(context);
}

static void stop(void *data, bool keep)
{
	struct context *context = data;

	(void)keep; /* this role has nothing in the kernel */
	role_stopped(context->role);
}

static void destroy(void *data)
{
	struct context *context = data;

	check_scheduler_destroy(context->scheduler);
	link_destroy(context->ipvs);
	conf_free(context->conf);
	free(context);
}

const struct role_vtable check_role = {
	.kind = ROLE_CHECK,
	.layout = &check_status_layout,
	.create = create,
	.configure = configure,
	.peer = peer,
	.stop = stop,
	.destroy = destroy,
};
