/* The difference between tables: complete, minimal, and safe at every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "ipvs/reconcile.h"

#define SEED   20261123U
#define ROUNDS 20000
#define HOSTS  12

/* A kernel's service, the simplest way: one place per host. */
struct model {
	bool exists;
	struct table_service parameters;
	bool has[HOSTS];
	struct destination destinations[HOSTS];
};

static struct address host(unsigned number)
{
	struct address address = {.family = AF_INET};

	address.bytes[0] = 10;
	address.bytes[3] = (uint8_t)number;
	return address;
}

static unsigned draw(unsigned below)
{
	return (unsigned)rand() % below;
}

static struct table_service random_service(void)
{
	static const char *const schedulers[] = {"wlc", "rr"};
	static const uint8_t methods[] = {IP_VS_CONN_F_MASQ, IP_VS_CONN_F_DROUTE};
	struct table_service service = {
		.key = {.family = AF_INET, .protocol = IPPROTO_TCP, .port = 80},
		.flags = draw(4) == 0 ? IP_VS_SVC_F_PERSISTENT : 0,
		.timeout = draw(2) * 60,
		.netmask = UINT32_MAX,
	};

	service.key.address = host(200);
	memcpy(service.scheduler, schedulers[draw(2)], 3);
	for (unsigned i = 0; i < HOSTS; i++) {
		struct destination destination = {
			.address = host(i),
			.port = 80,
			.method = methods[draw(8) == 0],
			.weight = (int32_t)draw(4),
			.upper_threshold = draw(10) == 0,
		};

		if (draw(2) == 0)
			table_service_append(&service, &destination);
	}
	table_service_sort(&service);
	return service;
}

static void load(struct model *model, const struct table_service *service)
{
	*model = (struct model){.exists = service != NULL};
	if (!service)
		return;
	model->parameters = *service;
	for (size_t i = 0; i < service->n_destinations; i++) {
		unsigned number = service->destinations[i].address.bytes[3];

		model->has[number] = true;
		model->destinations[number] = service->destinations[i];
	}
}

/* What the kernel does with a command: 0 or its errno. */
static int apply(struct model *model, const struct command *command)
{
	unsigned number = command->destination.address.bytes[3];

	if (command->kind == COMMAND_NEW_SERVICE && model->exists)
		return EEXIST;
	if (command->kind != COMMAND_NEW_SERVICE && !model->exists)
		return ESRCH;
	switch (command->kind) {
	case COMMAND_NEW_SERVICE:
	case COMMAND_SET_SERVICE:
		model->exists = true;
		model->parameters = *command->service;
		break;
	case COMMAND_DEL_SERVICE:
		*model = (struct model){0};
		break;
	case COMMAND_NEW_DESTINATION:
		if (model->has[number])
			return EEXIST;
		model->has[number] = true;
		model->destinations[number] = command->destination;
		break;
	case COMMAND_SET_DESTINATION:
		if (!model->has[number])
			return ENOENT;
		model->destinations[number] = command->destination;
		break;
	case COMMAND_DEL_DESTINATION:
		if (!model->has[number])
			return ENOENT;
		model->has[number] = false;
		break;
	}
	return 0;
}

static bool serves(const struct model *model)
{
	for (unsigned i = 0; i < HOSTS; i++) {
		if (model->has[i] && model->destinations[i].weight > 0)
			return true;
	}
	return false;
}

static void assert_is(const struct model *model, const struct table_service *wanted)
{
	struct model expected;

	load(&expected, wanted);
	assert_int_equal(model->exists, expected.exists);
	if (!wanted)
		return;
	assert_string_equal(model->parameters.scheduler, wanted->scheduler);
	assert_int_equal(model->parameters.flags, wanted->flags);
	if (wanted->flags & IP_VS_SVC_F_PERSISTENT)
		assert_int_equal(model->parameters.timeout, wanted->timeout);
	for (unsigned i = 0; i < HOSTS; i++) {
		assert_int_equal(model->has[i], expected.has[i]);
		if (!model->has[i])
			continue;
		assert_int_equal(model->destinations[i].weight, expected.destinations[i].weight);
		assert_int_equal(model->destinations[i].method, expected.destinations[i].method);
		assert_int_equal(model->destinations[i].upper_threshold,
				 expected.destinations[i].upper_threshold);
	}
}

/* Applies a list; true: the service had somebody to serve after each command. */
static bool apply_all(struct model *model, const struct vector *list)
{
	bool served = true;

	for (size_t i = 0; i < list->count; i++) {
		assert_int_equal(apply(model, &((struct command *)list->items)[i]), 0);
		assert_int_equal(((struct command *)list->items)[i].tag, 7);
		served = served && serves(model);
	}
	return served;
}

static struct table_service model_table(const struct model *model)
{
	struct table_service service = model->parameters;

	service.destinations = NULL;
	service.n_destinations = 0;
	service.capacity = 0;
	for (unsigned i = 0; i < HOSTS; i++) {
		if (model->has[i])
			table_service_append(&service, &model->destinations[i]);
	}
	table_service_sort(&service);
	return service;
}

static void random_tables_become_what_is_wanted(void **state)
{
	(void)state;
	print_message("seed %u\n", SEED);
	srand(SEED);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct table_service wanted = random_service();
		struct table_service present = random_service();
		const struct table_service *want = draw(10) == 0 ? NULL : &wanted;
		const struct table_service *have = draw(5) == 0 ? NULL : &present;
		struct difference difference = {0};
		struct model model;

		load(&model, have);
		reconcile_service(want, have, 7, &difference);
		bool served_before = serves(&model);
		bool served_add = apply_all(&model, &difference.add);
		bool served_remove = apply_all(&model, &difference.remove);

		assert_is(&model, want);
		if (served_before && serves(&model))
			assert_true(served_add && served_remove);
		reconcile_clear(&difference);

		if (want) {
			struct table_service reached = model_table(&model);

			reconcile_service(want, &reached, 7, &difference);
			assert_int_equal(reconcile_count(&difference), 0);
			table_service_clear(&reached);
		}
		table_service_clear(&wanted);
		table_service_clear(&present);
	}
}

static void one_changed_weight_is_one_command(void **state)
{
	struct table_service wanted = {.key = {.family = AF_INET}};
	struct difference difference = {0};
	struct table_service present = {0};

	(void)state;
	for (unsigned i = 0; i < HOSTS; i++) {
		struct destination destination = {.address = host(i), .port = 80, .weight = 1};

		table_service_append(&wanted, &destination);
	}
	table_service_copy(&present, &wanted);
	wanted.destinations[5].weight = 0;
	reconcile_service(&wanted, &present, 0, &difference);
	assert_int_equal(difference.add.count, 0);
	assert_int_equal(difference.remove.count, 1);
	assert_int_equal(((struct command *)difference.remove.items)[0].kind,
			 COMMAND_SET_DESTINATION);
	assert_int_equal(
		((struct command *)difference.remove.items)[0].destination.address.bytes[3], 5);
	reconcile_clear(&difference);
	table_service_clear(&wanted);
	table_service_clear(&present);
}

/* A fallback on 127.0.0.1 that the kernel shows as "Local" is not set again and again. */
static void local_address_is_equal_whatever_method_was_asked(void **state)
{
	struct table_service wanted = {.key = {.family = AF_INET}};
	struct table_service present = {0};
	struct difference difference = {0};
	struct destination local = {.port = 80, .weight = 1, .method = IP_VS_CONN_F_DROUTE};

	(void)state;
	assert_true(address_parse("127.0.0.1", &local.address));
	table_service_append(&wanted, &local);
	table_service_copy(&present, &wanted);
	present.destinations[0].method = IP_VS_CONN_F_LOCALNODE;
	reconcile_service(&wanted, &present, 0, &difference);
	assert_int_equal(reconcile_count(&difference), 0);
	present.destinations[0].method = IP_VS_CONN_F_MASQ;
	reconcile_service(&wanted, &present, 0, &difference);
	assert_int_equal(reconcile_count(&difference), 1);
	reconcile_clear(&difference);
	table_service_clear(&wanted);
	table_service_clear(&present);
}

static void connection_counts_and_idle_timeout_are_no_difference(void **state)
{
	struct table_service wanted = {.key = {.family = AF_INET}, .netmask = UINT32_MAX};
	struct table_service present = {0};
	struct difference difference = {0};
	struct destination destination = {.address = host(1), .port = 80, .weight = 1};

	(void)state;
	table_service_append(&wanted, &destination);
	table_service_copy(&present, &wanted);
	present.destinations[0].active = 12;
	present.timeout = 300; /* not persistent: without meaning */
	reconcile_service(&wanted, &present, 0, &difference);
	assert_int_equal(reconcile_count(&difference), 0);
	table_service_clear(&wanted);
	table_service_clear(&present);
}

static void table_finds_by_identity_and_keeps_one_of_equals(void **state)
{
	struct table table = {0};

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct table_service service = {.key = {.family = AF_INET, .fwmark = i % 20 + 1}};

		table_append(&table, &service);
	}
	table_sort(&table);
	assert_int_equal(table.n_services, 20);
	for (uint32_t mark = 1; mark <= 20; mark++) {
		struct table_key key = {.family = AF_INET, .fwmark = mark};

		assert_non_null(table_find(&table, &key));
		key.family = AF_INET6;
		assert_null(table_find(&table, &key));
	}
	table_clear(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_tables_become_what_is_wanted),
		cmocka_unit_test(one_changed_weight_is_one_command),
		cmocka_unit_test(local_address_is_equal_whatever_method_was_asked),
		cmocka_unit_test(connection_counts_and_idle_timeout_are_no_difference),
		cmocka_unit_test(table_finds_by_identity_and_keeps_one_of_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
