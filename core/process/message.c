/*
 * The table of what the processes may say to each other.  A worker believes nothing that its table
 * row does not allow: who sends it to whom, how long it is, how many descriptors come with it, and
 * that its text ends and its enum is one.  link.c asks before it sends and after it has received.
 *
 * Adding a message is adding an enum value, a struct and a row.
 */
#include "core/process/message.h"

#include <string.h>

#include "core/base/names.h"

#define FROM(kind) (1U << (kind))
#define TO(kind)   (1U << (kind))
#define WORKERS	   (1U << ROLE_VRRP | 1U << ROLE_NET | 1U << ROLE_IPVS | 1U << ROLE_CHECK)

/* No text, no enum: an offset that no payload reaches. */
#define NOWHERE MESSAGE_PAYLOAD_MAX

#define EXACTLY(type) .size_min = sizeof(type), .size_max = sizeof(type)
#define TEXT_AT(type, member) \
	.text = offsetof(type, member), .text_size = sizeof(((type *)0)->member)
#define NO_TEXT			    .text = NOWHERE
#define ENUM_AT(type, member, last) .value = offsetof(type, member), .value_last = (last)
#define NO_ENUM			    .value = NOWHERE

static const struct row {
	const char *name;
	unsigned from, to; /* bits by enum role_kind */
	size_t size_min, size_max;
	unsigned fds_min, fds_max;
	size_t text, text_size; /* offset and size of its text */
	size_t value;		/* offset of its uint32_t that is an enum */
	uint32_t value_last;	/* the enum's last value */
} rows[MESSAGE_TYPES] = {
	[MESSAGE_CONFIGURE] = {"configure", FROM(ROLE_MAIN), WORKERS,
			       EXACTLY(struct message_configure), .fds_min = 2, .fds_max = 3,
			       NO_TEXT, NO_ENUM},
	[MESSAGE_PEER] = {"peer", FROM(ROLE_MAIN), WORKERS, EXACTLY(struct message_peer),
			  .fds_min = 1, .fds_max = 1, NO_TEXT,
			  ENUM_AT(struct message_peer, kind, ROLE_CHECK)},
	[MESSAGE_STOP] = {"stop", FROM(ROLE_MAIN), WORKERS, EXACTLY(struct message_stop), NO_TEXT,
			  NO_ENUM},
	[MESSAGE_CONFIGURED] = {"configured", WORKERS, TO(ROLE_MAIN),
				EXACTLY(struct message_configured), NO_TEXT, NO_ENUM},
	[MESSAGE_STOPPED] = {"stopped", WORKERS, TO(ROLE_MAIN), NO_TEXT, NO_ENUM},
	[MESSAGE_LOG] = {"log", WORKERS, TO(ROLE_MAIN),
			 .size_min = offsetof(struct message_log, text) + 1,
			 .size_max = sizeof(struct message_log), TEXT_AT(struct message_log, text),
			 ENUM_AT(struct message_log, level, LOG_LEVEL_DEBUG)},
	[MESSAGE_PEER_LOST] = {"peer_lost", WORKERS, TO(ROLE_MAIN), EXACTLY(struct message_peer),
			       NO_TEXT, ENUM_AT(struct message_peer, kind, ROLE_CHECK)},
	[MESSAGE_STANDBY] = {"standby", FROM(ROLE_MAIN), TO(ROLE_VRRP),
			     EXACTLY(struct message_instance_request), NO_TEXT, NO_ENUM},
	[MESSAGE_TAKEOVER] = {"takeover", FROM(ROLE_MAIN), TO(ROLE_VRRP),
			      EXACTLY(struct message_instance_request), NO_TEXT, NO_ENUM},
	[MESSAGE_DONE] = {"done", FROM(ROLE_VRRP), TO(ROLE_MAIN), EXACTLY(struct message_done),
			  TEXT_AT(struct message_done, text), NO_ENUM},
	[MESSAGE_NOTIFY] = {"notify", FROM(ROLE_VRRP), TO(ROLE_MAIN),
			    EXACTLY(struct message_notify), NO_TEXT,
			    ENUM_AT(struct message_notify, kind, NOTIFY_STOP)},
	[MESSAGE_VMAC_SYSCTLS] = {"vmac_sysctls", FROM(ROLE_NET), TO(ROLE_MAIN),
				  EXACTLY(struct message_vmac_sysctls),
				  TEXT_AT(struct message_vmac_sysctls, interface), NO_ENUM},
	[MESSAGE_FENCE] = {"fence", FROM(ROLE_VRRP), TO(ROLE_MAIN), EXACTLY(struct message_fence),
			   NO_TEXT, NO_ENUM},
	[MESSAGE_FENCED] = {"fenced", FROM(ROLE_MAIN), TO(ROLE_VRRP),
			    EXACTLY(struct message_fenced), TEXT_AT(struct message_fenced, text),
			    NO_ENUM},
	[MESSAGE_SLOTS] = {"slots", FROM(ROLE_VRRP), TO(ROLE_NET), NO_TEXT, NO_ENUM},
	[MESSAGE_DUMP] = {"dump", FROM(ROLE_VRRP), TO(ROLE_NET), EXACTLY(struct message_dump),
			  NO_TEXT, NO_ENUM},
	[MESSAGE_FEED] = {"feed", FROM(ROLE_NET), TO(ROLE_VRRP), EXACTLY(struct message_feed),
			  .fds_min = 1, .fds_max = 1, NO_TEXT, NO_ENUM},
	[MESSAGE_ADDRESS] = {"address", FROM(ROLE_NET), TO(ROLE_VRRP),
			     EXACTLY(struct message_address),
			     TEXT_AT(struct message_address, interface),
			     ENUM_AT(struct message_address, event, ADDRESS_REFUSED)},
	[MESSAGE_VMAC] = {"vmac", FROM(ROLE_NET), TO(ROLE_VRRP), EXACTLY(struct message_vmac),
			  TEXT_AT(struct message_vmac, text), NO_ENUM},
	[MESSAGE_INSTANCE] = {"instance", FROM(ROLE_VRRP), TO(ROLE_IPVS),
			      EXACTLY(struct message_instance),
			      TEXT_AT(struct message_instance, name),
			      ENUM_AT(struct message_instance, state, INSTANCE_FAULT)},
	[MESSAGE_VERDICT] = {"verdict", FROM(ROLE_CHECK), TO(ROLE_IPVS),
			     EXACTLY(struct message_verdict), NO_TEXT,
			     ENUM_AT(struct message_verdict, verdict, VERDICT_FAIL)},
	[MESSAGE_HANDOVER] = {"handover", FROM(ROLE_MAIN), TO(ROLE_KEEPER),
			      EXACTLY(struct message_handover), .fds_max = 3, NO_TEXT,
			      ENUM_AT(struct message_handover, kind, ROLE_CHECK)},
	[MESSAGE_ALIVE] = {"alive", FROM(ROLE_MAIN), TO(ROLE_KEEPER), NO_TEXT, NO_ENUM},
	[MESSAGE_KEEPER_ALIVE] = {"keeper_alive", FROM(ROLE_KEEPER), TO(ROLE_MAIN), NO_TEXT,
				  NO_ENUM},
	[MESSAGE_HANDBACK] = {"handback", FROM(ROLE_KEEPER), TO(ROLE_MAIN),
			      EXACTLY(struct message_handover), .fds_max = 3, NO_TEXT,
			      ENUM_AT(struct message_handover, kind, ROLE_CHECK)},
	[MESSAGE_HANDBACK_END] = {"handback_end", FROM(ROLE_KEEPER), TO(ROLE_MAIN),
				  EXACTLY(struct message_handback_end), NO_TEXT, NO_ENUM},
};

_Static_assert(sizeof(struct message_log) <= MESSAGE_PAYLOAD_MAX, "a log line fits a message");

const char *message_refusal(enum message_type type, enum role_kind from, enum role_kind to,
			    size_t size, unsigned n_fds)
{
	if ((unsigned)type >= MESSAGE_TYPES)
		return "its type is not known";
	const struct row *row = &rows[type];
	if ((unsigned)from >= ROLE_KINDS || !(row->from & FROM(from)))
		return "its sender may not send it";
	if ((unsigned)to >= ROLE_KINDS || !(row->to & TO(to)))
		return "its receiver does not take it";
	if (size < row->size_min)
		return "it is too short";
	if (size > row->size_max)
		return "it is too long";
	if (n_fds < row->fds_min)
		return "descriptors are missing";
	if (n_fds > row->fds_max)
		return "it has too many descriptors";
	return NULL;
}

const char *message_content_refusal(enum message_type type, const void *payload, size_t size)
{
	const struct row *row = &rows[type];
	const unsigned char *bytes = payload;
	size_t room;
	uint32_t value;

	if (row->text < size) {
		room = size - row->text < row->text_size ? size - row->text : row->text_size;
		if (!memchr(bytes + row->text, '\0', room))
			return "its text does not end";
	}
	if (row->value < size) {
		memcpy(&value, bytes + row->value, sizeof(value));
		if (value > row->value_last)
			return "its value is none of those defined";
	}
	return NULL;
}

const char *message_type_name(enum message_type type)
{
	return (unsigned)type < MESSAGE_TYPES ? rows[type].name : "?";
}

const char *role_kind_name(enum role_kind kind)
{
	static const char *const names[ROLE_KINDS] = {
		[ROLE_KEEPER] = "keeper", [ROLE_MAIN] = "main", [ROLE_VRRP] = "vrrp",
		[ROLE_NET] = "net",	  [ROLE_IPVS] = "ipvs", [ROLE_CHECK] = "check",
	};

	return name_of(names, ROLE_KINDS, kind);
}

const char *instance_state_name(enum instance_state state)
{
	static const char *const names[] = {
		[INSTANCE_INIT] = "init",
		[INSTANCE_BACKUP] = "backup",
		[INSTANCE_ACTIVE] = "active",
		[INSTANCE_FAULT] = "fault",
	};

	return name_of(names, sizeof(names) / sizeof(names[0]), state);
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_UNKNOWN] = "unknown",
		[VERDICT_PASS] = "pass",
		[VERDICT_FAIL] = "fail",
	};

	return name_of(names, sizeof(names) / sizeof(names[0]), verdict);
}
