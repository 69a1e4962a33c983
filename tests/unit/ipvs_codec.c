/* Commands as the kernel will read them, dumps as it writes them, and its refusals in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <string.h>

#include "ipvs/codec.h"

#define FAMILY	 29
#define SEQUENCE 4711

struct decoded {
	struct nlmsghdr *header;
	uint8_t command;
	struct nlattr *service[IPVS_SVC_ATTR_MAX + 1];
	struct nlattr *destination[IPVS_DEST_ATTR_MAX + 1];
	bool has_destination;
};

static struct decoded decode(struct nl_msg *message)
{
	struct decoded decoded = {.header = nlmsg_hdr(message)};
	struct nlattr *top[IPVS_CMD_ATTR_MAX + 1];

	assert_int_equal(decoded.header->nlmsg_type, FAMILY);
	assert_int_equal(decoded.header->nlmsg_seq, SEQUENCE);
	decoded.command = genlmsg_hdr(decoded.header)->cmd;
	assert_int_equal(genlmsg_hdr(decoded.header)->version, IPVS_GENL_VERSION);
	assert_int_equal(genlmsg_parse(decoded.header, 0, top, IPVS_CMD_ATTR_MAX, NULL), 0);
	if (top[IPVS_CMD_ATTR_SERVICE])
		assert_int_equal(nla_parse_nested(decoded.service, IPVS_SVC_ATTR_MAX,
						  top[IPVS_CMD_ATTR_SERVICE], NULL),
				 0);
	decoded.has_destination = top[IPVS_CMD_ATTR_DEST] != NULL;
	if (decoded.has_destination)
		assert_int_equal(nla_parse_nested(decoded.destination, IPVS_DEST_ATTR_MAX,
						  top[IPVS_CMD_ATTR_DEST], NULL),
				 0);
	return decoded;
}

static struct table_service web_service(void)
{
	struct table_service service = {
		.key = {.family = AF_INET, .protocol = IPPROTO_TCP, .port = 80},
		.scheduler = "wlc",
		.flags = IP_VS_SVC_F_PERSISTENT,
		.timeout = 360,
		.netmask = UINT32_MAX,
	};

	assert_true(address_parse("10.0.0.1", &service.key.address));
	return service;
}

static struct destination web_server(const char *address)
{
	struct destination destination = {
		.port = 8080, .weight = 300, .method = IP_VS_CONN_F_DROUTE};

	assert_true(address_parse(address, &destination.address));
	return destination;
}

static void assert_key(const struct decoded *decoded)
{
	uint8_t expected[16] = {10, 0, 0, 1};

	assert_int_equal(nla_get_u16(decoded->service[IPVS_SVC_ATTR_AF]), AF_INET);
	assert_int_equal(nla_get_u16(decoded->service[IPVS_SVC_ATTR_PROTOCOL]), IPPROTO_TCP);
	assert_int_equal(nla_get_u16(decoded->service[IPVS_SVC_ATTR_PORT]), htons(80));
	assert_null(decoded->service[IPVS_SVC_ATTR_FWMARK]);
	assert_int_equal(nla_len(decoded->service[IPVS_SVC_ATTR_ADDR]), sizeof(expected));
	assert_memory_equal(nla_data(decoded->service[IPVS_SVC_ATTR_ADDR]), expected,
			    sizeof(expected));
}

static void service_commands_carry_what_the_kernel_requires(void **state)
{
	static const struct {
		enum command_kind kind;
		uint8_t number;
		bool full;
	} cases[] = {
		{COMMAND_NEW_SERVICE, IPVS_CMD_NEW_SERVICE, true},
		{COMMAND_SET_SERVICE, IPVS_CMD_SET_SERVICE, true},
		{COMMAND_DEL_SERVICE, IPVS_CMD_DEL_SERVICE, false},
	};
	struct table_service service = web_service();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct command command = {.kind = cases[i].kind, .service = &service};
		struct nl_msg *message = codec_command(&command, FAMILY, SEQUENCE);
		struct decoded decoded = decode(message);
		struct ip_vs_flags flags;

		assert_int_equal(decoded.command, cases[i].number);
		assert_int_equal(decoded.header->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
		assert_false(decoded.has_destination);
		assert_key(&decoded);
		assert_int_equal(decoded.service[IPVS_SVC_ATTR_SCHED_NAME] != NULL, cases[i].full);
		if (cases[i].full) {
			assert_string_equal(
				nla_get_string(decoded.service[IPVS_SVC_ATTR_SCHED_NAME]), "wlc");
			memcpy(&flags, nla_data(decoded.service[IPVS_SVC_ATTR_FLAGS]),
			       sizeof(flags));
			assert_int_equal(flags.flags, IP_VS_SVC_F_PERSISTENT);
			assert_int_equal(flags.mask, UINT32_MAX);
			assert_int_equal(nla_get_u32(decoded.service[IPVS_SVC_ATTR_TIMEOUT]), 360);
			assert_int_equal(nla_get_u32(decoded.service[IPVS_SVC_ATTR_NETMASK]),
					 UINT32_MAX);
		}
		nlmsg_free(message);
	}
}

static void destination_commands_carry_what_the_kernel_requires(void **state)
{
	static const struct {
		enum command_kind kind;
		uint8_t number;
		bool full;
	} cases[] = {
		{COMMAND_NEW_DESTINATION, IPVS_CMD_NEW_DEST, true},
		{COMMAND_SET_DESTINATION, IPVS_CMD_SET_DEST, true},
		{COMMAND_DEL_DESTINATION, IPVS_CMD_DEL_DEST, false},
	};
	struct table_service service = web_service();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct command command = {.kind = cases[i].kind,
					  .service = &service,
					  .destination = web_server("fd00::7")};
		struct nl_msg *message = codec_command(&command, FAMILY, SEQUENCE);
		struct decoded decoded = decode(message);
		struct nlattr **attributes = decoded.destination;

		assert_int_equal(decoded.command, cases[i].number);
		assert_key(&decoded);
		assert_null(decoded.service[IPVS_SVC_ATTR_SCHED_NAME]);
		assert_int_equal(nla_get_u16(attributes[IPVS_DEST_ATTR_ADDR_FAMILY]), AF_INET6);
		assert_memory_equal(nla_data(attributes[IPVS_DEST_ATTR_ADDR]),
				    command.destination.address.bytes, 16);
		assert_int_equal(nla_get_u16(attributes[IPVS_DEST_ATTR_PORT]), htons(8080));
		assert_int_equal(attributes[IPVS_DEST_ATTR_WEIGHT] != NULL, cases[i].full);
		if (cases[i].full) {
			assert_int_equal(nla_get_u32(attributes[IPVS_DEST_ATTR_FWD_METHOD]),
					 IP_VS_CONN_F_DROUTE);
			assert_int_equal(nla_get_u32(attributes[IPVS_DEST_ATTR_WEIGHT]), 300);
			assert_int_equal(nla_get_u32(attributes[IPVS_DEST_ATTR_U_THRESH]), 0);
			assert_int_equal(nla_get_u32(attributes[IPVS_DEST_ATTR_L_THRESH]), 0);
		}
		nlmsg_free(message);
	}
}

static void mark_service_is_known_by_mark_and_family(void **state)
{
	struct table_service service = {.key = {.family = AF_INET6, .fwmark = 5}};
	struct nl_msg *message = codec_dump_destinations(&service.key, FAMILY, SEQUENCE);
	struct decoded decoded = decode(message);

	(void)state;
	assert_int_equal(decoded.command, IPVS_CMD_GET_DEST);
	assert_int_equal(decoded.header->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	assert_int_equal(nla_get_u16(decoded.service[IPVS_SVC_ATTR_AF]), AF_INET6);
	assert_int_equal(nla_get_u32(decoded.service[IPVS_SVC_ATTR_FWMARK]), 5);
	assert_null(decoded.service[IPVS_SVC_ATTR_ADDR]);
	nlmsg_free(message);
}

/* What was encoded for a change has the layout of a dump's entry. */
static void dumped_entries_are_read_back(void **state)
{
	struct table_service service = web_service();
	struct command command = {.kind = COMMAND_NEW_DESTINATION,
				  .service = &service,
				  .destination = web_server("10.0.0.9")};
	struct nl_msg *message = codec_command(&command, FAMILY, SEQUENCE);
	struct destination destination;
	struct table_service read;

	(void)state;
	assert_true(codec_read_destination(nlmsg_hdr(message), AF_INET, &destination));
	assert_int_equal(table_destination_compare(&destination, &command.destination), 0);
	assert_int_equal(destination.weight, 300);
	assert_int_equal(destination.method, IP_VS_CONN_F_DROUTE);
	assert_false(codec_read_service(nlmsg_hdr(message), &read)); /* no parameters in it */
	nlmsg_free(message);

	service.flags |= IP_VS_SVC_F_HASHED; /* as the kernel shows every service */
	command.kind = COMMAND_NEW_SERVICE;
	message = codec_command(&command, FAMILY, SEQUENCE);
	assert_true(codec_read_service(nlmsg_hdr(message), &read));
	assert_int_equal(table_key_compare(&read.key, &service.key), 0);
	assert_string_equal(read.scheduler, "wlc");
	assert_int_equal(read.flags, IP_VS_SVC_F_PERSISTENT);
	assert_int_equal(read.timeout, 360);
	assert_false(codec_read_destination(nlmsg_hdr(message), AF_INET, &destination));
	nlmsg_free(message);
}

static void malformed_entries_are_refused(void **state)
{
	static const uint8_t short_address[4] = {10, 0, 0, 1};
	struct nl_msg *message = nlmsg_alloc();
	struct destination destination;
	struct nlattr *nested;

	(void)state;
	genlmsg_put(message, 0, SEQUENCE, FAMILY, 0, 0, IPVS_CMD_NEW_DEST, IPVS_GENL_VERSION);
	nested = nla_nest_start(message, IPVS_CMD_ATTR_DEST);
	nla_put(message, IPVS_DEST_ATTR_ADDR, sizeof(short_address), short_address);
	nla_put_u16(message, IPVS_DEST_ATTR_PORT, htons(80));
	nla_nest_end(message, nested);
	assert_false(codec_read_destination(nlmsg_hdr(message), AF_INET, &destination));
	nlmsg_free(message);
}

static void refusals_name_server_scheduler_and_cause(void **state)
{
	struct table_service service = web_service();
	struct command command = {.service = &service, .destination = web_server("10.0.0.9")};
	char text[COMMAND_TEXT_SIZE];

	(void)state;
	command.kind = COMMAND_NEW_SERVICE;
	assert_string_equal(
		command_error(&command, ENOENT, text),
		"cannot add the service (scheduler wlc, module ip_vs_wlc): the kernel does "
		"not know this scheduler");
	command.kind = COMMAND_SET_DESTINATION;
	assert_string_equal(command_error(&command, ENOENT, text),
			    "cannot change server 10.0.0.9:8080: the kernel no longer has it");
	command.kind = COMMAND_NEW_DESTINATION;
	assert_string_equal(command_error(&command, EPERM, text),
			    "cannot add server 10.0.0.9:8080: no permission (CAP_NET_ADMIN is "
			    "needed)");
	assert_string_equal(command_error(&command, EIO, text),
			    "cannot add server 10.0.0.9:8080: Input/output error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(service_commands_carry_what_the_kernel_requires),
		cmocka_unit_test(destination_commands_carry_what_the_kernel_requires),
		cmocka_unit_test(mark_service_is_known_by_mark_and_family),
		cmocka_unit_test(dumped_entries_are_read_back),
		cmocka_unit_test(malformed_entries_are_refused),
		cmocka_unit_test(refusals_name_server_scheduler_and_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
