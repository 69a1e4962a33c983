/*
 * Resolving use_vmac: its words, and what the interface is called.
 *
 *   use_vmac [[name] INTERFACE] [MAC] [netlink_notify_msg] [group NUMBER]
 *
 * MAC has six octets, or five, to which the virtual router's number is added.  The addresses that
 * RFC 9568 gives to virtual routers are what is used without one, so they cannot be given.  Without
 * a name the interface is called vrrp.VRID, or vrrp4.VRID or vrrp6.VRID where an earlier instance
 * has that, or the same with another number; the role finds the same names, from the same text.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "conf/model/parse.h"
#include "core/base/arena.h"
#include "core/base/log.h"

#define NAME_SIZE 16 /* IF_NAMESIZE */
#define WORD_SIZE 64

struct reader {
	struct parser *parser;
	struct instance_conf *instance;
	struct place place;
	const char *at;
	char word[WORD_SIZE];
};

#define COMPLAIN(reader, severity, ...)                                                       \
	parser_complain((reader)->parser, DIAGNOSTIC_##severity, (reader)->place, "bad-vmac", \
			"use_vmac: " __VA_ARGS__)

/* The next word, without the quotes that it may have been stored with. */
static bool next_word(struct reader *reader)
{
	size_t length;

	reader->at += strspn(reader->at, " \"");
	length = strcspn(reader->at, " \"");
	if (length == 0)
		return false;
	if (length >= WORD_SIZE)
		length = WORD_SIZE - 1;
	memcpy(reader->word, reader->at, length);
	reader->word[length] = '\0';
	reader->at += strcspn(reader->at, " \"");
	return true;
}

/* Two hexadecimal digits each, with colons between; 0 = it is none. */
static unsigned read_octets(const char *text, uint8_t octets[6])
{
	unsigned n = 0, value;
	int length;

	while (n < 6 && isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]) &&
	       sscanf(text, "%2x%n", &value, &length) == 1) {
		octets[n++] = (uint8_t)value;
		text += length;
		if (*text != ':')
			break;
		text++;
	}
	return *text == '\0' ? n : 0;
}

static bool read_mac(struct reader *reader)
{
	static const uint8_t standard[4] = {0x00, 0x00, 0x5e, 0x00};
	struct instance_conf *instance = reader->instance;
	uint8_t octets[6];
	unsigned n = read_octets(reader->word, octets);

	if (n != 5 && n != 6)
		return false;
	if (n == 5)
		octets[5] = instance->vrid;
	if (octets[0] & 1)
		COMPLAIN(reader, ERROR, "%s is a multicast address", reader->word);
	else if (memcmp(octets, standard, sizeof(standard)) == 0 &&
		 (octets[4] == 1 || octets[4] == 2))
		COMPLAIN(reader, ERROR,
			 "%s is an address of RFC 9568: without one, the right one is used",
			 reader->word);
	else
		memcpy(instance->vmac.mac, octets, sizeof(octets));
	return true;
}

static void take_name(struct reader *reader)
{
	struct vmac_conf *vmac = &reader->instance->vmac;

	if (vmac->name != NULL)
		COMPLAIN(reader, ERROR, "'%s' is one word too many", reader->word);
	else if (strlen(reader->word) >= NAME_SIZE || strchr(reader->word, '/'))
		COMPLAIN(reader, ERROR, "'%s' cannot be the name of an interface", reader->word);
	else
		vmac->name = arena_printf(reader->parser->conf->arena, "%s", reader->word);
}

static void read_words(struct reader *reader)
{
	while (next_word(reader)) {
		if (strcmp(reader->word, "netlink_notify_msg") == 0)
			continue;
		if (strcmp(reader->word, "group") == 0) {
			COMPLAIN(reader, WARNING, "'group' has no effect");
			next_word(reader);
		} else if (strcmp(reader->word, "name") == 0) {
			if (next_word(reader))
				take_name(reader);
			else
				COMPLAIN(reader, ERROR, "a name is missing");
		} else if (!read_mac(reader)) {
			take_name(reader);
		}
	}
}

static bool is_taken(const struct reader *reader, const char *name)
{
	const struct instance_draft *draft = reader->parser->drafts.instances.items;

	for (; &draft->conf != reader->instance; draft++)
		if (draft->conf.vmac.name != NULL && strcmp(draft->conf.vmac.name, name) == 0)
			return true;
	return strcmp(reader->instance->interface ? reader->instance->interface : "", name) == 0;
}

static void choose_name(struct reader *reader)
{
	struct instance_conf *instance = reader->instance;
	const char *prefix = reader->parser->drafts.global.vmac_prefix;
	const char *family = instance->family == AF_INET6 ? "6" : "4";
	char name[NAME_SIZE];
	int length = snprintf(name, sizeof(name), "%.11s.%u", prefix, instance->vrid);

	if (is_taken(reader, name))
		length = snprintf(name, sizeof(name), "%.10s%s.%u", prefix, family, instance->vrid);
	for (unsigned n = 1; n < 100 && is_taken(reader, name); n++)
		length = snprintf(name, sizeof(name), "%.7s%s.%u.%u", prefix, family,
				  instance->vrid, n);
	if (length < 0 || length >= NAME_SIZE)
		fatal("use_vmac: '%s' is no name", name);
	instance->vmac.name = arena_printf(reader->parser->conf->arena, "%s", name);
}

void resolve_vmac(struct parser *parser, struct instance_conf *instance, struct place place)
{
	struct reader reader = {parser, instance, place, instance->vmac.words, ""};

	if (instance->vmac.words == NULL) {
		if (instance->vmac.xmit_base)
			COMPLAIN(&reader, WARNING, "without it, 'vmac_xmit_base' has no effect");
		instance->vmac.xmit_base = false;
		return;
	}
	read_words(&reader);
	if (instance->vmac.name == NULL)
		choose_name(&reader);
	if (is_taken(&reader, instance->vmac.name))
		COMPLAIN(&reader, ERROR, "there is an interface '%s' already: give another name",
			 instance->vmac.name);
}
