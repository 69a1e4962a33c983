#ifndef CORE_CONTROL_LISTEN_H
#define CORE_CONTROL_LISTEN_H

#include <stdbool.h>

#include "core/base/loop.h"

/* The name that clients connect to: control.c's part of control_listen.c. */
struct listener;

/* A client; the descriptor is the callee's. */
typedef void listener_fn(int fd, void *data);

/* control_listen.c */

/* Binds RUNTIME_DIR/control.sock, in place of one that nobody listens to; where that fails, which
 * is logged, and where somebody removes it later, it is tried again from time to time. */
struct listener *listener_create(struct loop *loop, const char *runtime_dir, listener_fn *on_client,
				 void *data);
bool listener_is_open(const struct listener *listener);
/* Removes the name where `remove`. */
void listener_destroy(struct listener *listener, bool remove);

#endif
