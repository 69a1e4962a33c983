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

#include "conf/model/vmac.h"
#include "core/base/arena.h"
#include "core/base/log.h"

#define NAME_SIZE 16 /* IF_NAMESIZE */
#define WORD_SIZE 64

struct words {
	struct parser *parser;
	struct instance_conf *instance;
	struct place place;
	const char *at;
	char word[WORD_SIZE];
};

#define COMPLAIN(words, severity, ...)                                                           \
	reader_complain(&(words)->parser->in, DIAGNOSTIC_##severity, (words)->place, "bad-vmac", \
			"use_vmac: " __VA_ARGS__)

/* The next word, without the quotes that it may have been stored with. */
static bool next_word(struct words *words)
{
	words->at += strspn(words->at, " \"");
	size_t length = strcspn(words->at, " \"");
	if (length == 0)
		return false;
	if (length >= WORD_SIZE)
		length = WORD_SIZE - 1;
	memcpy(words->word, words->at, length);
	words->word[length] = '\0';
	words->at += strcspn(words->at, " \"");
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

static bool read_mac(struct words *words)
{
	static const uint8_t standard[4] = {0x00, 0x00, 0x5e, 0x00};
	struct instance_conf *instance = words->instance;
	uint8_t octets[6];
	unsigned n = read_octets(words->word, octets);

	if (n != 5 && n != 6)
		return false;
	if (n == 5)
		octets[5] = instance->vrid;
	if (octets[0] & 1)
		COMPLAIN(words, ERROR, "%s is a multicast address", words->word);
	else if (memcmp(octets, standard, sizeof(standard)) == 0 &&
		 (octets[4] == 1 || octets[4] == 2))
		COMPLAIN(words, ERROR,
			 "%s is an address of RFC 9568: without one, the right one is used",
			 words->word);
	else
		memcpy(instance->vmac.mac, octets, sizeof(octets));
	return true;
}

static void take_name(struct words *words)
{
	struct vmac_conf *vmac = &words->instance->vmac;

	if (vmac->name != NULL)
		COMPLAIN(words, ERROR, "'%s' is one word too many", words->word);
	else if (strlen(words->word) >= NAME_SIZE || strchr(words->word, '/'))
		COMPLAIN(words, ERROR, "'%s' cannot be the name of an interface", words->word);
	else
		vmac->name = arena_printf(words->parser->conf->arena, "%s", words->word);
}

static void read_words(struct words *words)
{
	while (next_word(words)) {
		if (strcmp(words->word, "netlink_notify_msg") == 0)
			continue;
		if (strcmp(words->word, "group") == 0) {
			COMPLAIN(words, WARNING, "'group' has no effect");
			next_word(words);
		} else if (strcmp(words->word, "name") == 0) {
			if (next_word(words))
				take_name(words);
			else
				COMPLAIN(words, ERROR, "a name is missing");
		} else if (!read_mac(words)) {
			take_name(words);
		}
	}
}

static bool is_taken(const struct words *words, const char *name)
{
	const struct instance_draft *draft = words->parser->drafts.instances.items;

	for (; &draft->conf != words->instance; draft++)
		if (draft->conf.vmac.name && strcmp(draft->conf.vmac.name, name) == 0)
			return true;
	return strcmp(words->instance->interface ? words->instance->interface : "", name) == 0;
}

static void choose_name(struct words *words)
{
	struct instance_conf *instance = words->instance;
	const char *prefix = words->parser->drafts.global.vmac_prefix;
	const char *family = instance->family == AF_INET6 ? "6" : "4";
	char name[NAME_SIZE];
	int length = snprintf(name, sizeof(name), "%.11s.%u", prefix, instance->vrid);

	if (is_taken(words, name))
		length = snprintf(name, sizeof(name), "%.10s%s.%u", prefix, family, instance->vrid);
	for (unsigned n = 1; n < 100 && is_taken(words, name); n++)
		length = snprintf(name, sizeof(name), "%.7s%s.%u.%u", prefix, family,
				  instance->vrid, n);
	if (length < 0 || length >= NAME_SIZE)
		fatal("use_vmac: '%s' is no name", name);
	instance->vmac.name = arena_printf(words->parser->conf->arena, "%s", name);
}

void vmac_resolve(struct parser *parser, struct instance_conf *instance, struct place place)
{
	struct words words = {parser, instance, place, instance->vmac.words, ""};

	if (!instance->vmac.words) {
		if (instance->vmac.xmit_base)
			COMPLAIN(&words, WARNING, "without it, 'vmac_xmit_base' has no effect");
		instance->vmac.xmit_base = false;
		return;
	}
	read_words(&words);
	if (!instance->vmac.name)
		choose_name(&words);
	if (is_taken(&words, instance->vmac.name))
		COMPLAIN(&words, ERROR, "there is an interface '%s' already: give another name",
			 instance->vmac.name);
}
