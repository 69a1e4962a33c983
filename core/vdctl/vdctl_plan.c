/*
 * vdctl's part of a plan: reading the file that is planned, and showing what would change.
 *
 * The file is read here, with the rights of whoever asks, and goes to the daemon as its canonical
 * text in a sealed memfd; the daemon opens nothing for anybody.
 */
#include "core/vdctl/vdctl_plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "conf/model/load.h"
#include "conf/model/print.h"
#include "core/base/text.h"
#include "core/director/generation.h"
#include "core/director/preflight.h"
#include "core/vdctl/vdctl_status.h"

static int64_t get_count(struct json_object *response, const char *name)
{
	return json_object_get_int64(vdctl_member(vdctl_member(response, "changes"), name));
}

int vdctl_plan_read(const char *path, struct json_object *version)
{
	const struct conf_settings settings = {
		.config_id = json_object_get_string(vdctl_member(version, "config_id")),
		.lenient = json_object_get_boolean(vdctl_member(version, "lenient")),
	};
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load(path, &settings, diagnostics);
	int fd = -1;

	if (conf)
		preflight(conf, diagnostics);
	diagnostics_print(diagnostics, stderr);
	if (conf)
		fd = generation_seal(conf, CONF_ALL);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
	return fd;
}

void vdctl_plan_print(struct json_object *response)
{
	struct json_object *list = vdctl_member(response, "changes.list");
	size_t shown = list ? json_object_array_length(list) : 0;
	int64_t count = get_count(response, "count");

	for (size_t i = 0; i < shown; i++) {
		struct json_object *change = json_object_array_get_idx(list, i);

		printf("%s %s\n",
		       json_object_get_boolean(vdctl_member(change, "disturbs")) ? "!" : " ",
		       json_object_get_string(vdctl_member(change, "text")));
	}
	if (count > (int64_t)shown)
		printf("  … and %lld more\n", (long long)(count - (int64_t)shown));
}

int vdctl_plan_status(struct json_object *response)
{
	if (get_count(response, "count") == 0)
		return EXIT_SUCCESS;
	if (get_count(response, "restart") > 0)
		return EXIT_RESTART;
	return get_count(response, "disturbing") > 0 ? EXIT_DISTURBS : EXIT_CHANGES;
}

int vdctl_plan_conclude(struct json_object *response)
{
	long long count = get_count(response, "count");
	long long disturbing = get_count(response, "disturbing");
	int status = vdctl_plan_status(response);
	const char *doubt = json_object_get_string(vdctl_member(response, "doubt"));

	if (doubt)
		printf("a reload would refuse this unless it is forced: %s\n", doubt);
	if (status == EXIT_SUCCESS)
		printf("nothing would change\n");
	else if (status == EXIT_RESTART)
		printf("a reload would refuse this and change nothing: restart the daemon\n");
	else if (disturbing)
		printf("%lld change%s, clients may notice %lld (!)\n", count,
		       text_plural((unsigned long long)count), disturbing);
	else
		printf("%lld change%s, clients should notice nothing\n", count,
		       text_plural((unsigned long long)count));
	return status;
}
