/*
 * Fuzz target for what anybody can make an election do: raw packets, as a socket delivers them,
 * through the codec into the state machine of one router, on a clock of its own.  The first byte
 * of an input chooses the router; then come records of one byte for the time that passes before the
 * packet, two for its length, and the packet.
 *
 * Besides what the sanitizers find, it is an error when the router answers or changes its role more
 * often than its bounds allow (issue 8.4), when it serves without speaking in its rhythm, or when
 * it waits for nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mono.h"
#include "vrrp/engine/engine.h"
#include "vrrp/wire/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHOICE_VERSION_2  1
#define CHOICE_NOPREEMPT  2
#define CHOICE_NO_ANSWER  4
#define CHOICE_IPV6	  8
#define CHOICE_SHORT	  16 /* an interval of 10 ms */
#define CHOICE_PRIORITY	  (32 | 64)
#define INTERVAL_SHORTEST (10 * USEC_PER_MSEC)		 /* on the wire */
#define PASSES(byte)	  ((byte) * (byte)*INT64_C(100)) /* µs: up to 6.5 s */
#define RINGS_MAX	  100000

static const uint8_t priorities[] = {100, 1, 254, 255};

struct router {
	struct engine engine;
	struct engine_member member;
	struct mono started, now;
	struct packet_expected expected;
	unsigned answers, roles, rings;
};

static void need(bool holds)
{
	if (!holds)
		abort();
}

static int64_t elapsed(const struct router *router)
{
	return mono_diff(router->now, router->started);
}

/* What an event has led to is within the bounds. */
static void check(struct router *router, enum engine_state before, const struct engine_event *event,
		  struct engine_actions actions)
{
	const struct engine_member *member = &router->member;
	const struct engine_config *config = &member->config;
	enum engine_state state = router->engine.state;
	int64_t shortest = config->version == 2 ? USEC_PER_SEC : INTERVAL_SHORTEST;
	int64_t skew = engine_skew(config->version, config->priority, shortest);
	bool takes = before == ENGINE_BACKUP && state == ENGINE_ACTIVE;

	router->roles += takes;
	router->answers += event->kind == EVENT_ADVERT && before == ENGINE_ACTIVE &&
			   state == ENGINE_ACTIVE && (actions.bits & ACTION_SEND_ADVERT) != 0;
	need(router->answers <= ENGINE_ANSWERS + elapsed(router) / config->advert_interval);
	need(router->roles <= 1 + elapsed(router) / (skew > 0 ? skew : 1));
	need(member->due.us != 0); /* neither stopped nor in fault */
	if (state == ENGINE_ACTIVE)
		need(mono_diff(member->due, router->now) <= config->advert_interval);
}

static void feed(struct router *router, const struct engine_event *event)
{
	enum engine_state before = router->engine.state;

	check(router, before, event, engine_handle(&router->engine, event, router->now));
}

/* Lets time pass, with what falls due meanwhile. */
static void pass(struct router *router, int64_t duration)
{
	const struct engine_event of_member = {.kind = EVENT_TIMER, .member = &router->member};
	const struct engine_event of_unit = {.kind = EVENT_TIMER};
	struct mono end = mono_add(router->now, duration);

	for (;;) {
		struct mono unit = engine_due(&router->engine), member = router->member.due;
		bool is_unit = unit.us != 0 && mono_before(unit, member);
		struct mono due = is_unit ? unit : member;

		if (mono_before(end, due))
			break;
		need(++router->rings < RINGS_MAX);
		if (mono_before(router->now, due))
			router->now = due;
		feed(router, is_unit ? &of_unit : &of_member);
	}
	router->now = end;
}

static void hear(struct router *router, const uint8_t *bytes, size_t size, bool ipv6)
{
	struct packet_envelope envelope = {.ttl = PACKET_TTL};
	size_t offset = 0, length = size;
	struct packet packet;

	if (ipv6) {
		if (size < sizeof(envelope.source.v6))
			return;
		envelope.source.family = AF_INET6;
		memcpy(envelope.source.bytes, bytes, sizeof(envelope.source.v6));
		address_parse("ff02::12", &envelope.destination);
		offset = sizeof(envelope.source.v6);
		length -= offset;
	} else if (!packet_open_ipv4(bytes, size, &envelope, &offset, &length)) {
		return;
	}
	if (packet_parse(&envelope, bytes + offset, length, &router->expected, &packet) !=
	    PACKET_ACCEPTED)
		return;
	const struct engine_event event = {.kind = EVENT_ADVERT,
					   .member = &router->member,
					   .priority = packet.priority,
					   .source = envelope.source,
					   .interval = packet.interval};
	feed(router, &event);
}

static void start(struct router *router, uint8_t choice)
{
	bool ipv6 = choice & CHOICE_IPV6;
	struct engine_config config = {
		.version = (choice & CHOICE_VERSION_2) && !ipv6 ? 2 : 3,
		.priority = priorities[(choice & CHOICE_PRIORITY) / 32],
		.nopreempt = choice & CHOICE_NOPREEMPT,
		.lower_prio_no_advert = choice & CHOICE_NO_ANSWER,
		.advert_interval = USEC_PER_SEC,
		.linger = 50 * USEC_PER_MSEC,
	};
	struct engine_event facts = {.kind = EVENT_FACTS, .member = &router->member, .able = true};
	const struct engine_event startup = {.kind = EVENT_STARTUP};

	if (config.version == 3 && (choice & CHOICE_SHORT))
		config.advert_interval = INTERVAL_SHORTEST;
	memset(router, 0, sizeof(*router));
	router->started = router->now = (struct mono){USEC_PER_SEC};
	router->expected = (struct packet_expected){.version = config.version,
						    .interval = config.advert_interval};
	engine_init(&router->engine);
	engine_member_init(&router->member, &config);
	engine_join(&router->engine, &router->member, 0, NULL);
	address_parse(ipv6 ? "fe80::5" : "10.0.0.5", &facts.source);
	engine_handle(&router->engine, &facts, router->now);
	engine_handle(&router->engine, &startup, router->now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct router router;
	size_t at = 1;

	if (size == 0)
		return 0;
	start(&router, data[0]);
	while (at + 3 <= size) {
		size_t length = (size_t)data[at + 1] << 8 | data[at + 2];
		int64_t duration = PASSES(data[at]);

		at += 3;
		if (length > size - at)
			length = size - at;
		pass(&router, duration);
		uint8_t *copy = malloc(length + 1); /* reading past the end is noticed */
		if (copy == NULL)
			abort();
		memcpy(copy, data + at, length);
		copy = realloc(copy, length > 0 ? length : 1);
		hear(&router, copy, length, data[0] & CHOICE_IPV6);
		free(copy);
		at += length;
	}
	return 0;
}
