/*
 * The canonical form: a configuration in its own language, with everything resolved.
 *
 * Main hands it to the workers as their configuration, keeps it as the running one, and shows it
 * to the operator.  Parsing it gives the same configuration, each object at the same index,
 * without a diagnostic: so inherited values stand where they arrive, and no value is left to a
 * default, except where its absence is the only way to write it (no label, no script, "no").
 *
 * Members are printed by the rows of the keyword tables; by hand is only the nesting.  What no
 * member holds (unsupported.h) follows an object's members as it was written; workers do not get
 * it.
 */
#include "conf/model/print.h"

#include <stdarg.h>

#include "conf/model/interface_delay.h"
#include "conf/model/load.h"
#include "conf/model/unsupported.h"
#include "conf/table/hmac_key.h"
#include "conf/table/keyword.h"
#include "conf/table/value.h"

struct printer {
	FILE *out;
	bool secrets;
	bool unsupported; /* also what vdirector does not act upon */
	unsigned depth;
};

/* Whether a member need not be written here. */
typedef bool omit_fn(const void *context, const void *object, uint16_t offset);

static void indent(const struct printer *printer)
{
	for (unsigned i = 0; i < printer->depth; i++)
		fputc('\t', printer->out);
}

/* The members, each on its line, or all `on_line` with a blank before them. */
static void print_rows(const struct printer *printer, enum block block, const void *object,
		       size_t size, bool on_line, omit_fn *omit, const void *context)
{
	const struct keyword *row;
	uint16_t offset;
	size_t at = 0;

	while ((row = block_member(block, size, &at, &offset))) {
		const void *member = (const char *)object + offset;

		if (!value_is_set(row, member) || (omit && omit(context, object, offset)))
			continue;
		if (!on_line)
			indent(printer);
		fprintf(printer->out, "%s%s", on_line ? " " : "", row->name);
		value_print(row, member, printer->secrets, printer->out);
		if (!on_line)
			fputc('\n', printer->out);
	}
}

static void print_members(const struct printer *printer, enum block block, const void *object,
			  size_t size)
{
	print_rows(printer, block, object, size, false, NULL, NULL);
}

__attribute__((format(printf, 2, 3))) static void open_block(struct printer *printer,
							     const char *format, ...)
{
	va_list arguments;

	indent(printer);
	va_start(arguments, format);
	vfprintf(printer->out, format, arguments);
	va_end(arguments);
	fputs(" {\n", printer->out);
	printer->depth++;
}

static void open_named_block(struct printer *printer, const char *keyword, const char *name)
{
	indent(printer);
	fputs(keyword, printer->out);
	value_print_word(name, printer->out);
	fputs(" {\n", printer->out);
	printer->depth++;
}

static void close_block(struct printer *printer)
{
	printer->depth--;
	indent(printer);
	fputs("}\n", printer->out);
}

/* What no member holds */

/* The items of a line, with a blank before each but the first where `first`. */
static void print_items(const struct printer *printer, const struct unsupported *unsupported,
			bool first)
{
	for (size_t i = 0; unsupported && printer->unsupported && i < unsupported->n_statements;
	     i++) {
		const struct statement *item = &unsupported->statements[i];
		const char *text = item->text;
		size_t secret = item->secret;

		if (item->row) {
			fprintf(printer->out, "%s%s", first ? "" : " ", item->row->name);
		} else if (first && secret == 0) {
			text++; /* without its blank */
		}
		value_print_text(text, secret, printer->secrets, printer->out);
		print_items(printer, item->body, false);
		first = false;
	}
}

static void print_unsupported(struct printer *printer, const struct unsupported *unsupported);

/* Blocks nest no deeper than those of the keyword table. */
static void print_body(struct printer *printer, const struct unsupported *body)
{
	fputs(" {\n", printer->out);
	printer->depth++;
	print_unsupported(printer, body);
	printer->depth--;
	indent(printer);
	fputc('}', printer->out);
}

static void print_unsupported(struct printer *printer, const struct unsupported *unsupported)
{
	for (size_t i = 0; unsupported && printer->unsupported && i < unsupported->n_statements;
	     i++) {
		const struct statement *statement = &unsupported->statements[i];

		indent(printer);
		if (!statement->row && statement->body) {
			print_items(printer, statement->body, true);
		} else if (!statement->row) {
			fputs(statement->text + 1, printer->out); /* a word, without its blank */
		} else {
			fputs(statement->row->name, printer->out);
			value_print_text(statement->text, statement->secret, printer->secrets,
					 printer->out);
			if (statement->row->type == &value_line)
				print_items(printer, statement->body, false);
			else if (statement->body)
				print_body(printer, statement->body);
		}
		fputc('\n', printer->out);
	}
}

/* Instances */

/* What follows an address on its line. */
static void print_options(const struct printer *printer, enum block block, const void *object,
			  size_t size, const struct unsupported *unsupported)
{
	print_rows(printer, block, object, size, true, NULL, NULL);
	print_items(printer, unsupported, false);
	fputc('\n', printer->out);
}

static void print_addresses(struct printer *printer, const char *name,
			    const struct address_conf *addresses, size_t n)
{
	if (n == 0)
		return;
	open_block(printer, "%s", name);
	for (size_t i = 0; i < n; i++) {
		indent(printer);
		fprintf(printer->out, "%s/%u", address_text(&addresses[i].address).text,
			addresses[i].prefix);
		print_options(printer, BLOCK_ADDRESS, &addresses[i], sizeof(addresses[i]),
			      addresses[i].unsupported);
	}
	close_block(printer);
}

static void print_peers(struct printer *printer, const struct instance_conf *instance)
{
	if (instance->transport.n_peers == 0)
		return;
	open_block(printer, "unicast_peer");
	for (size_t i = 0; i < instance->transport.n_peers; i++) {
		indent(printer);
		fputs(address_text(&instance->transport.peers[i].address).text, printer->out);
		print_options(printer, BLOCK_PEER, &instance->transport.peers[i],
			      sizeof(instance->transport.peers[i]), NULL);
	}
	close_block(printer);
}

static void print_hmac(struct printer *printer, const struct instance_conf *instance)
{
	if (instance->hmac.n_keys == 0)
		return;
	open_block(printer, "auth_hmac");
	for (size_t i = 0; i < instance->hmac.n_keys; i++) {
		indent(printer);
		fputs("key", printer->out);
		hmac_key_print(&instance->hmac.keys[i], printer->secrets, printer->out);
		fputc('\n', printer->out);
	}
	print_members(printer, BLOCK_AUTH_HMAC, instance, sizeof(*instance));
	close_block(printer);
}

static void print_instance(struct printer *printer, const struct instance_conf *instance)
{
	open_named_block(printer, "vrrp_instance", instance->name);
	print_members(printer, BLOCK_INSTANCE, instance, sizeof(*instance));
	if (instance->auth_type != AUTH_NONE) {
		open_block(printer, "authentication");
		print_members(printer, BLOCK_AUTHENTICATION, instance, sizeof(*instance));
		close_block(printer);
	}
	print_unsupported(printer, instance->unsupported);
	print_hmac(printer, instance);
	print_peers(printer, instance);
	print_addresses(printer, "virtual_ipaddress", instance->addresses, instance->n_advertised);
	print_addresses(printer, "virtual_ipaddress_excluded",
			instance->addresses + instance->n_advertised,
			instance->n_addresses - instance->n_advertised);
	close_block(printer);
}

static void print_group(struct printer *printer, const struct conf *conf,
			const struct group_conf *group)
{
	open_named_block(printer, "vrrp_sync_group", group->name);
	indent(printer);
	fputs("group {", printer->out);
	for (size_t i = 0; i < group->n_members; i++)
		value_print_word(conf->instances[group->members[i]].name, printer->out);
	fputs(" }\n", printer->out);
	print_members(printer, BLOCK_SYNC_GROUP, group, sizeof(*group));
	print_unsupported(printer, group->unsupported);
	close_block(printer);
}

/* Services */

/* What a check has from its server. */
static bool omit_from_server(const void *context, const void *object, uint16_t offset)
{
	const struct server_conf *server = context;
	const struct target_conf *target = object;

	switch (offset) {
	case offsetof(struct target_conf, address):
		return address_compare(&target->address, &server->address) == 0;
	case offsetof(struct target_conf, port):
		return target->port == server->port;
	default:
		return false;
	}
}

static void print_target(struct printer *printer, const struct target_conf *target,
			 const struct server_conf *server, const struct unsupported *unsupported)
{
	enum block block = target->kind == CHECK_HTTP ? BLOCK_HTTP_GET : BLOCK_TCP_CHECK;

	open_block(printer, "%s", check_kind_name(target->kind));
	print_rows(printer, block, target, sizeof(*target), false, omit_from_server, server);
	if (server->alpha && !target->alpha) {
		indent(printer);
		fputs("alpha no\n", printer->out);
	}
	print_unsupported(printer, unsupported);
	for (size_t i = 0; i < target->n_urls; i++) {
		open_block(printer, "url");
		print_members(printer, BLOCK_URL, &target->urls[i], sizeof(target->urls[i]));
		print_unsupported(printer, unsupported_part(unsupported, i));
		close_block(printer);
	}
	close_block(printer);
}

static void print_server(struct printer *printer, const struct conf *conf,
			 const struct server_conf *server)
{
	open_block(printer, "%s %s %u", server->fallback ? "fallback" : "real_server",
		   address_text(&server->address).text, server->port);
	print_members(printer, BLOCK_SERVER, server, sizeof(*server));
	print_unsupported(printer, server->unsupported);
	for (uint32_t i = 0; i < server->n_targets; i++)
		print_target(printer, &conf->targets[server->targets[i]], server,
			     unsupported_part(server->unsupported, i));
	close_block(printer);
}

/* The address says the family; only a mark does not. */
static bool omit_family(const void *context, const void *object, uint16_t offset)
{
	const struct service_conf *service = object;

	(void)context;
	return service->fwmark == 0 && offset == offsetof(struct service_conf, family);
}

static void print_service(struct printer *printer, const struct conf *conf,
			  const struct service_conf *service)
{
	if (service->fwmark != 0)
		open_block(printer, "virtual_server fwmark %u", service->fwmark);
	else
		open_block(printer, "virtual_server %s %u", address_text(&service->address).text,
			   service->port);
	print_rows(printer, BLOCK_SERVICE, service, sizeof(*service), false, omit_family, NULL);
	print_unsupported(printer, service->unsupported);
	for (size_t i = 0; i < service->n_servers; i++)
		print_server(printer, conf, &service->servers[i]);
	close_block(printer);
}

static void print_delays(struct printer *printer, const struct conf *conf)
{
	if (conf->n_delays == 0)
		return;
	open_block(printer, "interface_up_down_delays");
	for (size_t i = 0; i < conf->n_delays; i++) {
		indent(printer);
		interface_delay_print(&conf->delays[i], printer->out);
		fputc('\n', printer->out);
	}
	close_block(printer);
}

void conf_print(const struct conf *conf, enum conf_part part, bool secrets, FILE *out)
{
	struct printer printer = {.out = out, .secrets = secrets, .unsupported = part == CONF_ALL};

	open_block(&printer, "global_defs");
	print_members(&printer, BLOCK_GLOBAL, &conf->global, sizeof(conf->global));
	print_unsupported(&printer, conf->global.unsupported);
	close_block(&printer);
	print_unsupported(&printer, conf->unsupported);
	if (part != CONF_CHECK) {
		for (size_t i = 0; i < conf->n_garp_groups; i++) {
			open_block(&printer, "garp_group");
			print_members(&printer, BLOCK_GARP_GROUP, &conf->garp_groups[i],
				      sizeof(conf->garp_groups[i]));
			close_block(&printer);
		}
		print_delays(&printer, conf);
		for (size_t i = 0; i < conf->n_instances; i++)
			print_instance(&printer, &conf->instances[i]);
		for (size_t i = 0; i < conf->n_groups; i++)
			print_group(&printer, conf, &conf->groups[i]);
	}
	if (part != CONF_VRRP) {
		for (size_t i = 0; i < conf->n_services; i++)
			print_service(&printer, conf, &conf->services[i]);
	}
}
