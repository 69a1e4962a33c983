/* Passes over a kernel that is played here: what is sent, in which order, and what a refusal or a
 * change by others leads to.  The kernel_* functions below take the place of kernel.c's; pass.c is
 * included, because nobody waits for its timers here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "ipvs/kernel.h"
#include "ipvs/pass.c"
#include "ipvs/verdicts.h"

#define MAX_SERVERS 700
#define SERVICES    2

/* The played kernel. */
struct kernel {
	bool absent;
	struct table table;
	unsigned opened;
	unsigned dumps;
	unsigned sent;
	enum command_kind kinds[4096]; /* of the commands that came */
	int refusal;		       /* errno for ... */
	enum command_kind refused_kind;
	uint8_t refused_host; /* ... this kind and last byte of the destination (0: any) */
	bool starved;	      /* a service lost its last serving destination */
};

static struct kernel played;
static char logged[65536];

static void log_collect(void *data, enum log_level level, const char *source, const char *text)
{
	size_t used = strlen(logged);

	(void)data;
	(void)source;
	if (level <= LOG_LEVEL_DEBUG)
		snprintf(logged + used, sizeof(logged) - used, "%s: %s\n", log_level_name(level),
			 text);
}

struct kernel *kernel_open(char text[KERNEL_TEXT_SIZE])
{
	played.opened++;
	if (!played.absent)
		return &played;
	snprintf(text, KERNEL_TEXT_SIZE, "no IPVS here");
	return NULL;
}

void kernel_close(struct kernel *kernel)
{
	(void)kernel;
}

int kernel_dump_services(struct kernel *kernel, struct table *table)
{
	kernel->dumps++;
	table_clear(table);
	for (size_t i = 0; i < kernel->table.n_services; i++) {
		struct table_service *copy = table_append(table, &kernel->table.services[i]);

		table_service_clear(copy);
	}
	table_sort(table);
	return 0;
}

int kernel_dump_destinations(struct kernel *kernel, struct table_service *service)
{
	const struct table_service *own = table_find(&kernel->table, &service->key);

	if (own)
		table_service_copy(service, own);
	return 0;
}

static size_t serving(const struct table_service *service)
{
	size_t count = 0;

	for (size_t i = 0; service && i < service->n_destinations; i++)
		count += service->destinations[i].weight > 0;
	return count;
}

static int apply_service(struct kernel *kernel, const struct command *command)
{
	struct table_service *own = table_find(&kernel->table, &command->service->key);
	struct table_service bare = *command->service;

	bare.destinations = NULL;
	bare.n_destinations = 0;
	if (command->kind == COMMAND_NEW_SERVICE) {
		if (own)
			return EEXIST;
		table_append(&kernel->table, &bare);
		table_sort(&kernel->table);
		return 0;
	}
	if (!own)
		return ESRCH;
	if (command->kind == COMMAND_SET_SERVICE) {
		memcpy(own->scheduler, bare.scheduler, sizeof(own->scheduler));
		own->flags = bare.flags;
		own->timeout = bare.timeout;
		return 0;
	}
	table_service_clear(own);
	*own = kernel->table.services[--kernel->table.n_services];
	table_sort(&kernel->table);
	return 0;
}

static int apply_destination(struct kernel *kernel, const struct command *command)
{
	const struct destination *wanted = &command->destination;
	struct table_service *own = table_find(&kernel->table, &command->service->key);
	struct destination *present;

	if (!own)
		return ESRCH;
	present = table_service_find(own, &wanted->address, wanted->port);
	if (command->kind == COMMAND_NEW_DESTINATION) {
		if (present)
			return EEXIST;
		table_service_append(own, wanted);
	} else if (!present) {
		return ENOENT;
	} else if (command->kind == COMMAND_SET_DESTINATION) {
		*present = *wanted;
	} else {
		*present = own->destinations[--own->n_destinations];
	}
	table_service_sort(own);
	return 0;
}

static int apply(struct kernel *kernel, const struct command *command)
{
	bool on_service = command->kind <= COMMAND_DEL_SERVICE;
	const struct table_service *own = table_find(&kernel->table, &command->service->key);
	size_t before = serving(own);
	int error;

	assert_true(kernel->sent < sizeof(kernel->kinds) / sizeof(kernel->kinds[0]));
	kernel->kinds[kernel->sent++] = command->kind;
	if (kernel->refusal != 0 && command->kind == kernel->refused_kind &&
	    (kernel->refused_host == 0 ||
	     command->destination.address.bytes[3] == kernel->refused_host))
		return kernel->refusal;
	error = on_service ? apply_service(kernel, command) : apply_destination(kernel, command);
	own = table_find(&kernel->table, &command->service->key);
	if (before > 0 && own && serving(own) == 0)
		kernel->starved = true;
	return error;
}

int kernel_execute(struct kernel *kernel, const struct command *commands, size_t n_commands,
		   int *errors)
{
	assert_true(n_commands > 0 && n_commands <= KERNEL_BATCH);
	for (size_t i = 0; i < n_commands; i++)
		errors[i] = apply(kernel, &commands[i]);
	return 0;
}

/* Two services 10.0.0.200:80 and :81 with the same number of servers and a fallback each. */
struct world {
	struct loop *loop;
	struct conf conf;
	struct service_conf service_confs[SERVICES];
	struct server_conf server_confs[SERVICES][MAX_SERVERS];
	uint32_t target_index[MAX_SERVERS];
	struct target_conf targets[MAX_SERVERS];
	struct verdicts *verdicts;
	struct services *services;
	struct status *status;
	struct pass *pass;
};

static struct address host(unsigned number)
{
	struct address address = {.family = AF_INET};

	address.bytes[0] = 10;
	address.bytes[2] = (uint8_t)(number >> 8);
	address.bytes[3] = (uint8_t)number;
	return address;
}

static void describe_service(struct world *world, unsigned index, unsigned reals)
{
	struct server_conf *servers = world->server_confs[index];

	world->service_confs[index] = (struct service_conf){
		.address = host(200),
		.family = AF_INET,
		.port = (uint16_t)(80 + index),
		.protocol = IPPROTO_TCP,
		.scheduler = "wlc",
		.quorum = 1,
		.servers = servers,
		.n_servers = reals + 1,
		.n_fallbacks = 1,
	};
	for (unsigned i = 0; i < reals; i++) {
		servers[i] = (struct server_conf){.address = host(i + 1),
						  .port = 80,
						  .weight = 1,
						  .forward = {.method = LVS_DR},
						  .targets = &world->target_index[i],
						  .n_targets = 1};
	}
	servers[reals] = (struct server_conf){
		.port = 80, .fallback = true, .weight = 1, .forward = {.method = LVS_DR}};
	assert_true(address_parse("127.0.0.1", &servers[reals].address));
}

static struct status *make_status(unsigned reals)
{
	uint32_t counts[STATUS_TABLES] = {[STATUS_SERVICES] = SERVICES,
					  [STATUS_SERVERS] = SERVICES * (reals + 1),
					  [STATUS_KERNEL] = 1};

	return status_create(&ipvs_status_layout, ROLE_IPVS, 0, 1, counts);
}

/* A worker's life begins: with the states that `status` remembers. */
static void start(struct world *world)
{
	struct history history;

	history_read(&history, world->status);
	world->verdicts = verdicts_create(&world->conf, NULL);
	world->services = services_create(&world->conf, &history, wall_read());
	services_evaluate(world->services, verdicts_by_target(world->verdicts), wall_read(),
			  INT64_MAX);
	world->pass = pass_create(world->loop);
	pass_configure(world->pass, world->services, &history, world->status);
	history_clear(&history);
}

static void end(struct world *world)
{
	pass_destroy(world->pass);
	services_destroy(world->services);
	verdicts_destroy(world->verdicts);
}

static struct world *make_world(unsigned reals)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	table_clear(&played.table);
	played = (struct kernel){0};
	logged[0] = '\0';
	log_setup(log_collect, NULL, "ipvs", LOG_LEVEL_DEBUG);
	world->loop = loop_create();
	for (unsigned i = 0; i < reals; i++) {
		world->target_index[i] = i;
		world->targets[i].key = 1000 + i;
	}
	for (unsigned i = 0; i < SERVICES; i++)
		describe_service(world, i, reals);
	world->conf.services = world->service_confs;
	world->conf.n_services = SERVICES;
	world->conf.targets = world->targets;
	world->conf.n_targets = reals;
	world->status = make_status(reals);
	return world;
}

static void free_world(struct world *world)
{
	end(world);
	status_unmap(world->status);
	loop_destroy(world->loop);
	free(world);
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_INFO);
}

/* Enough turns for any plan of these tests. */
static void work(struct world *world)
{
	for (unsigned i = 0; i < 200; i++)
		loop_turn(world->loop, 0);
}

static void verdict(struct world *world, uint32_t target, enum verdict verdict)
{
	assert_int_equal(verdicts_set(world->verdicts, 1000 + target, verdict), target);
	services_touch(world->services, target);
}

static void evaluate(struct world *world)
{
	assert_true(services_evaluate(world->services, verdicts_by_target(world->verdicts),
				      wall_read(), INT64_MAX));
	pass_due(world->pass);
	work(world);
}

static int32_t kernel_weight(unsigned service, const struct address *address)
{
	const struct table_key key = {.family = AF_INET,
				      .protocol = IPPROTO_TCP,
				      .port = (uint16_t)(80 + service),
				      .address = host(200)};
	const struct table_service *own = table_find(&played.table, &key);
	const struct destination *found = own ? table_service_find(own, address, 80) : NULL;

	return found ? found->weight : WEIGHT_ABSENT;
}

static int32_t weight(unsigned service, unsigned number)
{
	struct address address = host(number);

	return kernel_weight(service, &address);
}

static int32_t fallback_weight(unsigned service)
{
	struct address address;

	assert_true(address_parse("127.0.0.1", &address));
	return kernel_weight(service, &address);
}

static void add_foreign(void)
{
	struct table_service foreign = {.key = {.family = AF_INET, .fwmark = 99},
					.scheduler = "rr"};
	struct destination destination = {.address = host(77), .port = 1, .weight = 3};

	table_service_append(&foreign, &destination);
	table_append(&played.table, &foreign);
	table_sort(&played.table);
	table_service_clear(&foreign);
}

static void assert_foreign_is_untouched(void)
{
	const struct table_key key = {.family = AF_INET, .fwmark = 99};
	const struct table_service *foreign = table_find(&played.table, &key);

	assert_non_null(foreign);
	assert_int_equal(foreign->n_destinations, 1);
	assert_int_equal(foreign->destinations[0].weight, 3);
}

static struct kernel_status kernel_record(const struct world *world)
{
	struct kernel_status record;

	assert_true(status_read(world->status, STATUS_KERNEL, 0, &record));
	return record;
}

/* The timer of whole passes is due. */
static void regular_pass(struct world *world)
{
	regular_due(&world->pass->regular, world->pass);
	work(world);
}

static void empty_kernel_gets_everything_and_then_nothing(void **state)
{
	struct world *world = make_world(3);
	struct server_status server;

	(void)state;
	start(world);
	work(world);
	assert_int_equal(played.table.n_services, SERVICES);
	assert_int_equal(weight(0, 1), 1);
	assert_int_equal(weight(1, 3), 1);
	assert_int_equal(fallback_weight(0), WEIGHT_ABSENT);
	assert_int_equal(played.sent, SERVICES * 4);
	pass_whole(world->pass);
	work(world);
	assert_int_equal(played.sent, SERVICES * 4);
	assert_int_equal(kernel_record(world).available, 1);
	assert_int_equal(kernel_record(world).reconciliations, 2);
	assert_true(status_read(world->status, STATUS_SERVERS, 4, &server));
	assert_int_equal(server.service, 1);
	assert_int_equal(server.weight_kernel, 1);
	free_world(world);
}

static void restarted_worker_adopts_equal_table_and_sends_nothing(void **state)
{
	struct world *world = make_world(2);
	unsigned sent;

	(void)state;
	start(world);
	verdict(world, 0, VERDICT_FAIL);
	verdict(world, 1, VERDICT_FAIL);
	evaluate(world);
	assert_int_equal(fallback_weight(0), 1);
	/* As some kernels show a destination that is the director itself. */
	for (size_t i = 0; i < played.table.n_services; i++) {
		struct table_service *service = &played.table.services[i];
		struct address local;

		assert_true(address_parse("127.0.0.1", &local));
		table_service_find(service, &local, 80)->method = IP_VS_CONN_F_LOCALNODE;
	}
	sent = played.sent;
	end(world);
	logged[0] = '\0';
	start(world); /* no verdict is known yet */
	work(world);
	assert_int_equal(played.sent, sent);
	assert_int_equal(weight(0, 1), 0);
	assert_string_equal(logged, "info: IPVS: the kernel's table was compared: "
				    "2 services, 0 changes made\n");
	assert_int_equal(kernel_record(world).changes, sent); /* the counters went on */
	/* It recovered meanwhile. */
	verdict(world, 0, VERDICT_PASS);
	evaluate(world);
	assert_int_equal(weight(0, 1), 1);
	assert_int_equal(fallback_weight(0), WEIGHT_ABSENT);
	free_world(world);
}

static void verdict_is_one_command_without_a_dump(void **state)
{
	struct world *world = make_world(3);
	unsigned sent, dumps;

	(void)state;
	world->conf.n_services = 1;
	start(world);
	work(world);
	sent = played.sent;
	dumps = played.dumps;
	verdict(world, 1, VERDICT_FAIL);
	evaluate(world);
	assert_int_equal(played.sent, sent + 1);
	assert_int_equal(played.dumps, dumps);
	assert_int_equal(weight(0, 2), 0);
	/* Issue 8.30: the check worker's warning is the one line that all see. */
	assert_non_null(strstr(logged, "debug: service 10.0.0.200:80/tcp: server 10.0.0.2:80 "
				       "down (TCP_CHECK failed): weight 1 → 0\n"));
	free_world(world);
}

static void fallback_comes_before_servers_go_and_goes_after_they_return(void **state)
{
	struct world *world = make_world(2);

	(void)state;
	world->server_confs[1][1].on_failure = ON_FAILURE_REMOVE;
	start(world);
	work(world);
	verdict(world, 0, VERDICT_FAIL);
	verdict(world, 1, VERDICT_FAIL);
	evaluate(world);
	assert_int_equal(weight(0, 2), 0);
	assert_int_equal(weight(1, 2), WEIGHT_ABSENT);
	assert_int_equal(fallback_weight(1), 1);
	assert_non_null(strstr(logged, "service 10.0.0.200:81/tcp: quorum lost (weight 0 of 1): "
				       "fallback 127.0.0.1:80 serves\n"));
	verdict(world, 1, VERDICT_PASS);
	evaluate(world);
	assert_int_equal(weight(1, 2), 1);
	assert_int_equal(fallback_weight(1), WEIGHT_ABSENT);
	assert_non_null(strstr(logged, "service 10.0.0.200:81/tcp: quorum back (weight 1 of 1): "
				       "fallback 127.0.0.1:80 is no longer used\n"));
	assert_false(played.starved);
	free_world(world);
}

static void changes_by_others_are_restored_and_foreign_services_stay(void **state)
{
	struct world *world = make_world(2);

	(void)state;
	add_foreign();
	start(world);
	work(world);
	/* somebody: changes a weight, deletes a server, then a whole service */
	played.table.services[1].destinations[0].weight = 9;
	played.table.services[1].n_destinations = 1;
	table_service_clear(&played.table.services[0]);
	played.table.services[0] = played.table.services[--played.table.n_services];
	table_sort(&played.table);
	logged[0] = '\0';
	pass_whole(world->pass);
	work(world);
	for (unsigned i = 0; i < SERVICES; i++) {
		assert_int_equal(weight(i, 1), 1);
		assert_int_equal(weight(i, 2), 1);
	}
	assert_foreign_is_untouched();
	assert_non_null(
		strstr(logged, "another program changed it in the kernel (it was deleted)"));
	assert_non_null(strstr(logged, "(server 10.0.0.2:80 was removed and 1 more); restored"));
	logged[0] = '\0';
	pass_whole(world->pass);
	work(world);
	assert_string_equal(logged, "");
	free_world(world);
}

static void fight_is_noticed_once_and_backed_off(void **state)
{
	struct external_change external_change = {0};
	struct table_service ours = {.key = {.family = AF_INET, .fwmark = 5}};
	struct destination destination = {.address = host(1), .port = 80, .weight = 1};
	unsigned restored = 0;
	bool gone = true; /* the other deletes the service whenever it is there */

	(void)state;
	logged[0] = '\0';
	log_setup(log_collect, NULL, "ipvs", LOG_LEVEL_DEBUG);
	table_service_append(&ours, &destination);
	for (unsigned comparison = 0; comparison < 100; comparison++) {
		/* as left: absent while held, else as restored */
		const struct table_service *left = gone && comparison > 0 ? NULL : &ours;

		gone = external_change_judge(&external_change, "fwmark 5", left, NULL, true);
		restored += !gone;
	}
	assert_in_range(restored, 6, 12);
	const char *first = strstr(logged, "again and again");

	assert_non_null(first);
	assert_null(strstr(first + 1, "again and again"));
	assert_int_equal(external_change.hold <= EXTERNAL_CHANGE_HOLD_MAX, true);
	/* Peace: found as left. */
	external_change.hold = 0;
	assert_false(external_change_judge(&external_change, "fwmark 5", &ours, &ours, false));
	assert_non_null(
		strstr(logged, "notice: service fwmark 5: no other program changes it any more"));
	assert_int_equal(external_change.streak, 0);
	table_service_clear(&ours);
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_INFO);
}

static void refused_server_keeps_nobody_else_out_or_in(void **state)
{
	struct world *world = make_world(200);
	struct kernel_status record;

	(void)state;
	played.refusal = EINVAL;
	played.refused_kind = COMMAND_NEW_DESTINATION;
	played.refused_host = 5;
	start(world);
	work(world);
	assert_int_equal(weight(0, 5), WEIGHT_ABSENT);
	assert_int_equal(weight(0, 4), 1);
	assert_int_equal(weight(0, 200), 1);
	record = kernel_record(world);
	assert_int_equal(record.errors, SERVICES);
	assert_non_null(strstr(record.text, "cannot add server 10.0.0.5:80"));
	verdict(world, 6, VERDICT_FAIL);
	evaluate(world);
	assert_int_equal(weight(0, 7), 0);
	logged[0] = '\0';
	played.refusal = 0;
	pass_whole(world->pass);
	work(world);
	assert_int_equal(weight(0, 5), 1);
	assert_non_null(strstr(logged, "10.0.0.200:80/tcp: the kernel accepts it now"));
	assert_string_equal(kernel_record(world).text, "");
	free_world(world);
}

static void refused_fallback_leaves_what_serves(void **state)
{
	struct world *world = make_world(2);

	(void)state;
	world->service_confs[0].quorum = 2;
	start(world);
	work(world);
	played.refusal = ENOMEM;
	played.refused_kind = COMMAND_NEW_DESTINATION;
	verdict(world, 0, VERDICT_FAIL);
	evaluate(world);
	assert_int_equal(weight(0, 2), 1);
	played.refusal = 0;
	pass_whole(world->pass);
	work(world);
	assert_int_equal(weight(0, 2), 0);
	assert_int_equal(fallback_weight(0), 1);
	assert_false(played.starved);
	free_world(world);
}

static void deleting_what_is_gone_already_is_no_error(void **state)
{
	struct world *world = make_world(2);

	(void)state;
	world->server_confs[0][1].on_failure = ON_FAILURE_REMOVE;
	start(world);
	work(world);
	played.table.services[0].n_destinations = 1; /* somebody was faster */
	verdict(world, 1, VERDICT_FAIL);
	evaluate(world);
	assert_int_equal(weight(0, 2), WEIGHT_ABSENT);
	assert_int_equal(kernel_record(world).errors, 0);
	free_world(world);
}

static void unknown_scheduler_is_named_and_tried_again(void **state)
{
	struct world *world = make_world(300);

	(void)state;
	played.refusal = ENOENT;
	played.refused_kind = COMMAND_NEW_SERVICE;
	start(world);
	work(world);
	assert_int_equal(played.table.n_services, 0);
	assert_true(played.sent <= 2 * KERNEL_BATCH); /* not 600 servers of no service */
	assert_non_null(strstr(logged, "warning: service 10.0.0.200:80/tcp: cannot add the service "
				       "(scheduler wlc, module ip_vs_wlc)"));
	played.refusal = 0;
	loop_turn(world->loop, 1200 * USEC_PER_MSEC); /* the retry comes within a second or so */
	work(world);
	assert_int_equal(played.table.n_services, SERVICES);
	free_world(world);
}

static void without_ipvs_states_go_on_and_one_line_says_so(void **state)
{
	struct world *world = make_world(2);
	struct server_status server;
	const char *line;

	(void)state;
	played.absent = true;
	start(world);
	work(world);
	for (unsigned i = 0; i < 10; i++) {
		verdict(world, 0, i % 2 == 0 ? VERDICT_FAIL : VERDICT_PASS);
		evaluate(world);
	}
	verdict(world, 0, VERDICT_FAIL);
	evaluate(world);
	assert_int_equal(played.opened, 1); /* and again after seconds, not with each verdict */
	line = strstr(logged, "warning: IPVS: no IPVS here");
	assert_non_null(line);
	assert_null(strstr(line + strlen("warning: IPVS: "), "warning: IPVS: "));
	assert_int_equal(kernel_record(world).available, 0);
	assert_string_equal(kernel_record(world).text, "no IPVS here");
	assert_true(status_read(world->status, STATUS_SERVERS, 0, &server));
	assert_int_equal(server.state, SERVER_DOWN);
	assert_int_equal(server.weight_desired, 0);
	assert_int_equal(server.weight_kernel, WEIGHT_ABSENT);
	played.absent = false;
	pass_whole(world->pass);
	work(world);
	assert_int_equal(weight(0, 1), 0);
	assert_non_null(strstr(logged, "notice: IPVS: available"));
	free_world(world);
}

/* What was seen before IPVS was away says nothing about who has changed what meanwhile. */
static void a_table_found_after_ipvs_was_away_is_nobodys_change(void **state)
{
	struct world *world = make_world(2);

	(void)state;
	start(world);
	work(world);
	kernel_failed(world->pass, -EPERM);
	played.table.services[0].destinations[0].weight = 9; /* as a run before left it */
	logged[0] = '\0';
	regular_pass(world);
	assert_int_equal(weight(0, 1), 1);
	assert_non_null(strstr(logged, "notice: IPVS: available"));
	assert_null(strstr(logged, "another program"));
	free_world(world);
}

/* A reload without the last real server of the first service; it has so many connections. */
static void drop_third_server(struct world *world, uint32_t active)
{
	const struct address address = host(3);

	table_service_find(&played.table.services[0], &address, 80)->active = active;
	end(world);
	logged[0] = '\0';
	world->server_confs[0][2] = world->server_confs[0][3];
	world->service_confs[0].n_servers--;
	start(world);
	work(world);
}

static void server_that_left_the_configuration_is_drained(void **state)
{
	struct world *world = make_world(3);
	const struct address address = host(3);
	struct service_status record;

	(void)state;
	start(world);
	work(world);
	drop_third_server(world, 5);
	assert_int_equal(weight(0, 3), 0);
	assert_int_equal(weight(0, 1), 1);
	assert_non_null(strstr(logged, "notice: service 10.0.0.200:80/tcp: server 10.0.0.3:80 is "
				       "not configured any more and drains: 5 active "
				       "connections\n"));
	assert_true(status_read(world->status, STATUS_SERVICES, 0, &record));
	assert_int_equal(record.draining, 1);
	assert_int_equal(record.draining_connections, 5);
	/* Neither a verdict about others nor a restart ends it. */
	verdict(world, 0, VERDICT_FAIL);
	evaluate(world);
	assert_int_equal(weight(0, 3), 0);
	end(world);
	start(world);
	work(world);
	assert_int_equal(weight(0, 3), 0);
	table_service_find(&played.table.services[0], &address, 80)->active = 0;
	pass_whole(world->pass);
	work(world);
	assert_int_equal(weight(0, 3), WEIGHT_ABSENT);
	assert_non_null(strstr(logged, "server 10.0.0.3:80 is drained\n"));
	assert_true(status_read(world->status, STATUS_SERVICES, 0, &record));
	assert_int_equal(record.draining, 0);
	free_world(world);
}

static void server_without_connections_leaves_at_once(void **state)
{
	struct world *world = make_world(3);

	(void)state;
	start(world);
	work(world);
	drop_third_server(world, 0);
	assert_int_equal(weight(0, 3), WEIGHT_ABSENT);
	free_world(world);
}

static void udp_is_not_drained(void **state)
{
	struct world *world = make_world(3);
	const struct table_key key = {
		.family = AF_INET, .protocol = IPPROTO_UDP, .port = 80, .address = host(200)};
	const struct address address = host(3);

	(void)state;
	world->service_confs[0].protocol = IPPROTO_UDP;
	start(world);
	work(world);
	table_service_find(table_find(&played.table, &key), &address, 80)->active = 5;
	end(world);
	world->server_confs[0][2] = world->server_confs[0][3];
	world->service_confs[0].n_servers--;
	start(world);
	work(world);
	assert_null(table_service_find(table_find(&played.table, &key), &address, 80));
	free_world(world);
}

static void services_that_remove_failed_servers_do_not_drain_either(void **state)
{
	struct world *world = make_world(3);

	(void)state;
	world->server_confs[0][0].on_failure = ON_FAILURE_REMOVE;
	start(world);
	work(world);
	drop_third_server(world, 5);
	assert_int_equal(weight(0, 3), WEIGHT_ABSENT);
	free_world(world);
}

static void service_removed_from_the_configuration_leaves_the_kernel(void **state)
{
	struct world *world = make_world(2);

	(void)state;
	add_foreign();
	start(world);
	work(world);
	assert_int_equal(played.table.n_services, SERVICES + 1);
	end(world); /* dead; meanwhile the second service is taken out of the file */
	world->conf.n_services = 1;
	start(world);
	work(world);
	assert_int_equal(played.table.n_services, 2);
	assert_int_equal(weight(0, 1), 1);
	assert_int_equal(weight(1, 1), WEIGHT_ABSENT);
	assert_foreign_is_untouched();
	free_world(world);
}

static void count_done(void *data)
{
	++*(unsigned *)data;
}

static void winding_down_deletes_ours_only(void **state)
{
	struct world *world = make_world(2);
	unsigned done = 0;

	(void)state;
	add_foreign();
	start(world);
	work(world);
	pass_wind_down(world->pass, count_done, &done);
	work(world);
	assert_int_equal(done, 1);
	assert_int_equal(played.table.n_services, 1);
	assert_foreign_is_untouched();
	free_world(world);
}

static void news_during_a_large_plan_are_not_lost(void **state)
{
	struct world *world = make_world(MAX_SERVERS - 1);

	(void)state;
	start(world);
	for (unsigned i = 0; i < 4; i++)
		loop_turn(world->loop, 0); /* the plan is made */
	verdict(world, 0, VERDICT_FAIL);
	verdict(world, MAX_SERVERS - 2, VERDICT_FAIL);
	evaluate(world);
	assert_int_equal(weight(0, 1), 0);
	assert_int_equal(weight(0, 2), 1);
	assert_int_equal(weight(1, MAX_SERVERS - 1), 0);
	free_world(world);
}

/* Somebody else changes a weight, and a pass of the timer sees it. Whether it was mended. */
static bool mends_change(struct world *world)
{
	played.table.services[0].destinations[0].weight = 9;
	regular_pass(world);
	return weight(0, 1) == 1;
}

static void issue_8_32_external_changes_are_backed_off_through_whole_passes(void **state)
{
	struct world *world = make_world(2);
	unsigned restored = 0;

	(void)state;
	start(world);
	work(world);
	for (unsigned i = 0; i < 20; i++)
		restored += mends_change(world);
	assert_in_range(restored, 3, 7);
	const char *first = strstr(logged, "again and again");

	assert_non_null(first);
	assert_null(strstr(first + 1, "again and again"));
	played.table.services[0].destinations[0].weight = 9;
	pass_whole(world->pass); /* an instance became active: now, whatever was put off */
	work(world);
	assert_int_equal(weight(0, 1), 1);
	free_world(world);
}

static void issue_8_32_a_stop_deletes_what_left_the_file_but_not_yet_the_kernel(void **state)
{
	struct world *world = make_world(2);
	unsigned done = 0;

	(void)state;
	add_foreign();
	start(world);
	work(world);
	end(world);
	world->conf.n_services = 1;
	start(world);
	pass_wind_down(world->pass, count_done, &done); /* before any pass */
	work(world);
	assert_int_equal(done, 1);
	assert_int_equal(played.table.n_services, 1);
	assert_foreign_is_untouched();
	free_world(world);
}

static void issue_8_32_a_service_that_is_gone_when_it_is_deleted_is_no_error(void **state)
{
	struct world *world = make_world(2);

	(void)state;
	start(world);
	work(world);
	end(world);
	world->conf.n_services = 1;
	logged[0] = '\0';
	played.refusal = ESRCH; /* gone between the dump and the command */
	played.refused_kind = COMMAND_DEL_SERVICE;
	start(world);
	work(world);
	assert_int_equal(kernel_record(world).errors, 0);
	assert_null(strstr(logged, "warning: "));
	free_world(world);
}

static void a_service_that_could_not_be_deleted_is_tried_again_issue_8_32(void **state)
{
	struct world *world = make_world(2);

	(void)state;
	start(world);
	work(world);
	end(world);
	world->conf.n_services = 1;
	played.refusal = ENOMEM;
	played.refused_kind = COMMAND_DEL_SERVICE;
	start(world);
	work(world);
	assert_int_equal(played.table.n_services, 2);
	played.refusal = 0;
	regular_pass(world);
	assert_int_equal(played.table.n_services, 1);
	free_world(world);
}

static void a_single_refusal_is_named_in_status_issue_8_32(void **state)
{
	struct world *world = make_world(10);

	(void)state;
	world->conf.n_services = 1;
	played.refusal = EINVAL;
	played.refused_kind = COMMAND_NEW_DESTINATION;
	played.refused_host = 5;
	start(world);
	work(world);
	assert_int_equal(kernel_record(world).errors, 1);
	assert_non_null(strstr(kernel_record(world).text, "cannot add server 10.0.0.5:80"));
	free_world(world);
}

/* An instance became Active: what others have changed is mended now, however often it was. */
static void what_was_put_off_is_mended_when_it_matters_issue_8_32(void **state)
{
	struct world *world = make_world(2);
	unsigned passes = 0;

	(void)state;
	start(world);
	work(world);
	do
		assert_true(++passes < 100);
	while (!mends_change(world) || passes < 12);
	assert_false(mends_change(world)); /* the first of several that are put off */
	assert_int_equal(weight(0, 1), 9);
	pass_whole(world->pass);
	work(world);
	assert_int_equal(weight(0, 1), 1);
	free_world(world);
}

static void issue_8_32_retries_after_refusals_become_rarer(void **state)
{
	static const int64_t waits[] = {1, 2, 4, 8, 10, 10};
	struct world *world = make_world(2);

	(void)state;
	played.refusal = ENOMEM;
	played.refused_kind = COMMAND_NEW_DESTINATION;
	start(world);
	work(world);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		int64_t wait = mono_diff(world->pass->regular.due, loop_now(world->loop));

		assert_in_range(wait, (waits[i] - 1) * USEC_PER_SEC + 1, waits[i] * USEC_PER_SEC);
		regular_pass(world);
	}
	played.refusal = 0;
	regular_pass(world);
	assert_int_equal(weight(0, 1), 1);
	played.refusal = ENOMEM;
	played.refused_kind = COMMAND_SET_DESTINATION;
	verdict(world, 0, VERDICT_FAIL);
	evaluate(world);
	assert_true(mono_diff(world->pass->regular.due, loop_now(world->loop)) <= USEC_PER_SEC);
	free_world(world);
}

static void issue_8_32_connections_stay_counted_when_a_weight_changes(void **state)
{
	struct world *world = make_world(2);
	const struct address address = host(2);
	struct server_status record;
	struct destination *own;

	(void)state;
	start(world);
	work(world);
	own = table_service_find(&played.table.services[0], &address, 80);
	own->active = 7;
	own->inactive = 3;
	regular_pass(world);
	verdict(world, 1, VERDICT_FAIL);
	evaluate(world); /* without a dump */
	assert_true(status_read(world->status, STATUS_SERVERS, 1, &record));
	assert_int_equal(record.weight_kernel, 0);
	assert_int_equal(record.connections_active, 7);
	assert_int_equal(record.connections_inactive, 3);
	free_world(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_kernel_gets_everything_and_then_nothing),
		cmocka_unit_test(restarted_worker_adopts_equal_table_and_sends_nothing),
		cmocka_unit_test(verdict_is_one_command_without_a_dump),
		cmocka_unit_test(fallback_comes_before_servers_go_and_goes_after_they_return),
		cmocka_unit_test(changes_by_others_are_restored_and_foreign_services_stay),
		cmocka_unit_test(fight_is_noticed_once_and_backed_off),
		cmocka_unit_test(refused_server_keeps_nobody_else_out_or_in),
		cmocka_unit_test(refused_fallback_leaves_what_serves),
		cmocka_unit_test(deleting_what_is_gone_already_is_no_error),
		cmocka_unit_test(unknown_scheduler_is_named_and_tried_again),
		cmocka_unit_test(without_ipvs_states_go_on_and_one_line_says_so),
		cmocka_unit_test(a_table_found_after_ipvs_was_away_is_nobodys_change),
		cmocka_unit_test(server_that_left_the_configuration_is_drained),
		cmocka_unit_test(server_without_connections_leaves_at_once),
		cmocka_unit_test(udp_is_not_drained),
		cmocka_unit_test(services_that_remove_failed_servers_do_not_drain_either),
		cmocka_unit_test(service_removed_from_the_configuration_leaves_the_kernel),
		cmocka_unit_test(winding_down_deletes_ours_only),
		cmocka_unit_test(news_during_a_large_plan_are_not_lost),
		cmocka_unit_test(issue_8_32_external_changes_are_backed_off_through_whole_passes),
		cmocka_unit_test(
			issue_8_32_a_stop_deletes_what_left_the_file_but_not_yet_the_kernel),
		cmocka_unit_test(issue_8_32_a_service_that_is_gone_when_it_is_deleted_is_no_error),
		cmocka_unit_test(a_service_that_could_not_be_deleted_is_tried_again_issue_8_32),
		cmocka_unit_test(a_single_refusal_is_named_in_status_issue_8_32),
		cmocka_unit_test(what_was_put_off_is_mended_when_it_matters_issue_8_32),
		cmocka_unit_test(issue_8_32_retries_after_refusals_become_rarer),
		cmocka_unit_test(issue_8_32_connections_stay_counted_when_a_weight_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
