/* Services over verdicts, reloads and restarts: states follow the servers' identities, whatever
 * else changes in the file, against a model that knows only identities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "ipvs/history.h"
#include "ipvs/reconcile.h"
#include "ipvs/services.h"
#include "ipvs/verdicts.h"

#define SEED	 20261124U
#define STEPS	 4000
#define SERVICES 3
#define HOSTS	 6
#define TARGETS	 8 /* different probes there are */

/* A random configuration; all services over the same hosts and targets. */
struct file {
	struct conf conf;
	struct service_conf services[SERVICES];
	struct server_conf servers[SERVICES][HOSTS];
	uint32_t targets_of[SERVICES][HOSTS];
	struct target_conf targets[TARGETS];
};

/* What the model remembers, by identity. */
struct model {
	enum verdict verdicts[TARGETS];		      /* of probes, for one life of the worker */
	enum server_state states[SERVICES][HOSTS];    /* now */
	enum server_state inherited[SERVICES][HOSTS]; /* at the last configuration */
};

struct world {
	struct file *file;
	struct verdicts *verdicts;
	struct services *services;
	struct status *status;
	struct model model;
};

static unsigned draw(unsigned below)
{
	return (unsigned)rand() % below;
}

static struct address host(unsigned number)
{
	struct address address = {.family = AF_INET};

	address.bytes[0] = 10;
	address.bytes[3] = (uint8_t)(number + 1);
	return address;
}

static void quiet(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	(void)source;
	(void)text;
}

static void shuffle(unsigned *list, unsigned count)
{
	for (unsigned i = count; i > 1; i--) {
		unsigned other = draw(i);
		unsigned saved = list[i - 1];

		list[i - 1] = list[other];
		list[other] = saved;
	}
}

static void random_service(struct file *file, size_t place, unsigned identity)
{
	unsigned order[HOSTS];
	struct service_conf *service = &file->services[place];

	*service = (struct service_conf){
		.address = host(200),
		.family = AF_INET,
		.port = (uint16_t)(80 + identity),
		.protocol = IPPROTO_TCP,
		.scheduler = "wlc",
		.quorum = 1,
		.servers = file->servers[place],
		.n_servers = 1 + draw(HOSTS),
	};
	for (unsigned i = 0; i < HOSTS; i++)
		order[i] = i;
	shuffle(order, HOSTS);
	for (size_t i = 0; i < service->n_servers; i++) {
		file->targets_of[place][i] = draw(TARGETS);
		file->servers[place][i] = (struct server_conf){
			.address = host(order[i]),
			.port = 80,
			.weight = 1,
			.alpha = draw(4) == 0,
			.targets = &file->targets_of[place][i],
			.n_targets = draw(8) != 0,
		};
	}
}

static struct file *random_file(void)
{
	struct file *file = calloc(1, sizeof(*file));
	unsigned services[SERVICES], targets[TARGETS];

	assert_non_null(file);
	for (unsigned i = 0; i < SERVICES; i++)
		services[i] = i;
	for (unsigned i = 0; i < TARGETS; i++)
		targets[i] = i;
	shuffle(services, SERVICES);
	shuffle(targets, TARGETS);
	for (unsigned i = 0; i < TARGETS; i++)
		file->targets[i].key = 100 + targets[i];
	file->conf.targets = file->targets;
	file->conf.n_targets = TARGETS;
	file->conf.services = file->services;
	file->conf.n_services = 1 + draw(SERVICES);
	for (unsigned i = 0; i < file->conf.n_services; i++)
		random_service(file, i, services[i]);
	return file;
}

static struct status *make_status(const struct conf *conf)
{
	uint32_t counts[STATUS_TABLES] = {
		[STATUS_SERVICES] = (uint32_t)conf->n_services, [STATUS_KERNEL] = 1};

	for (size_t i = 0; i < conf->n_services; i++)
		counts[STATUS_SERVERS] += (uint32_t)conf->services[i].n_servers;
	return status_create(&ipvs_status_layout, ROLE_IPVS, 0, 1, counts);
}

static void evaluate(struct world *world)
{
	assert_true(services_evaluate(world->services, verdicts_by_target(world->verdicts),
				      wall_read(), INT64_MAX));
	for (size_t i = 0; i < world->services->n_services; i++)
		services_write(world->services, &world->services->list[i], world->status);
}

/* Puts `file` in force, with the states of the segment before and, on a reload, the verdicts. */
static void configure(struct world *world, struct file *file, bool reload)
{
	struct status *status = make_status(&file->conf);
	struct verdicts *verdicts = verdicts_create(&file->conf, reload ? world->verdicts : NULL);
	struct history history;

	history_read(&history, world->status);
	services_destroy(world->services);
	verdicts_destroy(world->verdicts);
	if (world->status)
		status_unmap(world->status);
	if (file != world->file)
		free(world->file);
	world->file = file;
	world->verdicts = verdicts;
	world->status = status;
	world->services = services_create(&file->conf, &history, wall_read());
	history_clear(&history);
	evaluate(world);
}

static enum server_state model_state(const struct model *model, const struct file *file,
				     size_t place, size_t server, unsigned identity,
				     unsigned number)
{
	const struct server_conf *conf = &file->servers[place][server];

	if (conf->n_targets == 0)
		return SERVER_UP;
	switch (model->verdicts[file->targets[conf->targets[0]].key - 100]) {
	case VERDICT_PASS:
		return SERVER_UP;
	case VERDICT_FAIL:
		return SERVER_DOWN;
	case VERDICT_UNKNOWN:
		break;
	}
	if (model->inherited[identity][number] != SERVER_UNKNOWN)
		return model->inherited[identity][number];
	return conf->alpha ? SERVER_DOWN : SERVER_UNKNOWN;
}

/* The model goes on, and every server of the file is compared with it. */
static void assert_model(struct world *world)
{
	enum server_state now[SERVICES][HOSTS] = {{SERVER_UNKNOWN}};

	for (size_t i = 0; i < world->file->conf.n_services; i++) {
		const struct service_conf *service = &world->file->services[i];
		unsigned identity = service->port - 80U;

		for (size_t s = 0; s < service->n_servers; s++) {
			unsigned number = service->servers[s].address.bytes[3] - 1U;

			now[identity][number] =
				model_state(&world->model, world->file, i, s, identity, number);
			assert_int_equal(world->services->list[i].facts[s].state,
					 now[identity][number]);
		}
	}
	memcpy(world->model.states, now, sizeof(now));
}

static void states_follow_identities_over_reloads_and_restarts(void **state)
{
	struct world world = {0};

	(void)state;
	log_setup(quiet, NULL, "test", LOG_LEVEL_INFO);
	print_message("seed %u\n", SEED);
	srand(SEED);
	configure(&world, random_file(), false);
	assert_model(&world);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned what = draw(10);
		unsigned probe = draw(TARGETS);
		enum verdict verdict = draw(2) ? VERDICT_PASS : VERDICT_FAIL;

		if (what <= 1) { /* a reload, or a death with a new file meanwhile */
			memcpy(world.model.inherited, world.model.states,
			       sizeof(world.model.states));
			if (what == 1)
				memset(world.model.verdicts, 0, sizeof(world.model.verdicts));
			configure(&world, random_file(), what == 0);
		} else {
			uint32_t target = verdicts_set(world.verdicts, 100 + probe, verdict);

			world.model.verdicts[probe] = verdict;
			if (target != VERDICTS_NO_TARGET)
				services_touch(world.services, target);
			evaluate(&world);
		}
		assert_model(&world);
	}
	services_destroy(world.services);
	verdicts_destroy(world.verdicts);
	status_unmap(world.status);
	free(world.file);
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_INFO);
}

/* A quorum of more than one with hysteresis, and perhaps a fallback: the last server. */
static void demand_quorum(struct file *file, size_t place)
{
	struct service_conf *service = &file->services[place];

	service->quorum = 2 + draw(2);
	service->hysteresis = 1;
	service->n_fallbacks = service->n_servers > 1 && draw(2);
	file->servers[place][service->n_servers - 1].fallback = service->n_fallbacks > 0;
}

/* Quorum with hysteresis has a memory too: between its bounds it is what it was. */
static void restart_changes_nothing_that_is_wanted(void **state)
{
	struct world world = {0};
	struct file *file;

	(void)state;
	log_setup(quiet, NULL, "test", LOG_LEVEL_INFO);
	srand(SEED);
	for (unsigned round = 0; round < 300; round++) {
		struct table_service wanted = {0};
		struct difference difference = {0};
		int64_t since;

		file = random_file();
		for (unsigned i = 0; i < file->conf.n_services; i++)
			demand_quorum(file, i);
		configure(&world, file, true);
		for (unsigned i = 0; i < 20; i++) {
			uint32_t target = verdicts_set(world.verdicts, 100 + draw(TARGETS),
						       draw(2) ? VERDICT_PASS : VERDICT_FAIL);

			if (target != VERDICTS_NO_TARGET)
				services_touch(world.services, target);
			evaluate(&world);
		}
		table_service_copy(&wanted, &world.services->list[0].wanted);
		since = world.services->list[0].facts[0].since;
		configure(&world, file, false);
		reconcile_service(&world.services->list[0].wanted, &wanted, 0, &difference);
		assert_int_equal(reconcile_count(&difference), 0);
		assert_int_equal(world.services->list[0].facts[0].since, since);
		reconcile_clear(&difference);
		table_service_clear(&wanted);
	}
	services_destroy(world.services);
	verdicts_destroy(world.verdicts);
	status_unmap(world.status);
	free(world.file);
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_INFO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_follow_identities_over_reloads_and_restarts),
		cmocka_unit_test(restart_changes_nothing_that_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
