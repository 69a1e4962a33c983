/* The wanted table, against an independent model and case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "ipvs/desired.h"

#define SEED	    20261122U
#define ROUNDS	    20000
#define MAX_REALS   6
#define MAX_SERVERS 9
#define MAX_TARGETS 8

/* One service with everything it needs. */
struct world {
	struct conf conf;
	struct service_conf service;
	struct server_conf servers[MAX_SERVERS];
	uint32_t targets_of[MAX_SERVERS][2];
	struct target_conf targets[MAX_TARGETS];
	uint8_t verdicts[MAX_TARGETS];
	enum server_state last[MAX_SERVERS];
	struct server_facts facts[MAX_SERVERS];
	struct quorum quorum;
	struct table_service wanted;
};

static struct address ipv4(uint8_t last)
{
	struct address address = {.family = AF_INET};

	address.bytes[0] = 10;
	address.bytes[3] = last;
	return address;
}

/* `reals` servers 10.0.0.1.. of weight 1 and one target each, fallbacks 10.0.0.101.. unchecked. */
static struct world *make_world(size_t reals, size_t fallbacks)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->conf.targets = world->targets;
	world->conf.n_targets = MAX_TARGETS;
	world->service = (struct service_conf){
		.address = ipv4(200),
		.family = AF_INET,
		.port = 80,
		.protocol = IPPROTO_TCP,
		.scheduler = "wlc",
		.quorum = 1,
		.servers = world->servers,
		.n_servers = reals + fallbacks,
		.n_fallbacks = fallbacks,
	};
	for (size_t i = 0; i < reals + fallbacks; i++) {
		world->targets_of[i][0] = (uint32_t)i % MAX_TARGETS;
		world->servers[i] = (struct server_conf){
			.address = ipv4((uint8_t)(i < reals ? 1 + i : 101 + i - reals)),
			.port = 80,
			.fallback = i >= reals,
			.weight = 1,
			.forward = {.method = LVS_DR},
			.targets = world->targets_of[i],
			.n_targets = i < reals,
		};
	}
	world->quorum.up = true;
	return world;
}

static void free_world(struct world *world)
{
	table_service_clear(&world->wanted);
	free(world);
}

static void settle(struct world *world)
{
	for (size_t i = 0; i < world->service.n_servers; i++) {
		world->facts[i].weight = world->servers[i].weight;
		world->facts[i].state = desired_state(&world->conf, &world->servers[i],
						      world->verdicts, world->last[i]);
	}
	desired_quorum(&world->service, world->facts, &world->quorum);
	desired_service(&world->service, world->facts, &world->quorum, &world->wanted);
}

static int32_t weight_of(const struct world *world, size_t server)
{
	const struct destination *found = table_service_find(
		&world->wanted, &world->servers[server].address, world->servers[server].port);

	return found ? found->weight : WEIGHT_ABSENT;
}

static void unknown_servers_serve_unless_alpha(void **state)
{
	struct world *world = make_world(3, 1);

	(void)state;
	world->servers[1].alpha = true;
	world->targets[2].alpha = true;
	settle(world);
	assert_int_equal(world->facts[0].state, SERVER_UNKNOWN);
	assert_int_equal(weight_of(world, 0), 1);
	assert_int_equal(world->facts[1].state, SERVER_DOWN);
	assert_int_equal(weight_of(world, 1), 0);
	assert_int_equal(world->facts[2].state, SERVER_DOWN);
	assert_int_equal(weight_of(world, 3), WEIGHT_ABSENT);
	free_world(world);
}

static void state_of_before_holds_while_targets_are_unknown(void **state)
{
	struct world *world = make_world(2, 0);

	(void)state;
	world->targets_of[0][1] = 3;
	world->servers[0].n_targets = 2;
	world->last[0] = SERVER_DOWN;
	world->last[1] = SERVER_UP;
	world->servers[1].alpha = true;
	world->verdicts[0] = VERDICT_PASS; /* one of two is not enough to return */
	settle(world);
	assert_int_equal(world->facts[0].state, SERVER_DOWN);
	assert_int_equal(world->facts[1].state, SERVER_UP);
	world->verdicts[3] = VERDICT_PASS;
	world->verdicts[1] = VERDICT_FAIL;
	settle(world);
	assert_int_equal(world->facts[0].state, SERVER_UP);
	assert_int_equal(world->facts[1].state, SERVER_DOWN);
	free_world(world);
}

static void failed_server_is_quiesced_removed_or_expired(void **state)
{
	struct world *world = make_world(4, 0);

	(void)state;
	world->servers[1].on_failure = ON_FAILURE_REMOVE;
	world->servers[2].on_failure = ON_FAILURE_EXPIRE;
	memset(world->verdicts, VERDICT_FAIL, 3);
	settle(world);
	assert_int_equal(weight_of(world, 0), 0);
	assert_int_equal(weight_of(world, 1), WEIGHT_ABSENT);
	assert_int_equal(weight_of(world, 2), WEIGHT_ABSENT);
	assert_int_equal(weight_of(world, 3), 1);
	free_world(world);
}

static void hysteresis_keeps_quorum_where_it_was(void **state)
{
	/* quorum 3, hysteresis 1: lost below 2, gained at 4 */
	static const struct {
		unsigned up;
		bool before, after;
	} cases[] = {
		{4, false, true}, {3, false, false}, {3, true, true},
		{2, true, true},  {1, true, false},  {0, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *world = make_world(4, 0);

		world->service.quorum = 3;
		world->service.hysteresis = 1;
		world->quorum.up = cases[i].before;
		for (unsigned s = 0; s < 4; s++)
			world->verdicts[s] = s < cases[i].up ? VERDICT_PASS : VERDICT_FAIL;
		settle(world);
		assert_int_equal(world->quorum.up, cases[i].after);
		free_world(world);
	}
}

static void without_usable_fallback_servers_below_quorum_go_on(void **state)
{
	struct world *world = make_world(2, 2);

	(void)state;
	world->service.quorum = 2;
	world->verdicts[0] = VERDICT_FAIL;
	world->servers[2].n_targets = 1;
	world->verdicts[2] = VERDICT_FAIL; /* the first fallback is down */
	world->servers[3].weight = 0;	   /* the second would not serve */
	settle(world);
	assert_false(world->quorum.up);
	assert_int_equal(weight_of(world, 0), 0);
	assert_int_equal(weight_of(world, 1), 1);
	assert_int_equal(weight_of(world, 2), WEIGHT_ABSENT);
	free_world(world);
}

static void fallback_takes_the_place_of_servers_that_are_alive(void **state)
{
	struct world *world = make_world(3, 2);

	(void)state;
	world->service.quorum = 3;
	world->servers[1].on_failure = ON_FAILURE_REMOVE;
	world->servers[3].n_targets = 1;
	world->verdicts[3] = VERDICT_FAIL; /* so the second fallback serves */
	world->servers[4].weight = 7;
	world->verdicts[0] = VERDICT_FAIL;
	settle(world);
	assert_int_equal(weight_of(world, 0), 0);
	assert_int_equal(weight_of(world, 1), WEIGHT_ABSENT);
	assert_int_equal(weight_of(world, 2), 0);
	assert_int_equal(weight_of(world, 3), WEIGHT_ABSENT);
	assert_int_equal(weight_of(world, 4), 7);
	world->verdicts[0] = VERDICT_PASS;
	settle(world);
	assert_int_equal(weight_of(world, 0), 1);
	assert_int_equal(weight_of(world, 4), WEIGHT_ABSENT);
	free_world(world);
}

static void fallback_that_is_a_real_server_has_one_destination(void **state)
{
	struct world *world = make_world(2, 1);

	(void)state;
	world->service.quorum = 2;
	world->servers[2].address = world->servers[0].address;
	world->servers[2].weight = 5;
	world->verdicts[1] = VERDICT_FAIL;
	settle(world);
	assert_int_equal(world->wanted.n_destinations, 2);
	assert_int_equal(weight_of(world, 0), 5);
	world->verdicts[1] = VERDICT_PASS;
	settle(world);
	assert_int_equal(world->wanted.n_destinations, 2);
	assert_int_equal(weight_of(world, 0), 1);
	free_world(world);
}

static void parameters_are_the_kernels(void **state)
{
	struct world *world = make_world(3, 0);

	(void)state;
	world->service.persistence_timeout = 360;
	world->servers[0].forward.method = LVS_NAT;
	world->servers[2].forward.method = LVS_TUN;
	settle(world);
	assert_int_equal(world->wanted.flags, IP_VS_SVC_F_PERSISTENT);
	assert_int_equal(world->wanted.timeout, 360);
	assert_int_equal(world->wanted.netmask, 0xffffffff);
	assert_int_equal(world->wanted.destinations[0].method, IP_VS_CONN_F_MASQ);
	assert_int_equal(world->wanted.destinations[1].method, IP_VS_CONN_F_DROUTE);
	assert_int_equal(world->wanted.destinations[2].method, IP_VS_CONN_F_TUNNEL);
	world->service.fwmark = 5;
	world->service.family = AF_INET6;
	settle(world);
	assert_int_equal(world->wanted.key.fwmark, 5);
	assert_int_equal(world->wanted.key.protocol, 0);
	assert_int_equal(world->wanted.key.family, AF_INET6);
	assert_int_equal(world->wanted.netmask, 128);
	free_world(world);
}

static unsigned draw(unsigned below)
{
	return (unsigned)rand() % below;
}

static struct world *random_world(void)
{
	struct world *world = make_world(1 + draw(MAX_REALS), draw(4));

	world->service.quorum = 1 + draw(8);
	world->service.hysteresis = draw(world->service.quorum);
	world->quorum.up = draw(2);
	for (size_t i = 0; i < MAX_TARGETS; i++) {
		world->targets[i].alpha = draw(8) == 0;
		world->verdicts[i] = (uint8_t)draw(3);
	}
	for (size_t i = 0; i < world->service.n_servers; i++) {
		struct server_conf *server = &world->servers[i];

		server->alpha = draw(6) == 0;
		server->weight = (int32_t)draw(5);
		server->on_failure = (uint8_t)draw(3);
		server->n_targets = draw(3);
		world->targets_of[i][0] = draw(MAX_TARGETS);
		world->targets_of[i][1] = draw(MAX_TARGETS);
		world->last[i] = (enum server_state)draw(3);
		if (server->fallback && draw(4) == 0)
			server->address = ipv4((uint8_t)(1 + draw(MAX_REALS)));
	}
	return world;
}

/* The model: in the words of the manual, server by server, without tables. */

static bool model_up(const struct world *world, size_t index)
{
	const struct server_conf *server = &world->servers[index];
	unsigned passed = 0;
	bool alpha = server->alpha;

	for (uint32_t i = 0; i < server->n_targets; i++) {
		switch ((enum verdict)world->verdicts[server->targets[i]]) {
		case VERDICT_FAIL:
			return false;
		case VERDICT_PASS:
			passed++;
			break;
		case VERDICT_UNKNOWN:
			alpha = alpha || world->targets[server->targets[i]].alpha;
			break;
		}
	}
	if (passed == server->n_targets || world->last[index] == SERVER_UP)
		return true;
	return world->last[index] == SERVER_UNKNOWN && !alpha;
}

static bool model_quorum(const struct world *world, bool before)
{
	unsigned sum = 0;

	for (size_t i = 0; i < world->service.n_servers; i++) {
		if (!world->servers[i].fallback && model_up(world, i))
			sum += (unsigned)world->servers[i].weight;
	}
	if (sum == 0)
		return false;
	if (before)
		return sum + world->service.hysteresis >= world->service.quorum;
	return sum >= world->service.quorum + world->service.hysteresis;
}

/* The weight that belongs to an endpoint, or WEIGHT_ABSENT. */
static int32_t model_weight(const struct world *world, const struct address *address, bool quorum)
{
	const struct server_conf *servers = world->servers;
	size_t n = world->service.n_servers;
	bool fallback_serves = false;
	int32_t weight = WEIGHT_ABSENT;

	for (size_t i = 0; i < n && !quorum && !fallback_serves; i++) {
		if (!servers[i].fallback || !model_up(world, i) || servers[i].weight == 0)
			continue;
		fallback_serves = true;
		if (address_compare(&servers[i].address, address) == 0)
			return servers[i].weight;
	}
	for (size_t i = 0; i < n; i++) {
		if (servers[i].fallback || address_compare(&servers[i].address, address) != 0)
			continue;
		if (model_up(world, i) && !fallback_serves)
			weight = servers[i].weight;
		else if (servers[i].on_failure == ON_FAILURE_QUIESCE)
			weight = 0;
	}
	return weight;
}

static void wanted_table_is_the_models(void **state)
{
	(void)state;
	print_message("seed %u\n", SEED);
	srand(SEED);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct world *world = random_world();
		bool quorum = model_quorum(world, world->quorum.up);
		size_t expected = 0;

		settle(world);
		assert_int_equal(world->quorum.up, quorum);
		for (unsigned host = 0; host < 256; host++) {
			struct address address = ipv4((uint8_t)host);
			int32_t weight = model_weight(world, &address, quorum);
			const struct destination *found =
				table_service_find(&world->wanted, &address, 80);

			assert_int_equal(found ? found->weight : WEIGHT_ABSENT, weight);
			expected += weight != WEIGHT_ABSENT;
		}
		assert_int_equal(world->wanted.n_destinations, expected);
		free_world(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_servers_serve_unless_alpha),
		cmocka_unit_test(state_of_before_holds_while_targets_are_unknown),
		cmocka_unit_test(failed_server_is_quiesced_removed_or_expired),
		cmocka_unit_test(hysteresis_keeps_quorum_where_it_was),
		cmocka_unit_test(without_usable_fallback_servers_below_quorum_go_on),
		cmocka_unit_test(fallback_takes_the_place_of_servers_that_are_alive),
		cmocka_unit_test(fallback_that_is_a_real_server_has_one_destination),
		cmocka_unit_test(parameters_are_the_kernels),
		cmocka_unit_test(wanted_table_is_the_models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
