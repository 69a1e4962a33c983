#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "check/check_status.h"
#include "conf/table/conf.h"
#include "core/base/json_writer.h"
#include "core/base/mono.h"
#include "ipvs/ipvs_status.h"
#include "vrrp/vrrp_status.h"

/* All that the sentences about an instance are made of. */
struct explain_facts {
	const struct instance_conf *conf;
	struct instance_status status;
	struct mono now;
	struct wall wall;
	size_t n_missing;     /* of its addresses; counted while Active */
	int64_t lateness_max; /* µs, of the vrrp process; -1 = not known */
};

/* `about` is a word for programs: "role", "rank", or the name of a reason. */
typedef void explain_fn(void *data, const char *about, const char *sentence);

/* explain.c: pure */

/* Says why the instance is or is not Active and what would change it, a sentence at a time. */
void explain(const struct explain_facts *facts, explain_fn *say, void *data);
#define EXPLAIN_SPAN_SIZE 24
/* "0.25 s", "35 s", "12 min", "3 h", "5 d"; a negative time is none. */
const char *explain_span(int64_t us, char text[EXPLAIN_SPAN_SIZE]);

/* explain_json.c */
struct worker;
/* The sentences of one instance of the configuration that vrrp has in force, or of all
 * (MESSAGE_ALL_INSTANCES), as the array `name`. */
void explain_json_write(struct json_writer *writer, const char *name, const struct worker *vrrp,
			uint32_t index);

#endif
