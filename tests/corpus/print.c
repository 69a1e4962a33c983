/*
 * Prints the canonical form of a configuration file, secrets included, for the comparison with
 * keepalived's dump.  Diagnostics are vdirectord -t's business; a file with errors gives nothing.
 */
#include "conf/conf.h"

int main(int argc, char **argv)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = argc == 2 ? conf_load(argv[1], NULL, diagnostics) : NULL;
	int status = CONF_EXIT_INVALID;

	if (conf) {
		conf_print(conf, CONF_ALL, true, stdout);
		status = CONF_EXIT_CLEAN;
	}
	conf_free(conf);
	diagnostics_destroy(diagnostics);
	return status;
}
