/*
 * What a configuration would change in the running one: the comparison and its effects, with what
 * the workers' status memory knows now.  For a reload, before it is applied (director_reload.c),
 * and for a plan, in a process of its own (director_plan.c).
 *
 * A worker's records are read only while it runs with the generation that is compared.
 */
#include "core/director/director_context.h"

#include "core/base/text.h"

#define LOGGED_MAX 50 /* lines of the log for one reload */

struct director_changes_facts {
	const struct worker *vrrp, *ipvs; /* NULL: nothing is known of its objects now */
};

static const struct worker *worker_with(const struct director *director, enum role_kind kind)
{
	const struct worker *worker = supervisor_find(director->supervisor, kind, 0);

	return worker && worker->status && worker->in_force == director->running ? worker : NULL;
}

static bool read_record(const struct worker *worker, unsigned table, uint32_t index, void *copy)
{
	return worker && index < status_count(worker->status, table) &&
	       status_read(worker->status, table, index, copy);
}

static bool know_instance(void *data, uint32_t index, struct instance_status *status)
{
	const struct director_changes_facts *facts = data;

	return read_record(facts->vrrp, STATUS_INSTANCES, index, status);
}

static bool know_service(void *data, uint32_t index, struct service_status *status)
{
	const struct director_changes_facts *facts = data;

	return read_record(facts->ipvs, STATUS_SERVICES, index, status);
}

static bool know_server(void *data, uint32_t index, struct server_status *status)
{
	const struct director_changes_facts *facts = data;

	return read_record(facts->ipvs, STATUS_SERVERS, index, status);
}

void director_changes_complete(const struct director *director, struct conf *next)
{
	if (next->global.check_workers == 0)
		next->global.check_workers = director->running->check_workers;
}

void director_changes_find(const struct director *director, const struct conf *next,
			   struct director_changes *changes)
{
	struct director_changes_facts known = {worker_with(director, ROLE_VRRP),
					       worker_with(director, ROLE_IPVS)};
	const struct effect_facts facts = {.before = director->running->conf,
					   .after = next,
					   .instance = know_instance,
					   .service = know_service,
					   .server = know_server,
					   .data = &known,
					   .instances = &changes->changes.instances};

	conf_changes_find(&changes->changes, director->running->conf, next);
	effects_find(&changes->effects, &changes->changes, &facts);
}

void director_changes_clear(struct director_changes *changes)
{
	effects_clear(&changes->effects);
	conf_changes_clear(&changes->changes);
}

bool director_changes_doubt(struct director *director, const struct conf *next,
			    const struct reading *reading, char *text, size_t size)
{
	const struct conf *running = director->running->conf;
	const struct options *options = director->options;
	const char *lost = reading ? reading_lost(reading, &director->reading) : NULL;
	bool no_instances = running->n_instances > 0 && next->n_instances == 0;
	bool no_services = running->n_services > 0 && next->n_services == 0;

	text[0] = '\0';
	if (reading && reading->statements == 0)
		text_append(text, size, "there is not a single statement in %.200s",
			    options->config);
	if (lost)
		text_append(text, size, "%s'%.200s' was there to be included before and is not now",
			    text[0] ? "; " : "", lost);
	if (no_instances && !options->checkers_only)
		text_append(text, size, "%sall instances (%zu) would be removed",
			    text[0] ? "; " : "", running->n_instances);
	if (no_services && !options->vrrp_only)
		text_append(text, size, "%sall services (%zu) would be removed",
			    text[0] ? "; " : "", running->n_services);
	return text[0];
}

void director_changes_log(const struct director_changes *changes)
{
	const struct effects *effects = &changes->effects;

	for (size_t i = 0; i < effects->count && i < LOGGED_MAX; i++)
		log_line(effects->list[i].disturbs ? LOG_LEVEL_NOTICE : LOG_LEVEL_INFO,
			 "reload: %s", effects->list[i].text);
	if (effects->count > LOGGED_MAX)
		log_info("reload: … and %zu more", effects->count - LOGGED_MAX);
}
