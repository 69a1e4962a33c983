#ifndef CHECK_CONNECT_H
#define CHECK_CONNECT_H

#include "check/check_status.h"
#include "core/base/address.h"

struct probe;

/* What an error of a socket call says about the server, or about ourselves. */
struct connect_error {
	int error; /* errno */
	enum check_result result;
	enum check_reason reason;
	const char *text;
};

/* connect.c */

/* Never NULL; errors nobody foresaw are inconclusive. Static. */
const struct connect_error *connect_classify(int error);
/* Opens a connection to the target's address and port; then calls the kind's connected(), with the
 * descriptor watched for EPOLLOUT, or ends the probe. Either may happen within the call. */
void connect_begin(struct probe *probe);

#endif
