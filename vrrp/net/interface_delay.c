/*
 * interface_up_down_delays: when an interface that lost its carrier counts as down, and one whose
 * carrier has returned as up.
 *
 * A switch forwards nothing on a port that has just come up, for up to 30 s with a spanning tree
 * (IEEE 802.1D: listening and learning), while the carrier is there.  An instance that believed it
 * would hear nobody, and be a second owner when the port begins to forward.  With an up delay it
 * stays in fault for so long, and then begins as a Backup that hears the Active router.  A down
 * delay in turn bridges a carrier that goes for a moment: addresses and role stay, what is sent
 * meanwhile is lost.
 *
 * Nothing waits before the interface has been up once: the start of the daemon, or of a new vrrp
 * process, is not delayed (that is vrrp_startup_delay's).  An interface that is deleted is down at
 * once; one that is made again waits for its up delay.
 *
 * While a wait runs the role is told each second, so that the remaining time can be shown.
 * Called by interface.c for each message about a link, and by vrrp_role.c after a configuration.
 */
#include "conf/table/conf.h"
#include "vrrp/net/interface.h"

#define LINE_BURST 3
#define LINE_PAUSE (60 * USEC_PER_SEC)

static struct mono now_of(const struct interface *interface)
{
	return loop_now(interfaces_loop(interface->settling.interfaces));
}

int64_t interface_unsettled(const struct interface *interface)
{
	const struct interface_settling *settling = &interface->settling;
	int64_t delay = interface->carrier ? settling->up : settling->down;

	if (interface->carrier == interface->up || !settling->known)
		return 0;
	int64_t left = delay - mono_diff(now_of(interface), settling->since);
	return left > 0 ? left : 0;
}

static void look_again(struct timer *timer, void *data)
{
	struct interface *interface = data;

	(void)timer;
	if (interface_settle(interface, interface->carrier))
		interface->returned |= interface->up;
	interface_changed(interface);
}

/* To the next full second that is left. */
static void wait_for(struct interface *interface, int64_t left)
{
	int64_t part = left % USEC_PER_SEC;

	timer_set(interfaces_loop(interface->settling.interfaces), &interface->settling.timer,
		  mono_add(now_of(interface), part > 0 ? part : USEC_PER_SEC), look_again,
		  interface);
}

static void tell(struct interface *interface, int64_t left)
{
	unsigned dropped;

	if (log_limit_pass(&interface->settling.limit, now_of(interface).us, LINE_BURST, LINE_PAUSE,
			   &dropped))
		log_notice("%s is %s, and counts as %s for %.3g s more "
			   "(interface_up_down_delays)%s",
			   interface->name, interface->carrier ? "up" : "down",
			   interface->up ? "up" : "down", (double)left / USEC_PER_SEC,
			   log_dropped(dropped).text);
}

bool interface_settle(struct interface *interface, bool carrier)
{
	struct interface_settling *settling = &interface->settling;
	bool changed = carrier != interface->carrier;
	bool before = interface->up;

	if (changed)
		settling->since = now_of(interface);
	interface->carrier = carrier;
	timer_cancel(&settling->timer);
	int64_t left = interface_unsettled(interface);
	if (left > 0) {
		wait_for(interface, left);
		if (changed)
			tell(interface, left);
	} else {
		interface->up = carrier;
		settling->known |= carrier;
	}
	return interface->up != before;
}

void interface_forget(struct interface *interface)
{
	timer_cancel(&interface->settling.timer);
	interface->carrier = interface->up = false;
}

void interfaces_delay(struct interfaces *interfaces, const struct conf *conf)
{
	struct interface *interface;

	for (size_t i = 0; i < conf->n_delays; i++) /* which one may be found only later */
		interfaces_get(interfaces, conf->delays[i].interface);
	for (interface = interfaces_first(interfaces); interface; interface = interface->next) {
		const struct interface_delay_conf *delay =
			interface_delay_of(conf, interface->name);

		interface->settling.down = delay ? delay->down : 0;
		interface->settling.up = delay ? delay->up : 0;
		if (interface->carrier == interface->up)
			continue;
		if (interface_settle(interface, interface->carrier))
			interface->returned |= interface->up;
		interface_changed(interface);
	}
}
