/*
 * A configuration on its way to the workers: main turns it into canonical text, each part in a
 * sealed memfd that any number of workers can map, now and when one of them is started again.
 * The shape of every worker's status segment also follows from it.
 */
#include "core/director/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/check_status.h"
#include "conf/change/changes.h"
#include "core/base/alloc.h"
#include "core/base/log.h"
#include "ipvs/ipvs_status.h"
#include "vrrp/net/net_status.h"
#include "vrrp/net/slots.h"
#include "vrrp/vrrp_status.h"

int generation_seal_text(const char *name, const char *text, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t written = 0;

	if (fd < 0)
		fatal("memfd_create: %s", strerror(errno));
	while (written < size) {
		ssize_t n = write(fd, text + written, size - written);

		if (n <= 0)
			fatal("writing a memfd: %s", strerror(errno));
		written += (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		fatal("sealing a memfd: %s", strerror(errno));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static char *print(const struct conf *conf, enum conf_part part, bool secrets, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		fatal("out of memory");
	__fsetlocking(out, FSETLOCKING_BYCALLER); /* a million small writes, by one thread */
	conf_print(conf, part, secrets, out);
	if (fclose(out) != 0)
		fatal("out of memory");
	return text;
}

int generation_seal(const struct conf *conf, enum conf_part part)
{
	static const char *const names[] = {"configuration", "configuration-vrrp",
					    "configuration-check"};
	size_t size;
	char *text = print(conf, part, true, &size);
	int fd = generation_seal_text(names[part], text, size);

	free(text);
	return fd;
}

void generation_number_slots(struct generation *generation, const struct generation *before)
{
	const struct conf *conf = generation->conf;
	size_t n = conf->n_instances, n_before = before ? before->conf->n_instances : 0;
	struct matching same = instances_match(before ? before->conf->instances : NULL, n_before,
					       conf->instances, n);
	bool *taken = alloc_array(SLOTS_MAX, sizeof(*taken));
	uint32_t next = before ? before->next_slot : 0;

	if (n + n_before >= SLOTS_MAX)
		fatal("%zu instances are too many", n);
	free(generation->slots);
	generation->slots = alloc_array(n + 1, sizeof(*generation->slots));
	/* Older generations are in force until all have the new one: what was used is used again
	 * only after all others. */
	for (size_t i = 0; i < n_before; i++)
		taken[before->slots[i]] = true;
	for (size_t i = 0; i < n; i++) {
		if (same.of_new[i] != MATCH_NONE) {
			generation->slots[i] = before->slots[same.of_new[i]];
			continue;
		}
		while (taken[next])
			next = (next + 1) % SLOTS_MAX;
		generation->slots[i] = next;
		next = (next + 1) % SLOTS_MAX;
	}
	generation->next_slot = next;
	matching_free(&same);
	free(taken);
}

struct generation *generation_create(uint64_t number, struct conf *conf, struct wall loaded_at)
{
	struct generation *generation = alloc(sizeof(*generation));
	cpu_set_t cpus;

	if (conf->global.check_workers == 0)
		conf->global.check_workers = sched_getaffinity(0, sizeof(cpus), &cpus) == 0
						     ? (unsigned)CPU_COUNT(&cpus)
						     : 1;
	*generation = (struct generation){.number = number,
					  .conf = conf,
					  .loaded_at = loaded_at,
					  .check_workers = conf->global.check_workers,
					  .references = 1};
	generation_number_slots(generation, NULL);
	for (size_t i = 0; i < conf->n_instances; i++) {
		int64_t interval = conf->instances[i].advert_interval;
		int64_t lease = conf->instances[i].address_lease * USEC_PER_SEC;

		if (!generation->advert_interval || interval < generation->advert_interval)
			generation->advert_interval = interval;
		if (lease > 0 && (!generation->address_lease || lease < generation->address_lease))
			generation->address_lease = lease;
	}
	for (unsigned part = 0; part <= CONF_CHECK; part++)
		generation->texts[part] = generation_seal(conf, (enum conf_part)part);
	return generation;
}

struct generation *generation_ref(struct generation *generation)
{
	generation->references++;
	return generation;
}

void generation_unref(struct generation *generation)
{
	if (!generation || --generation->references > 0)
		return;
	for (unsigned part = 0; part <= CONF_CHECK; part++)
		close(generation->texts[part]);
	conf_free(generation->conf);
	free(generation->slots);
	free(generation);
}

int generation_text(const struct generation *generation, enum role_kind kind)
{
	switch (kind) {
	case ROLE_KEEPER:
	case ROLE_MAIN:
		return generation->texts[CONF_ALL];
	case ROLE_VRRP:
	case ROLE_NET:
		return generation->texts[CONF_VRRP];
	case ROLE_IPVS:
	case ROLE_CHECK:
		return generation->texts[CONF_CHECK];
	}
	return -1;
}

bool generation_equal(const struct generation *a, const struct generation *b)
{
	size_t a_size, b_size;
	char *a_text = generation_read_text(a->texts[CONF_ALL], &a_size);
	char *b_text = generation_read_text(b->texts[CONF_ALL], &b_size);
	bool equal = a_text && b_text && a_size == b_size && memcmp(a_text, b_text, a_size) == 0;

	free(a_text);
	free(b_text);
	return equal;
}

char *generation_config_text(const struct generation *generation, bool secrets, size_t *size)
{
	return print(generation->conf, CONF_ALL, secrets, size);
}

static void count_records(const struct generation *generation, enum role_kind kind, unsigned index,
			  uint32_t counts[STATUS_TABLES])
{
	const struct conf *conf = generation->conf;

	switch (kind) {
	case ROLE_KEEPER:
	case ROLE_MAIN:
		break;
	case ROLE_VRRP:
		counts[STATUS_INSTANCES] = counts[STATUS_SLOTS] = (uint32_t)conf->n_instances;
		counts[STATUS_UNKNOWN_VRIDS] = STATUS_UNKNOWN_VRIDS_MAX;
		for (size_t i = 0; i < conf->n_instances; i++) {
			counts[STATUS_ADDRESSES] += (uint32_t)conf->instances[i].n_addresses;
			counts[STATUS_PEERS] += (uint32_t)conf->instances[i].transport.n_peers;
			counts[STATUS_LINKS] +=
				(uint32_t)conf->instances[i].transport.heartbeats.count + 1;
		}
		break;
	case ROLE_NET:
		counts[STATUS_HOLDINGS] = (uint32_t)conf->n_instances;
		break;
	case ROLE_IPVS:
		counts[STATUS_SERVICES] = (uint32_t)conf->n_services;
		for (size_t i = 0; i < conf->n_services; i++)
			counts[STATUS_SERVERS] += (uint32_t)conf->services[i].n_servers;
		counts[STATUS_KERNEL] = 1;
		break;
	case ROLE_CHECK:
		for (size_t i = 0; i < conf->n_targets; i++)
			counts[STATUS_TARGETS] += target_worker(&conf->targets[i],
								generation->check_workers) == index;
		break;
	}
}

const struct status_layout *generation_layout(enum role_kind kind)
{
	static const struct status_layout *const layouts[ROLE_KINDS] = {
		[ROLE_VRRP] = &vrrp_status_layout,
		[ROLE_NET] = &net_status_layout,
		[ROLE_IPVS] = &ipvs_status_layout,
		[ROLE_CHECK] = &check_status_layout,
	};

	return layouts[kind];
}

struct status *generation_segment(const struct generation *generation, enum role_kind kind,
				  unsigned index)
{
	uint32_t counts[STATUS_TABLES] = {0};

	count_records(generation, kind, index, counts);
	struct status *segment =
		status_create(generation_layout(kind), kind, index, generation->number, counts);
	for (uint32_t i = 0; kind == ROLE_VRRP && i < counts[STATUS_SLOTS]; i++)
		((struct slot_status *)status_record(segment, STATUS_SLOTS, i))->slot =
			generation->slots[i];
	for (uint32_t i = 0; kind == ROLE_NET && i < counts[STATUS_HOLDINGS]; i++)
		((struct holding_status *)status_record(segment, STATUS_HOLDINGS, i))->slot =
			generation->slots[i];
	return segment;
}

char *generation_read_text(int fd, size_t *size)
{
	struct stat file;
	size_t used = 0;

	if (fstat(fd, &file) < 0)
		return NULL;
	char *text = malloc((size_t)file.st_size + 1);
	while (text && used < (size_t)file.st_size) {
		ssize_t n = pread(fd, text + used, (size_t)file.st_size - used, (off_t)used);

		if (n <= 0) {
			free(text);
			return NULL;
		}
		used += (size_t)n;
	}
	if (text)
		text[used] = '\0';
	*size = used;
	return text;
}
