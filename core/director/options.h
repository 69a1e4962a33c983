#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "core/base/log.h"
#include "core/process/message.h"

#define OPTIONS_CONFIG_DEFAULT	"/etc/vdirector/vdirector.conf"
#define OPTIONS_RUNTIME_DEFAULT "/run/vdirector"
#define OPTIONS_PATH_SIZE	1024

/* The command line as plain data.  Paths are absolute, so that a change of directory and a later
 * process that gets the same options see the same files. */
struct options {
	bool foreground;
	bool check;	/* -t: check the configuration and exit */
	bool dump_conf; /* -d */
	bool print_config;
	bool secrets;  /* --print-config shows them */
	bool keywords; /* print the table of keywords and exit */
	bool warnings_count;
	bool offline; /* the configuration is for another machine */
	bool lenient; /* unknown keywords are warnings */
	bool help;
	bool version;
	bool log_console;
	bool log_detail;
	bool no_syslog;
	bool vrrp_only;
	bool checkers_only;
	bool keep_services;  /* -I: leave IPVS services in the kernel on stop */
	bool keep_addresses; /* -V: leave addresses on stop */
	bool no_respawn;
	bool release_addresses; /* -X: accepted; addresses are always reconciled at start */
	char config[OPTIONS_PATH_SIZE];
	char runtime_dir[OPTIONS_PATH_SIZE];
	char pid_file[OPTIONS_PATH_SIZE]; /* never empty after options_parse() */
	char vrrp_pid_file[OPTIONS_PATH_SIZE];
	char check_pid_file[OPTIONS_PATH_SIZE];
	char log_facility[16];
	char config_id[64];
	char format[8]; /* of what is printed: "json", "text" or "" */
	char role[8];	/* "" when started by a person; else a name of role_kind_name() */
	char index[8];	/* which check worker, in decimal */
};

/* options.c */

/* Fills *options from a command line.  False: `error` (of `size` bytes) names the culprit. */
bool options_parse(struct options *options, int argc, char *const argv[], char *error, size_t size);
/* What --help prints; made from the same table as the parser. */
void options_help(FILE *out);
/* argv for another process of this program: NULL-terminated, one block for free(). Keeper and main
 * get all options again, workers only what they need. */
char **options_argv(const struct options *options, enum role_kind role, unsigned index);
/* The role that --role names; false when it names none. */
bool options_role(const struct options *options, enum role_kind *role, unsigned *index);
/* The facility for openlog(3) that --log-facility asks for; LOG_DAEMON by default, -1: no such. */
int options_facility(const char *name);
/* Sets up this process's log: stderr in the foreground or with -l, else syslog, else nothing. */
void options_log_setup(const struct options *options, const char *source);
enum log_level options_log_threshold(const struct options *options);

#endif
