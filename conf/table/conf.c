/*
 * Names of the model's values, as they are written in configurations, logs and status.
 */
#include "conf/table/conf.h"

#include <ctype.h>
#include <netinet/in.h>
#include <string.h>

#include "conf/table/choice.h"
#include "core/base/text.h"

const struct garp_group_conf *garp_group_of(const struct conf *conf, const char *interface)
{
	for (size_t i = 0; i < conf->n_garp_groups; i++) {
		const struct garp_group_conf *group = &conf->garp_groups[i];

		if (group->interface && strcmp(group->interface, interface) == 0)
			return group;
		for (size_t j = 0; j < group->interfaces.count; j++)
			if (strcmp(group->interfaces.names[j], interface) == 0)
				return group;
	}
	return NULL;
}

const struct interface_delay_conf *interface_delay_of(const struct conf *conf,
						      const char *interface)
{
	for (size_t i = 0; i < conf->n_delays; i++)
		if (strcmp(conf->delays[i].interface, interface) == 0)
			return &conf->delays[i];
	return NULL;
}

const struct choice lvs_methods[] = {{"NAT", LVS_NAT}, {"DR", LVS_DR}, {"TUN", LVS_TUN}, {0}};
const struct choice protocols[] = {
	{"TCP", IPPROTO_TCP}, {"UDP", IPPROTO_UDP}, {"SCTP", IPPROTO_SCTP}, {0}};
const struct choice hmac_modes[] = {
	{"enforce", HMAC_ENFORCE},
	{"permissive", HMAC_PERMISSIVE},
	{.value = HMAC_RECEIVE_ONLY, .name = "receive-only"},
	{0},
};

const char *lvs_method_name(enum lvs_method method)
{
	return choice_name(lvs_methods, method);
}

const char *hmac_mode_name(enum hmac_mode mode)
{
	return choice_name(hmac_modes, mode);
}

const char *check_kind_name(enum check_kind kind)
{
	static const char *const names[CHECK_KINDS] = {
		[CHECK_TCP] = "TCP_CHECK",
		[CHECK_HTTP] = "HTTP_GET",
	};

	return names[kind];
}

const char *protocol_name(uint16_t protocol)
{
	const char *name = choice_name(protocols, protocol);

	return name ? name : "any";
}

int64_t global_conf_hold_most(const struct global_conf *global)
{
	return global->startup_delay > global->delay_after_boot ? global->startup_delay
								: global->delay_after_boot;
}

void instance_conf_mac(const struct instance_conf *instance, uint8_t mac[6])
{
	static const uint8_t none[6];
	const uint8_t standard[6] = {
		0x00, 0x00, 0x5e, 0x00, instance->family == AF_INET6 ? 2 : 1, instance->vrid};
	const uint8_t *own = instance->vmac.mac;

	memcpy(mac, memcmp(own, none, sizeof(none)) == 0 ? standard : own, sizeof(standard));
}

struct address_text instance_conf_place(const struct instance_conf *instance)
{
	struct address_text place = address_text(&instance->transport.source);

	if (instance->interface)
		text_print(place.text, sizeof(place.text), "%s", instance->interface);
	return place;
}

const char *service_conf_name(const struct service_conf *service, char *text, size_t size)
{
	bool v6 = service->address.family == AF_INET6;
	char protocol[8];
	size_t i = 0;

	for (const char *name = protocol_name(service->protocol); i == 0 || name[i - 1]; i++)
		protocol[i] = (char)tolower((unsigned char)name[i]);
	if (service->fwmark != 0)
		text_print(text, size, "fwmark %u", service->fwmark);
	else
		text_print(text, size, "%s%s%s:%u/%s", v6 ? "[" : "",
			   address_text(&service->address).text, v6 ? "]" : "", service->port,
			   protocol);
	return text;
}
