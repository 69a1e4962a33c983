/* The slots of instances (vrrp/net/slots.h): main numbers them, and an instance keeps its own over
 * reloads and restarts of main.  Functions of other files that main's record needs are below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/director/director_context.h"
#include "core/director/generation.h"
#include "vrrp/net/net_status.h"
#include "vrrp/net/slots.h"
#include "vrrp/vrrp_status.h"

#define SEED   20261130
#define ROUNDS 300
#define MOST   12 /* instances at a time */

static struct director director;
static int handed[MESSAGE_FDS_MAX]; /* of main, to the keeper */

unsigned keeper_client_restarts(const struct keeper_client *keeper)
{
	(void)keeper;
	return 0;
}

void keeper_client_set_restarts(struct keeper_client *keeper, unsigned restarts)
{
	(void)keeper;
	(void)restarts;
}

void keeper_client_hand_over(struct keeper_client *keeper, const struct message_handover *slot,
			     const int fds[], unsigned n)
{
	(void)keeper;
	assert_int_equal(slot->kind, ROLE_MAIN);
	for (unsigned i = 0; i < n; i++)
		handed[i] = dup(fds[i]);
}

void scripts_visit(const struct scripts *scripts, scripts_visit_fn *call, void *data)
{
	(void)scripts;
	(void)call;
	(void)data;
}

void scripts_restore(struct scripts *scripts, const struct script_state *state)
{
	(void)scripts;
	(void)state;
}

int supervisor_slots(const struct supervisor *supervisor)
{
	(void)supervisor;
	return STDIN_FILENO;
}

size_t supervisor_count(const struct supervisor *supervisor)
{
	(void)supervisor;
	return 0;
}

struct worker *supervisor_worker(struct supervisor *supervisor, size_t index)
{
	(void)supervisor;
	(void)index;
	return NULL;
}

struct worker *supervisor_find(struct supervisor *supervisor, enum role_kind kind, unsigned index)
{
	(void)supervisor;
	(void)kind;
	(void)index;
	return NULL;
}

void worker_adopt(struct worker *worker, const struct message_handover *slot, int link, int status,
		  struct generation *generation)
{
	(void)worker;
	(void)slot;
	(void)link;
	(void)status;
	(void)generation;
}

/* One with instances of these VRIDs, in that order; their names say nothing. */
static struct generation *generation_of(const uint8_t vrids[], size_t n)
{
	static unsigned number;
	char text[4096] = "";

	for (size_t i = 0; i < n; i++)
		text_append(text, sizeof(text),
			    "vrrp_instance n%u {\n interface e0\n virtual_router_id %u\n"
			    " priority 100\n virtual_ipaddress {\n 10.0.0.%u\n}\n}\n",
			    ++number, vrids[i], vrids[i]);
	return generation_create(++number, conf_parse_checked(text, strlen(text)),
				 (struct wall){1});
}

#define GENERATION(...) \
	generation_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static struct generation *after(const struct generation *before, struct generation *next)
{
	generation_number_slots(next, before);
	return next;
}

static uint32_t slot_of(const struct generation *generation, uint8_t vrid)
{
	for (size_t i = 0; i < generation->conf->n_instances; i++)
		if (generation->conf->instances[i].vrid == vrid)
			return generation->slots[i];
	return SLOTS_MAX;
}

static bool has_slot(const struct generation *generation, uint32_t slot)
{
	for (size_t i = 0; i < generation->conf->n_instances; i++)
		if (generation->slots[i] == slot)
			return true;
	return false;
}

static void assert_all_differ(const struct generation *generation)
{
	for (size_t i = 0; i < generation->conf->n_instances; i++) {
		assert_true(generation->slots[i] < SLOTS_MAX);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(generation->slots[i], generation->slots[k]);
	}
}

static void instances_keep_their_slots_whatever_their_order(void **state)
{
	struct generation *first = GENERATION(1, 2, 3, 4);
	struct generation *second = after(first, GENERATION(4, 2, 1, 3));

	(void)state;
	assert_all_differ(first);
	for (uint8_t vrid = 1; vrid <= 4; vrid++)
		assert_int_equal(slot_of(second, vrid), slot_of(first, vrid));
	generation_unref(first);
	generation_unref(second);
}

/* Both are in force for a while: a slot with two meanings would be read with the wrong one. */
static void new_ones_get_none_of_the_generation_before(void **state)
{
	struct generation *first = GENERATION(1, 2, 3);
	struct generation *second = after(first, GENERATION(5, 3, 6, 1));

	(void)state;
	assert_all_differ(second);
	assert_int_equal(slot_of(second, 1), slot_of(first, 1));
	assert_int_equal(slot_of(second, 3), slot_of(first, 3));
	assert_false(has_slot(first, slot_of(second, 5)) || has_slot(first, slot_of(second, 6)));
	generation_unref(first);
	generation_unref(second);
}

static void after_the_last_slot_free_ones_are_found(void **state)
{
	struct generation *first = GENERATION(1, 2, 3);
	first->slots[0] = SLOTS_MAX - 1;
	first->slots[1] = 0;
	first->slots[2] = 2;
	struct generation *second = after(first, GENERATION(4, 5, 1, 6, 2));

	(void)state;
	assert_all_differ(second);
	assert_int_equal(slot_of(second, 1), SLOTS_MAX - 1);
	assert_int_equal(slot_of(second, 2), 0);
	for (uint8_t vrid = 4; vrid <= 6; vrid++)
		assert_false(has_slot(first, slot_of(second, vrid)));
	generation_unref(first);
	generation_unref(second);
}

/* Whatever comes and goes. */
static void the_rules_hold_over_many_reloads(void **state)
{
	struct generation *before = GENERATION(1);

	(void)state;
	srand(SEED);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint8_t vrids[MOST];
		size_t n = 0, most = (size_t)rand() % (MOST + 1);

		for (size_t i = 0; i < most; i++) {
			uint8_t vrid = (uint8_t)(1 + rand() % (2 * MOST));

			if (!memchr(vrids, vrid, n))
				vrids[n++] = vrid;
		}
		struct generation *next = after(before, generation_of(vrids, n));
		assert_all_differ(next);
		for (size_t i = 0; i < n; i++) {
			uint32_t old = slot_of(before, vrids[i]);

			if (old != SLOTS_MAX)
				assert_int_equal(slot_of(next, vrids[i]), old);
			else
				assert_false(has_slot(before, slot_of(next, vrids[i])));
		}
		generation_unref(before);
		before = next;
	}
	generation_unref(before);
}

/* As the workers read them. */
static void status_has_the_slots(void **state)
{
	struct generation *first = GENERATION(1, 2, 3);
	struct generation *second = after(first, GENERATION(7, 3, 1));
	struct status *net = generation_segment(second, ROLE_NET, 0);
	struct status *vrrp = generation_segment(second, ROLE_VRRP, 0);

	(void)state;
	assert_int_equal(status_count(net, STATUS_HOLDINGS), 3);
	assert_int_equal(status_count(vrrp, STATUS_SLOTS), 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct holding_status *holding = status_record(net, STATUS_HOLDINGS, i);
		const struct slot_status *slot = status_record(vrrp, STATUS_SLOTS, i);

		assert_int_equal(holding->slot, second->slots[i]);
		assert_int_equal(slot->slot, second->slots[i]);
	}
	status_unmap(net);
	status_unmap(vrrp);
	generation_unref(first);
	generation_unref(second);
}

/* What main has handed over to the keeper comes back to the next one, with this record (-1: its
 * own). */
static struct generation *take_back(int record)
{
	struct message back = {.type = MESSAGE_HANDBACK};
	struct message_handover slot = {.kind = ROLE_MAIN, .generation = 3};

	director_hand_over(&director);
	back.payload = &slot;
	back.size = sizeof(slot);
	for (unsigned i = 0; i < MESSAGE_FDS_MAX; i++)
		back.fds[i] = i < 3 ? handed[i] : -1;
	if (record >= 0) {
		close(back.fds[1]);
		back.fds[1] = record;
	}
	director_take_back(&back, &director);
	struct generation *taken = director_generation_back(&director);
	assert_non_null(taken);
	return taken;
}

static void end_director(struct generation *first, struct generation *taken)
{
	int fd = director_slots_back(&director);

	assert_true(fd >= 0);
	close(fd);
	director.running = taken;
	director_workers_back(&director);
	generation_unref(first);
	generation_unref(taken);
	free(director.reload.record.errors);
	memset(&director, 0, sizeof(director));
}

static void the_next_main_has_the_slots_of_the_one_before(void **state)
{
	struct generation *first = GENERATION(1, 2, 3);
	struct generation *second = after(first, GENERATION(3, 9, 8, 2));

	(void)state;
	director.running = second;
	struct generation *taken = take_back(-1);
	for (uint8_t vrid = 1; vrid <= 9; vrid++)
		assert_int_equal(slot_of(taken, vrid), slot_of(second, vrid));
	generation_unref(first);
	end_director(second, taken);
}

/* Of an earlier version, or broken: then they are new, and no two alike. */
static void a_record_with_other_slots_is_not_believed(void **state)
{
	static const char *const records[] = {
		"{}",
		"{\"slots\": 5}",
		"{\"slots\": []}",
		"{\"slots\": [11, 12]}",
		"{\"slots\": [11, 12, 13, 14]}",
		"{\"slots\": [11, 12, 65536]}",
		"{\"slots\": [11, 12, -1]}",
		"{\"slots\": [11, 12, 11]}",
		"{\"slots\": [11, 12, \"x\"]}",
		"{\"slots\": [11, 12, null]}",
		"[]",
		"{",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct generation *first = GENERATION(1, 2, 3);

		director.running = first;
		struct generation *taken =
			take_back(generation_seal_text("record", records[i], strlen(records[i])));
		assert_all_differ(taken);
		for (uint32_t k = 0; k < 3; k++)
			assert_int_equal(taken->slots[k], k);
		end_director(first, taken);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instances_keep_their_slots_whatever_their_order),
		cmocka_unit_test(new_ones_get_none_of_the_generation_before),
		cmocka_unit_test(after_the_last_slot_free_ones_are_found),
		cmocka_unit_test(the_rules_hold_over_many_reloads),
		cmocka_unit_test(status_has_the_slots),
		cmocka_unit_test(the_next_main_has_the_slots_of_the_one_before),
		cmocka_unit_test(a_record_with_other_slots_is_not_believed),
	};

	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
