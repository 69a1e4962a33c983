/*
 * The ipvs role: verdicts in, kernel table out.
 *
 * Check workers send the verdicts of their targets, vrrp tells when an instance becomes active
 * (then everything is compared at once, in case somebody else served here before).  Verdicts are
 * remembered (verdicts.c), the services they concern evaluated once per turn (services.c), and the
 * passes (pass.c) bring the kernel after them.
 *
 * A restart and a reload are the same here: the states come from the status segment of before, so
 * that nothing changes until a verdict does.  Check workers send their verdicts again when their
 * link is made.
 */
#include "ipvs/ipvs_role.h"

#include <stdlib.h>

#include "conf/model/load.h"
#include "core/base/alloc.h"
#include "ipvs/history.h"
#include "ipvs/pass.h"
#include "ipvs/services.h"
#include "ipvs/verdicts.h"

#define EVALUATION_PIECE (10 * USEC_PER_MSEC) /* of work per turn */

struct ipvs {
	struct role *role;
	struct conf *conf; /* NULL before the first configuration */
	struct verdicts *verdicts;
	struct services *services;
	struct status *status; /* role->status is still the old one while we are configured */
	struct pass *pass;
	struct timer evaluation;
	struct link *vrrp;    /* NULL: none */
	struct link **checks; /* by worker; NULL: none */
	unsigned n_checks;
};

static void *create(struct role *role)
{
	struct ipvs *ipvs = alloc(sizeof(*ipvs));
	const struct conf nothing = {0};

	ipvs->role = role;
	ipvs->pass = pass_create(role->loop);
	/* Check workers may be heard before the first configuration comes. */
	ipvs->verdicts = verdicts_create(&nothing, NULL);
	return ipvs;
}

static void evaluation_due(struct timer *timer, void *data)
{
	struct ipvs *ipvs = data;

	if (!services_evaluate(ipvs->services, verdicts_by_target(ipvs->verdicts), wall_read(),
			       EVALUATION_PIECE))
		timer_set(ipvs->role->loop, timer, mono_add(loop_now(ipvs->role->loop), 1),
			  evaluation_due, ipvs);
	pass_due(ipvs->pass);
}

static void configure(void *context, const char *text, size_t size, struct status *status)
{
	struct ipvs *ipvs = context;
	struct conf *old_conf = ipvs->conf;
	struct verdicts *old_verdicts = ipvs->verdicts;
	struct services *old_services = ipvs->services;
	struct history history;

	history_read(&history, ipvs->status ? ipvs->status : status);
	ipvs->conf = conf_parse_checked(text, size);
	ipvs->verdicts = verdicts_create(ipvs->conf, old_verdicts);
	ipvs->services = services_create(ipvs->conf, &history, wall_read());
	ipvs->status = status;
	(void)services_evaluate(ipvs->services, verdicts_by_target(ipvs->verdicts), wall_read(),
				INT64_MAX);
	pass_configure(ipvs->pass, ipvs->services, &history, status);
	history_clear(&history);
	services_destroy(old_services);
	verdicts_destroy(old_verdicts);
	conf_free(old_conf);
}

static void take_verdict(struct ipvs *ipvs, const struct link *check,
			 const struct message_verdict *verdict)
{
	const struct target_conf conf = {.key = verdict->target};
	unsigned n_workers = ipvs->conf ? ipvs->conf->global.check_workers : 0;

	/* A check worker decides over its own share of the targets only: it may have been taken
	 * over. */
	if (n_workers > 0 && target_worker(&conf, n_workers) != link_peer_index(check))
		return;
	uint32_t target =
		verdicts_set(ipvs->verdicts, verdict->target, (enum verdict)verdict->verdict);
	if (target == VERDICTS_NO_TARGET)
		return;
	services_touch(ipvs->services, target);
	if (!timer_is_set(&ipvs->evaluation))
		timer_set(ipvs->role->loop, &ipvs->evaluation, loop_now(ipvs->role->loop),
			  evaluation_due, ipvs);
}

static void on_message(struct link *link, struct message *message, void *data)
{
	struct ipvs *ipvs = data;
	const struct message_instance *instance = message->payload;

	if (message->type == MESSAGE_VERDICT)
		take_verdict(ipvs, link, message->payload);
	else if (message->type == MESSAGE_INSTANCE && instance->state == INSTANCE_ACTIVE &&
		 ipvs->services)
		pass_whole(ipvs->pass);
}

/* Where the link to that peer is kept. */
static struct link **link_place(struct ipvs *ipvs, enum role_kind kind, unsigned index)
{
	if (kind == ROLE_VRRP)
		return &ipvs->vrrp;
	if (index >= ipvs->n_checks) {
		ipvs->checks = alloc_resize(ipvs->checks, index + 1, sizeof(struct link *));
		while (ipvs->n_checks <= index)
			ipvs->checks[ipvs->n_checks++] = NULL;
	}
	return &ipvs->checks[index];
}

/* The peer died, or one side refused what the other sent: the verdicts hold until a new link brings
 * all of them again, at whatever age. */
static void on_closed(struct link *link, void *data)
{
	struct ipvs *ipvs = data;

	role_link_lost(ipvs->role, link);
	*link_place(data, link_peer(link), link_peer_index(link)) = NULL;
	link_destroy(link);
}

static void peer(void *context, enum role_kind kind, unsigned index, int fd)
{
	struct ipvs *ipvs = context;
	struct link **place = link_place(ipvs, kind, index);

	link_destroy(*place);
	*place = link_create(ipvs->role->loop, fd, ROLE_IPVS, kind, index, on_message, on_closed,
			     ipvs);
}

static void wound_down(void *data)
{
	struct ipvs *ipvs = data;

	role_stopped(ipvs->role);
}

static void stop(void *context, bool keep)
{
	struct ipvs *ipvs = context;

	timer_cancel(&ipvs->evaluation);
	if (keep)
		role_stopped(ipvs->role);
	else
		pass_wind_down(ipvs->pass, wound_down, ipvs);
}

static void destroy(void *context)
{
	struct ipvs *ipvs = context;

	timer_cancel(&ipvs->evaluation);
	pass_destroy(ipvs->pass);
	link_destroy(ipvs->vrrp);
	for (unsigned i = 0; i < ipvs->n_checks; i++)
		link_destroy(ipvs->checks[i]);
	free(ipvs->checks);
	services_destroy(ipvs->services);
	verdicts_destroy(ipvs->verdicts);
	conf_free(ipvs->conf);
	free(ipvs);
}

const struct role_vtable ipvs_role = {
	.kind = ROLE_IPVS,
	.layout = &ipvs_status_layout,
	.create = create,
	.configure = configure,
	.peer = peer,
	.stop = stop,
	.destroy = destroy,
};
