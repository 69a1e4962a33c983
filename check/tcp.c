/*
 * TCP_CHECK: a connection to the server is made within the timeout, then closed.  The hot path is
 * four system calls and the loop's two; nothing is allocated.
 */
#include "check/probe.h"

static void connected(struct probe *probe)
{
	probe_end(probe, RESULT_PASS, CHECK_OK, "connected");
}

const struct probe_kind tcp_probe = {
	.start = probe_connect,
	.connected = connected,
};
