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
#include "vrrp/foreign.h"

#include <stdlib.h>
#include <string.h>

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

struct foreign {
	struct loop *loop;
	struct addresses *addresses;
	foreign_wrong_vrid_fn *wrong_vrid;
	void *data;
	struct status *status;
	bool warn;
	struct log_limit limit;
	struct entry entries[STATUS_FOREIGN_MAX];
};

static void write_record(const struct foreign *foreign, const struct entry *entry)
{
	struct foreign_status *record = status_record(foreign->status, STATUS_FOREIGN,
						      (uint32_t)(entry - foreign->entries));

	status_begin(record);
	memset((char *)record + sizeof(record->record), 0,
	       sizeof(*record) - sizeof(record->record));
	if (entry->interface != NULL) {
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
static bool is_current(const struct foreign *foreign, const struct entry *entry)
{
	return entry->interface != NULL &&
	       mono_diff(loop_now(foreign->loop), entry->heard) < 2 * SOCKET_NOTICE_PERIOD;
}

/* The entry of that router, which may be a new one in the place of an old one.  *crowded: it had to
 * push out one that is heard too. */
static struct entry *find_entry(struct foreign *foreign, const struct interface *interface,
				uint16_t family, uint8_t vrid, bool *crowded)
{
	struct entry *oldest = &foreign->entries[0];

	*crowded = false;
	for (unsigned i = 0; i < STATUS_FOREIGN_MAX; i++) {
		struct entry *entry = &foreign->entries[i];

		if (entry->interface == interface && entry->family == family && entry->vrid == vrid)
			return entry;
		if (mono_before(entry->heard, oldest->heard))
			oldest = entry;
	}
	*crowded = is_current(foreign, oldest);
	*oldest = (struct entry){.interface = interface, .family = family, .vrid = vrid};
	return oldest;
}

/* The first of the listed addresses that the configuration has there; NULL = none. */
static struct virtual_address *find_ours(const struct foreign *foreign,
					 const struct interface *interface, uint16_t family,
					 const uint8_t *payload, size_t size)
{
	struct address address = {.family = family};
	unsigned bytes = address_size(family);

	for (size_t at = PACKET_HEADER_SIZE, n = payload[3]; n > 0 && at + bytes <= size;
	     at += bytes, n--) {
		struct virtual_address *found;

		memcpy(address.bytes, payload + at, bytes);
		found = addresses_claimed(foreign->addresses, interface, &address);
		if (found != NULL && found->owner != NULL)
			return found;
	}
	return NULL;
}

static void tell(struct foreign *foreign, const struct entry *entry)
{
	char source[ADDRESS_TEXT_SIZE];
	unsigned dropped;

	if (!log_limit_pass(&foreign->limit, loop_now(foreign->loop).us, LINE_BURST, LINE_PAUSE,
			    &dropped))
		return;
	log_line(foreign->warn ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
		 "%s: %s advertises VRID %u, which no instance has there%s", entry->interface->name,
		 address_format(&entry->source, source), entry->vrid, log_dropped(dropped).text);
}

void foreign_heard(struct foreign *foreign, const struct interface *interface,
		   const struct packet_envelope *envelope, const uint8_t *payload, size_t size)
{
	uint16_t family = envelope->source.family;
	struct virtual_address *ours;
	struct entry *entry;
	bool is_new, crowded;

	if (size < PACKET_HEADER_SIZE || foreign->status == NULL)
		return;
	entry = find_entry(foreign, interface, family, payload[1], &crowded);
	is_new = address_compare(&entry->source, &envelope->source) != 0;
	entry->source = envelope->source;
	entry->version = payload[0] >> 4;
	entry->priority = payload[2];
	entry->heard = loop_now(foreign->loop);
	ours = find_ours(foreign, interface, family, payload, size);
	memset(entry->instance, 0, sizeof(entry->instance));
	if (ours != NULL) {
		const char *name =
			foreign->wrong_vrid(ours, &envelope->source, entry->vrid, foreign->data);

		memcpy(entry->instance, name, strnlen(name, sizeof(entry->instance) - 1));
	} else if (is_new && !crowded) {
		tell(foreign, entry);
	}
	write_record(foreign, entry);
}

void foreign_configure(struct foreign *foreign, struct status *status, bool warn)
{
	foreign->status = status;
	foreign->warn = warn;
	for (unsigned i = 0; i < STATUS_FOREIGN_MAX; i++)
		write_record(foreign, &foreign->entries[i]);
}

struct foreign *foreign_create(struct loop *loop, struct addresses *addresses,
			       foreign_wrong_vrid_fn *wrong_vrid, void *data)
{
	struct foreign *foreign = calloc(1, sizeof(*foreign));

	if (foreign == NULL)
		fatal("no memory for others' virtual routers");
	foreign->loop = loop;
	foreign->addresses = addresses;
	foreign->wrong_vrid = wrong_vrid;
	foreign->data = data;
	return foreign;
}

void foreign_destroy(struct foreign *foreign)
{
	free(foreign);
}
