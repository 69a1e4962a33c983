/*
 * The entry point of all of vdirectord's processes: which part of the program this one is follows
 * from --role, which only the program itself gives; without it this is a start by a person.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/check_role.h"
#include "core/director/director.h"
#include "core/director/keeper.h"
#include "core/director/options.h"
#include "core/director/start.h"
#include "core/process/role.h"
#include "ipvs/ipvs_role.h"
#include "vrrp/net/net_role.h"
#include "vrrp/vrrp_role.h"

#define EXIT_USAGE 2

/* Whoever starts us may have closed them; what is opened next must not become what is logged to. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run_role(const struct options *options)
{
	enum role_kind role;
	unsigned index;

	if (!options_role(options, &role, &index)) {
		fprintf(stderr, "vdirectord: --role and --index are for its own use\n");
		return EXIT_USAGE;
	}
	switch (role) {
	case ROLE_KEEPER:
		return keeper_run(options);
	case ROLE_MAIN:
		return director_run(options);
	case ROLE_VRRP:
		return role_run(&vrrp_role, index, options_log_threshold(options));
	case ROLE_NET:
		return role_run(&net_role, index, options_log_threshold(options));
	case ROLE_IPVS:
		return role_run(&ipvs_role, index, options_log_threshold(options));
	case ROLE_CHECK:
		return role_run(&check_role, index, options_log_threshold(options));
	}
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	struct options options;
	char error[OPTIONS_PATH_SIZE + 128];

	fill_standard_descriptors();
	if (!options_parse(&options, argc, argv, error, sizeof(error))) {
		fprintf(stderr, "vdirectord: %s\nTry \"vdirectord --help\".\n", error);
		return EXIT_USAGE;
	}
	if (options.help) {
		options_help(stdout);
		return EXIT_SUCCESS;
	}
	if (options.version) {
		printf("vdirectord %s\n", VDIRECTOR_VERSION);
		return EXIT_SUCCESS;
	}
	if (options.keywords)
		return start_keywords(&options);
	if (options.check || options.print_config)
		return start_check(&options);
	if (*options.role)
		return run_role(&options);
	return start_daemon(&options);
}
