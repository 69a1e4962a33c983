/*
 * interface_up_down_delays: how long interfaces have to be down, or up again, before they count as
 * that.  Entries are read into the model by the heads of their row; an entry that says nothing
 * about how long an interface counts as down after its return says 0, as it does in keepalived.
 *
 * A Backup whose interface is down, and counts as up, misses the Active router's adverts.  It must
 * learn of the fault before it takes the role for that, so a down delay has to be shorter than the
 * time that adverts may be missing.  One that is not does not count, as in keepalived.
 *
 * Called by entry.c, by verify.c, and by who prints (print.c, changes.c).
 */
#include <stdlib.h>
#include <string.h>

#include "conf/model/interface_delay.h"
#include "conf/model/parser.h"
#include "core/base/log.h"

static const struct keyword *heads(size_t *n, size_t *n_required)
{
	const struct block_type *type = block_type(BLOCK_INTERFACE_DELAY);

	*n = type->n_heads;
	*n_required = type->n_required;
	return type->heads;
}

void interface_delay_parse(struct parser *parser)
{
	const char *name = block_type(BLOCK_INTERFACE_DELAY)->name;
	struct token first = parser->in.next;
	struct interface_delay_conf delay = {.place = reader_place(&parser->in, &first)};
	size_t n, n_required, i;
	const struct keyword *head = heads(&n, &n_required);

	for (i = 0; i < n && reader_has_word(&parser->in); i++) {
		struct keyword row = head[i];

		row.name = name;
		if (!value_read(&parser->in, &first, &row, (char *)&delay + row.offset)) {
			reader_skip_words(&parser->in);
			return;
		}
	}
	if (i < n_required) {
		reader_error(&parser->in, &first, "missing-value", "'%s' needs %s", name,
			     head[i].name);
		return;
	}
	if (reader_has_word(&parser->in)) {
		parser_unknown(parser, "unknown-option", "unknown option");
		reader_skip_words(&parser->in);
	}
	vector_add(&parser->drafts.delays, sizeof(delay), &delay);
}

void interface_delay_print(const struct interface_delay_conf *delay, FILE *out)
{
	size_t n, n_required;
	const struct keyword *head = heads(&n, &n_required);

	char *text;
	size_t size;
	FILE *words = open_memstream(&text, &size);

	if (!words)
		fatal("out of memory");
	for (size_t i = 0; i < n; i++)
		value_print(&head[i], (const char *)delay + head[i].offset, true, words);
	if (fclose(words) != 0)
		fatal("out of memory");
	fputs(text + 1, out); /* without the first one's blank */
	free(text);
}

static bool uses(const struct instance_conf *instance, const char *interface)
{
	const struct name_list *others = &instance->transport.heartbeats;

	for (size_t i = 0; i < others->count; i++)
		if (strcmp(others->names[i], interface) == 0)
			return true;
	/* Without one it may be any, as long as that has the source address. */
	return !instance->interface || strcmp(instance->interface, interface) == 0;
}

/* How long an instance misses adverts at least before it takes the role. */
static int64_t patience(const struct instance_conf *instance)
{
	return (instance->down_adverts - INT64_C(1)) * instance->advert_interval;
}

static void complain_long(struct parser *parser, const struct interface_delay_conf *delay,
			  const struct instance_conf *instance)
{
	char said[VALUE_SECONDS_SIZE], most[VALUE_SECONDS_SIZE];

	reader_warning_at(&parser->in, delay->place, "delay-too-long",
			  "a down delay of %s s for %s is not less than the %s s for which "
			  "vrrp_instance '%s' may miss adverts: 0 is used",
			  value_seconds_text(delay->down, said), delay->interface,
			  value_seconds_text(patience(instance), most), instance->name);
}

static void verify_use(struct parser *parser, struct interface_delay_conf *delay)
{
	const struct conf *conf = parser->conf;
	bool used = false;

	for (size_t i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *instance = &conf->instances[i];

		if (!uses(instance, delay->interface))
			continue;
		used = true;
		if (delay->down > 0 && delay->down >= patience(instance)) {
			complain_long(parser, delay, instance);
			delay->down = 0;
		}
	}
	if (!used && reader_errors(&parser->in) == 0)
		reader_warning_at(&parser->in, delay->place, "unused-interface",
				  "interface_up_down_delays: no vrrp_instance sends adverts on %s",
				  delay->interface);
}

void interface_delay_verify(struct parser *parser)
{
	struct conf *conf = parser->conf;
	size_t n = conf->n_delays;

	conf->n_delays = 0;
	for (size_t i = 0; i < n; i++) {
		struct interface_delay_conf delay = conf->delays[i];
		const struct interface_delay_conf *first =
			interface_delay_of(conf, delay.interface);

		if (first) {
			reader_warning_at(&parser->in, delay.place, "interface-twice",
					  "%s already has its delays, which count",
					  delay.interface);
			reader_note(&parser->in, first->place, "they are here");
			continue;
		}
		verify_use(parser, &delay);
		conf->delays[conf->n_delays++] = delay;
	}
}
