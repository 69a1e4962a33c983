#ifndef VRRP_DUMP_RELAY_H
#define VRRP_DUMP_RELAY_H

#include <stdint.h>

#include "core/base/loop.h"

/* Makes dumps for the elections' process and passes them on. */
struct dump_relay;

/* dump_relay.c */

struct dump_relay *dump_relay_create(struct loop *loop);
void dump_relay_destroy(struct dump_relay *relay);
/* A new reader: what was under way for the one before is given up. Returns the end where it reads,
 * which is the caller's; -1 with errno. */
int dump_relay_open(struct dump_relay *relay);
/* Asks the kernel for RTM_GETLINK or RTM_GETADDR; the answer goes to the reader, datagram by
 * datagram. Anything else is not asked for. */
void dump_relay_ask(struct dump_relay *relay, uint16_t type, uint32_t sequence);

#endif
