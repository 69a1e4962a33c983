/*
 * The status memory as a journal: what a predecessor, or this process under an earlier
 * configuration, wrote about an instance is found by the instance's identity and taken over.
 *
 * Called by vrrp_role.c when a configuration is put in force.
 */
#include "vrrp/journal.h"

#include <stdlib.h>
#include <string.h>

static bool record_is_of(const struct instance_status *record, const struct instance_conf *conf)
{
	return atomic_load_explicit(&record->record.sequence, memory_order_relaxed) != 0 &&
	       record->vrid == conf->vrid && record->family == conf->family &&
	       strncmp(record->interface, conf->interface, sizeof(record->interface)) == 0;
}

struct instance_status *journal_take(const struct conf *conf, struct status *status)
{
	struct instance_status *journal = calloc(conf->n_instances + 1, sizeof(*journal));
	uint32_t n = status_count(status, STATUS_INSTANCES);

	if (journal == NULL)
		fatal("no memory for %zu instances", conf->n_instances);
	for (uint32_t i = 0; i < conf->n_instances; i++)
		for (uint32_t tried = 0; tried < n; tried++) {
			/* Its own place first: that is where it is, but for a changed file. */
			uint32_t place = (i + tried) % n;
			const struct instance_status *record =
				status_record(status, STATUS_INSTANCES, place);

			if (!record_is_of(record, &conf->instances[i]))
				continue;
			memcpy(&journal[i], record, sizeof(journal[i]));
			break;
		}
	return journal;
}

void journal_copy_record(struct instance_status *to, const struct instance_status *from)
{
	const size_t skip = sizeof(to->record);

	status_begin(to);
	memcpy((char *)to + skip, (const char *)from + skip, sizeof(*to) - skip);
	status_end(to);
}

struct engine_journal journal_of(const struct instance_status *record)
{
	return (struct engine_journal){
		.state = record->state <= INSTANCE_FAULT ? (enum instance_state)record->state
							 : INSTANCE_INIT,
		.standby = record->standby,
		.takeover = record->takeover,
		.advert_sent = {record->advert_sent},
		.down_due = {record->down_due},
		.hold_until = {record->hold_until},
		.peer = {record->peer,
			 record->peer_priority,
			 {record->peer_heard},
			 record->peer_interval,
			 {0}},
	};
}
