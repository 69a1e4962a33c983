/*
 * vdctl: the control tool.  It sends one request to the daemon's control socket and prints the
 * answer: for people, or as JSON for programs.  Exit status: 0 done, 1 the daemon refused or
 * failed, 2 wrong usage, 3 no daemon was reached; more of them for plan (vdctl_plan.h).
 */
#include <errno.h>
#include <json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/director/control.h"
#include "core/director/options.h"
#include "core/vdctl/vdctl_plan.h"
#include "core/vdctl/vdctl_status.h"
#include "core/vdctl/vdctl_text.h"

#define EXIT_REFUSED 1
#define EXIT_USAGE   2
#define EXIT_NOBODY  3

#define LOOK_LIMIT    10		  /* seconds; main answers at once */
#define CHANGE_LIMIT  90		  /* seconds; a reload may take a minute */
#define CONNECT_TRIES 10		  /* main may just be being started again */
#define CONNECT_PAUSE (50L * 1000 * 1000) /* ns */

struct arguments {
	const char *runtime_dir;
	const char *command;
	const char *object; /* the instance or file; NULL: not given */
	int fd;		    /* that goes with the request; -1: none */
	bool json;
	bool secrets;
	bool force;
};

typedef int print_fn(const struct arguments *arguments, struct json_object *response);

static const char usage[] =
	"Usage: vdctl [--runtime-dir DIR] COMMAND\n"
	"\n"
	"  status [--json]      what the director does, and why\n"
	"  explain [--json] [INSTANCE]\n"
	"                       why it is or is not Active, and what would change that\n"
	"  config [--secrets]   the configuration in force, in its canonical form\n"
	"  plan [--json] [FILE] what a reload would change, and what that does to traffic\n"
	"  reload [--json] [--force]\n"
	"                       read the configuration again; it is applied whole or not at all\n"
	"  standby [INSTANCE]   hand the role over (of all where no instance or group is named)\n"
	"  takeover [INSTANCE]  take it back\n"
	"  version              of this tool and of the daemon\n"
	"\n"
	"  --runtime-dir DIR    where the daemon's control socket is (default " OPTIONS_RUNTIME_DEFAULT
	")\n"
	"\n"
	"Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 no daemon was reached.\n"
	"Of plan: 0 nothing would change, 4 clients should not notice what does, 5 they may,\n"
	"6 it needs a restart, 2 the file is not valid.\n";

static const char *get_text(struct json_object *object, const char *name)
{
	const char *text = json_object_get_string(vdctl_member(object, name));

	return text ? text : "";
}

/* For people also with --json, where the answer is not cleaned. */
static void print_diagnostics(struct json_object *response)
{
	char *text = vdctl_text_clean(get_text(response, "diagnostics"), true);

	fputs(text, stderr);
	free(text);
}

static int print_status(const struct arguments *arguments, struct json_object *response)
{
	struct json_object *status = vdctl_member(response, "status");

	if (arguments->json)
		vdctl_text_print_json(status);
	else
		vdctl_status_print(status, isatty(STDOUT_FILENO));
	return EXIT_SUCCESS;
}

static int print_explanation(const struct arguments *arguments, struct json_object *response)
{
	struct json_object *instances = vdctl_member(response, "instances");

	if (arguments->json) {
		vdctl_text_print_json(instances);
		return EXIT_SUCCESS;
	}
	for (size_t i = 0; instances && i < json_object_array_length(instances); i++) {
		struct json_object *sentences =
			vdctl_member(json_object_array_get_idx(instances, i), "sentences");

		if (i > 0)
			putchar('\n');
		for (size_t k = 0; sentences && k < json_object_array_length(sentences); k++)
			printf("%s%s\n", k > 0 ? "  " : "",
			       get_text(json_object_array_get_idx(sentences, k), "text"));
	}
	return EXIT_SUCCESS;
}

static int print_config(const struct arguments *arguments, struct json_object *response)
{
	(void)arguments;
	fputs(get_text(response, "config"), stdout);
	return EXIT_SUCCESS;
}

static int print_text(const struct arguments *arguments, struct json_object *response)
{
	(void)arguments;
	if (*get_text(response, "text"))
		puts(get_text(response, "text"));
	return EXIT_SUCCESS;
}

static int print_reload(const struct arguments *arguments, struct json_object *response)
{
	/* Warnings of a successful reload are worth reading, too. */
	print_diagnostics(response);
	if (arguments->json) {
		vdctl_text_print_json(response);
	} else {
		vdctl_plan_print(response);
		printf(json_object_get_boolean(vdctl_member(response, "unchanged"))
			       ? "nothing has changed, generation %s stays in force\n"
			       : "generation %s is in force\n",
		       get_text(response, "generation"));
	}
	return EXIT_SUCCESS;
}

static int print_plan(const struct arguments *arguments, struct json_object *response)
{
	print_diagnostics(response);
	if (arguments->json) {
		vdctl_text_print_json(response);
		return vdctl_plan_status(response);
	}
	vdctl_plan_print(response);
	return vdctl_plan_conclude(response);
}

static int print_refusal(const struct arguments *arguments, struct json_object *response)
{
	char *error = vdctl_text_clean(get_text(response, "error"), false);

	print_diagnostics(response);
	if (arguments->json)
		vdctl_text_print_json(response);
	else
		vdctl_plan_print(response);
	fprintf(stderr, "vdctl: %s\n", error);
	free(error);
	return json_object_get_boolean(vdctl_member(response, "invalid")) ? EXIT_INVALID
									  : EXIT_REFUSED;
}

static int print_version(const struct arguments *arguments, struct json_object *response)
{
	(void)arguments;
	printf("vdirectord %s (pid %s)\n", get_text(response, "version"),
	       get_text(response, "pid"));
	return EXIT_SUCCESS;
}

static const struct command_row {
	const char *name;
	const char
		*object; /* what may follow: the member of the request, or "file"; NULL: nothing */
	bool takes_json;
	int limit; /* seconds for the answer */
	print_fn *print;
} commands[] = {
	{"status", NULL, true, LOOK_LIMIT, print_status},
	{"explain", "instance", true, LOOK_LIMIT, print_explanation},
	{"config", NULL, false, LOOK_LIMIT, print_config},
	{"plan", "file", true, CHANGE_LIMIT, print_plan},
	{"reload", NULL, true, CHANGE_LIMIT, print_reload},
	{"standby", "instance", false, CHANGE_LIMIT, print_text},
	{"takeover", "instance", false, CHANGE_LIMIT, print_text},
	{"version", NULL, false, LOOK_LIMIT, print_version},
};

static const struct command_row *find_command(const char *name)
{
	for (size_t i = 0; name && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* False: *arguments is not usable, which was said. */
static bool parse(struct arguments *arguments, int argc, char *argv[])
{
	const struct command_row *command;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			arguments->json = true;
		} else if (strcmp(argv[i], "--secrets") == 0) {
			arguments->secrets = true;
		} else if (strcmp(argv[i], "--force") == 0) {
			arguments->force = true;
		} else if (strcmp(argv[i], "--runtime-dir") == 0 && i + 1 < argc) {
			arguments->runtime_dir = argv[++i];
		} else if (strncmp(argv[i], "--runtime-dir=", 14) == 0) {
			arguments->runtime_dir = argv[i] + 14;
		} else if (argv[i][0] == '-') {
			fprintf(stderr, "vdctl: unknown or incomplete option %s\n", argv[i]);
			return false;
		} else if (!arguments->command) {
			arguments->command = argv[i];
		} else if (!arguments->object) {
			arguments->object = argv[i];
		} else {
			fprintf(stderr, "vdctl: unexpected argument \"%s\"\n", argv[i]);
			return false;
		}
	}
	command = find_command(arguments->command);
	if (!command)
		fprintf(stderr, "vdctl: %s%s%s\n", arguments->command ? "unknown command \"" : "",
			arguments->command ? arguments->command : "which command?",
			arguments->command ? "\"" : "");
	else if (arguments->object && !command->object)
		fprintf(stderr, "vdctl: unexpected argument \"%s\"\n", arguments->object);
	else if (arguments->json && !command->takes_json)
		fprintf(stderr, "vdctl: %s has no --json\n", command->name);
	else if (arguments->secrets && command->print != print_config)
		fprintf(stderr, "vdctl: %s has no --secrets\n", command->name);
	else if (arguments->force && command->print != print_reload)
		fprintf(stderr, "vdctl: %s has no --force\n", command->name);
	else
		return true;
	return false;
}

/* A connected socket, or -1 with errno. */
static int reach(const struct sockaddr_un *address, int seconds)
{
	const struct timeval limit = {.tv_sec = seconds};
	const struct timespec pause = {.tv_nsec = CONNECT_PAUSE};
	int fd, error;

	for (unsigned i = 0; i < CONNECT_TRIES; i++) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			return -1;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		/* Also for connect(): many may be waiting before us for a daemon that hangs. */
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
			return fd;
		error = errno;
		close(fd);
		errno = error;
		if (error != ECONNREFUSED && error != ENOENT)
			return -1;
		nanosleep(&pause, NULL);
		errno = error;
	}
	return -1;
}

/* A daemon that does not take it has said why, or is gone: receive() finds out. */
static void send_request(int fd, const struct arguments *arguments)
{
	const struct command_row *command = find_command(arguments->command);
	struct json_object *request = json_object_new_object();
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0};
	char *line = NULL;
	struct iovec text;
	struct msghdr header = {.msg_iov = &text, .msg_iovlen = 1};

	/* A command of its own, since not everybody who may look may see secrets. */
	json_object_object_add(
		request, "command",
		json_object_new_string(arguments->secrets ? "config-secrets" : arguments->command));
	if (arguments->object && strcmp(command->object, "instance") == 0)
		json_object_object_add(request, "instance",
				       json_object_new_string(arguments->object));
	if (arguments->fd >= 0) {
		struct cmsghdr *part = (struct cmsghdr *)(void *)control;

		*part = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
					 .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(part), &arguments->fd, sizeof(arguments->fd));
		header.msg_control = control;
		header.msg_controllen = CMSG_LEN(sizeof(int));
	}
	if (arguments->force)
		json_object_object_add(request, "force", json_object_new_boolean(true));
	if (asprintf(&line, "%s\n",
		     json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN)) >= 0) {
		text = (struct iovec){line, strlen(line)};
		(void)sendmsg(fd, &header, MSG_NOSIGNAL);
	}
	free(line);
	json_object_put(request);
}

/* The answer, or NULL: the daemon went away or took too long. */
static struct json_object *receive(int fd)
{
	FILE *in = fdopen(fd, "r");
	struct json_object *response = NULL;
	char *line = NULL;
	size_t size = 0;

	if (in && getline(&line, &size, in) > 0) {
		response = json_tokener_parse(line);
		if (!response)
			fprintf(stderr, "vdctl: the answer is not JSON\n");
	}
	free(line);
	if (in)
		fclose(in);
	return response;
}

/* A request and its answer; NULL: said why not. */
static struct json_object *exchange(const struct arguments *arguments)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = -1;

	errno = ENAMETOOLONG;
	if (text_print(address.sun_path, sizeof(address.sun_path), "%s/" CONTROL_SOCKET,
		       arguments->runtime_dir))
		fd = reach(&address, find_command(arguments->command)->limit);
	if (fd < 0) {
		fprintf(stderr, "vdctl: no daemon at %s/" CONTROL_SOCKET ": %s\n",
			arguments->runtime_dir, strerror(errno));
		return NULL;
	}
	send_request(fd, arguments);
	struct json_object *response = receive(fd);
	if (!response)
		fprintf(stderr, "vdctl: the daemon at %s did not answer\n", address.sun_path);
	return response;
}

static int ask(struct arguments *arguments)
{
	const struct command_row *command = find_command(arguments->command);
	struct json_object *response;

	if (arguments->object && strcmp(command->object, "file") == 0) {
		/* The file that is to be planned is read as the daemon would. */
		struct arguments first = *arguments;

		first.command = "version";
		first.object = NULL;
		response = exchange(&first);
		if (!response)
			return EXIT_NOBODY;
		arguments->fd = vdctl_plan_read(arguments->object, response);
		json_object_put(response);
		if (arguments->fd < 0)
			return EXIT_INVALID;
	}
	if (command->print == print_version) /* ours also where there is no daemon */
		printf("vdctl %s\n", VDIRECTOR_VERSION);
	response = exchange(arguments);
	if (!response)
		return EXIT_NOBODY;
	if (!arguments->json)
		vdctl_text_clean_answer(response);
	int status = json_object_get_boolean(vdctl_member(response, "ok"))
			     ? command->print(arguments, response)
			     : print_refusal(arguments, response);
	json_object_put(response);
	if (fflush(stdout) != 0) {
		fprintf(stderr, "vdctl: the answer cannot be written: %s\n", strerror(errno));
		status = EXIT_REFUSED;
	}
	return status;
}

int main(int argc, char *argv[])
{
	struct arguments arguments = {.runtime_dir = OPTIONS_RUNTIME_DEFAULT, .fd = -1};

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		}
	}
	signal(SIGPIPE, SIG_IGN); /* a daemon that closes the connection may have said why */
	if (!parse(&arguments, argc, argv)) {
		fputs("Try \"vdctl --help\".\n", stderr);
		return EXIT_USAGE;
	}
	return ask(&arguments);
}
