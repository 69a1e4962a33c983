/*
 * Virtual routers that are heard and that no instance here is: other groups on the same wire, which
 * are none of our business, or a peer whose VRID was mistyped, which leaves two Active routers that
 * do not hear each other.  The sockets let through the first advert of each such VRID, and another
 * one after SOCKET_NOTICE_PERIOD; all others never wake this process (socket.c).
 *
 * If the advert lists an address that an instance here has, its VRID is wrong: that is told as the
 * instance's affair.  Else it is kept for the status, and logged once.  What is kept is bounded:
 * the router not heard for the longest time makes place, and where there are too many to remember
 * whom one has told of, no more are told of.
 *
 * Called by the sockets through vrrp_role.c.
 */
#include "vrrp/unknown_vrid.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "vrrp/wire/socket.h"

#define LINE_BURST 8
#define LINE_PAUSE (10 * USEC_PER_SEC)

struct entry {
	const struct interface *interface; /* NULL = free */
	uint16_t family;
	uint8_t vrid, version, priority;
	struct address source;
	struct mono heard;
	char instance[STATUS_NAME_SIZE]; /* whose address it lists; empty = nobody's */
};

struct unknown_vrids {
	struct loop *loop;
	struct instance_addresses *addresses;
	unknown_vrids_wrong_fn *wrong_vrid;
	void *data;
	struct status *status;
	bool warn;
	struct log_limit limit;
	struct entry entries[STATUS_UNKNOWN_VRIDS_MAX];
};

static void write_record(const struct unknown_vrids *unknown, const struct entry *entry)
{
	struct unknown_vrid_status *record = status_record(unknown->status, STATUS_UNKNOWN_VRIDS,
							   (uint32_t)(entry - unknown->entries));

	status_begin(record);
	memset((char *)record + sizeof(record->record), 0,
	       sizeof(*record) - sizeof(record->record));
	if (entry->interface) {
		memcpy(record->interface, entry->interface->name, sizeof(record->interface));
		record->family = entry->family;
		record->vrid = entry->vrid;
		record->version = entry->version;
		record->priority = entry->priority;
		record->source = entry->source;
		record->heard = entry->heard.us;
		memcpy(record->instance, entry->instance, sizeof(record->instance));
	}
	status_end(record);
}

/* It is looked for once a period, and was found in the last two. */
static bool is_current(const struct unknown_vrids *unknown, const struct entry *entry)
{
	return entry->interface &&
	       mono_diff(loop_now(unknown->loop), entry->heard) < 2 * SOCKET_NOTICE_PERIOD;
}

/* The entry of that router, which may be a new one in the place of an old one.  *crowded: it had to
 * push out one that is heard too. */
static struct entry *find_entry(struct unknown_vrids *unknown, const struct interface *interface,
				uint16_t family, uint8_t vrid, bool *crowded)
{
	struct entry *oldest = &unknown->entries[0];

	*crowded = false;
	for (unsigned i = 0; i < STATUS_UNKNOWN_VRIDS_MAX; i++) {
		struct entry *entry = &unknown->entries[i];

		if (entry->interface == interface && entry->family == family && entry->vrid == vrid)
			return entry;
		if (mono_before(entry->heard, oldest->heard))
			oldest = entry;
	}
	*crowded = is_current(unknown, oldest);
	*oldest = (struct entry){.interface = interface, .family = family, .vrid = vrid};
	return oldest;
}

/* The first of the listed addresses that the configuration has there; NULL = none. */
static struct instance_address *find_ours(const struct unknown_vrids *unknown,
					  const struct interface *interface, uint16_t family,
					  const uint8_t *payload, size_t size)
{
	struct address address = {.family = family};
	unsigned bytes = address_size(family);

	for (size_t at = PACKET_HEADER_SIZE, n = payload[3]; n > 0 && at + bytes <= size;
	     at += bytes, n--) {
		memcpy(address.bytes, payload + at, bytes);
		struct instance_address *found =
			instance_addresses_find(unknown->addresses, interface, &address, false);
		if (found && found->owner)
			return found;
	}
	return NULL;
}

static void tell(struct unknown_vrids *unknown, const struct entry *entry)
{
	unsigned dropped;

	if (!log_limit_pass(&unknown->limit, loop_now(unknown->loop).us, LINE_BURST, LINE_PAUSE,
			    &dropped))
		return;
	log_line(unknown->warn ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
		 "%s: %s advertises VRID %u, which no instance has there%s", entry->interface->name,
		 address_text(&entry->source).text, entry->vrid, log_dropped(dropped).text);
}

void unknown_vrids_heard(struct unknown_vrids *unknown, const struct interface *interface,
			 const struct packet_envelope *envelope, const uint8_t *payload,
			 size_t size)
{
	uint16_t family = envelope->source.family;
	bool crowded;

	if (size < PACKET_HEADER_SIZE || !unknown->status)
		return;
	struct entry *entry = find_entry(unknown, interface, family, payload[1], &crowded);
	bool is_new = address_compare(&entry->source, &envelope->source) != 0;
	entry->source = envelope->source;
	entry->version = payload[0] >> 4;
	entry->priority = payload[2];
	entry->heard = loop_now(unknown->loop);
	struct instance_address *ours = find_ours(unknown, interface, family, payload, size);
	memset(entry->instance, 0, sizeof(entry->instance));
	if (ours) {
		const char *name =
			unknown->wrong_vrid(ours, &envelope->source, entry->vrid, unknown->data);

		memcpy(entry->instance, name, strnlen(name, sizeof(entry->instance) - 1));
	} else if (is_new && !crowded) {
		tell(unknown, entry);
	}
	write_record(unknown, entry);
}

void unknown_vrids_configure(struct unknown_vrids *unknown, struct status *status, bool warn)
{
	unknown->status = status;
	unknown->warn = warn;
	for (unsigned i = 0; i < STATUS_UNKNOWN_VRIDS_MAX; i++)
		write_record(unknown, &unknown->entries[i]);
}

struct unknown_vrids *unknown_vrids_create(struct loop *loop, struct instance_addresses *addresses,
					   unknown_vrids_wrong_fn *wrong_vrid, void *data)
{
	struct unknown_vrids *unknown = alloc(sizeof(*unknown));

	unknown->loop = loop;
	unknown->addresses = addresses;
	unknown->wrong_vrid = wrong_vrid;
	unknown->data = data;
	return unknown;
}

void unknown_vrids_destroy(struct unknown_vrids *unknown)
{
	free(unknown);
}
