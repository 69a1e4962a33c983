/*
 * What instances have in the kernel: their addresses, and the interface with their virtual MAC
 * address.  Each instance has a slot (slots.c), whose word says what may be done; what the word is
 * worth now is a function of it and the time (effect_of), so a word that nobody renews ends by
 * itself.  Words are read when vrrp asks for it, before each batch of changes, and TICK apart: what
 * has waited for the kernel's lock for long does not act on an old one.
 *
 * Instances are the same over reloads by the number of their slot.
 *
 * Called by net_role.c.
 */
#include "vrrp/net/holding.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "vrrp/engine/engine.h"
#include "vrrp/net/net_status.h"

#define TICK		 (100 * USEC_PER_MSEC)
#define INHERITED	 (10 * USEC_PER_SEC) /* see decision_time() */
#define ARP_IGNORE_MAX	 8		     /* the greatest values that these sysctls have */
#define ARP_ANNOUNCE_MAX 2

/* What a word is worth. */
enum effect {
	EFFECT_NONE,   /* nothing is touched */
	EFFECT_REMOVE, /* nothing stays */
	EFFECT_KEEP,   /* what is there stays; nothing is added or renewed */
	EFFECT_ADD,    /* all of it is there */
};

struct holding {
	struct holdings *holdings;
	const struct instance_conf *conf;
	uint32_t slot;
	struct slot_word word;
	enum effect effect; /* which was applied */
	struct virtual_address **addresses;
	size_t n_addresses;
	struct vmac *vmac; /* NULL = it needs none */
	char vmac_text[sizeof(((struct message_vmac *)0)->text)];
	struct holding_status *status;
	struct mono since; /* it is there */
	bool claimed;	   /* by the reload that runs */
};

struct holdings {
	struct loop *loop;
	const struct holdings_events *events;
	void *data;
	const struct slots *slots; /* NULL = none as yet */
	struct interfaces *interfaces;
	struct addresses *addresses;
	struct vmacs *vmacs;
	const struct global_conf *global; /* of the configuration in force */
	struct holding **list;		  /* as the configuration has the instances */
	size_t n;
	struct timer tick;
	bool known;    /* a dump has told what there is */
	bool stopping; /* all go, whatever the words say */
	bool leaves;   /* all stay */
};

static enum effect effect_of(const struct slot_word *word, struct mono now)
{
	bool ahead = mono_before(now, word->until);

	switch (word->state) {
	case SLOT_NEVER:
		return EFFECT_NONE;
	case SLOT_OFF:
		return EFFECT_REMOVE;
	case SLOT_KEEP:
		return ahead ? EFFECT_KEEP : EFFECT_REMOVE;
	case SLOT_HOLD:
		if (ahead)
			return EFFECT_ADD;
		return mono_before(now, mono_add(word->until, SLOT_GRACE)) ? EFFECT_KEEP
									   : EFFECT_REMOVE;
	}
	return EFFECT_NONE;
}

static enum effect effect_at(struct holding *holding, struct mono now)
{
	const struct holdings *holdings = holding->holdings;

	if (holdings->leaves)
		return holding->effect;
	if (!holdings->slots)
		return EFFECT_NONE;
	holding->word = slot_read(holdings->slots, holding->slot);
	enum effect effect = effect_of(&holding->word, now);
	return holdings->stopping && effect != EFFECT_NONE ? EFFECT_REMOVE : effect;
}

static bool has_address(const struct holding *holding)
{
	const struct interface *interface = vmac_config(holding->vmac)->interface;

	for (size_t i = 0; i < holding->n_addresses; i++) {
		const struct virtual_address *a = holding->addresses[i];

		if (a->interface == interface && a->present &&
		    a->address.family == holding->conf->family)
			return true;
	}
	return false;
}

static void want_all(struct holding *holding, enum address_want wanted)
{
	for (size_t i = 0; i < holding->n_addresses; i++)
		addresses_want(holding->holdings->addresses, holding->addresses[i], wanted);
}

static void tell_vmac(struct holding *holding)
{
	const struct holdings *holdings = holding->holdings;
	const char *fault = vmac_fault(holding->vmac);

	if (strncmp(holding->vmac_text, fault ? fault : "", sizeof(holding->vmac_text) - 1) == 0)
		return;
	text_print(holding->vmac_text, sizeof(holding->vmac_text), "%s", fault ? fault : "");
	holdings->events->vmac(vmac_config(holding->vmac)->interface->name, holding->vmac_text,
			       holdings->data);
}

static void publish(struct holding *holding)
{
	struct holding_status *status = holding->status;

	status_begin(status);
	status->state = (uint8_t)holding->word.state;
	status->epoch = holding->word.epoch;
	if (holding->vmac) {
		const struct vmac_saved saved = vmac_saved(holding->vmac);

		status->base_arp_ignore = (uint8_t)(saved.arp_ignore + 1);
		status->base_arp_announce = (uint8_t)(saved.arp_announce + 1);
	}
	status_end(status);
}

/* Its word was not renewed in time: that is no end that anybody wanted. */
static void tell_lapsed(const struct holding *holding)
{
	const struct holdings *holdings = holding->holdings;

	for (size_t i = 0; i < holding->n_addresses; i++)
		if (holding->addresses[i]->present)
			holdings->events->address(holding->addresses[i], ADDRESS_LAPSED, 0,
						  holdings->data);
}

/*
 * A virtual MAC interface that is up without an address is deaf: the kernel drops what comes in
 * there, for want of a way back, and gives the adverts of whoever is Active with the same hardware
 * address to nobody else.  So it may be left by a predecessor that died, or by a long pause.
 */
static void lower_deaf(struct holding *holding)
{
	if (!holding->vmac || !vmac_is_raised(holding->vmac) ||
	    !interfaces_are_known(holding->holdings->interfaces) || has_address(holding))
		return;
	vmac_lower(holding->vmac);
	tell_vmac(holding);
}

static void apply(struct holding *holding)
{
	switch (holding->effect) {
	case EFFECT_NONE:
		break;
	case EFFECT_REMOVE:
		if (holding->word.state == SLOT_HOLD && !holding->holdings->stopping)
			tell_lapsed(holding);
		want_all(holding, ADDRESS_UNWANTED);
		if (holding->vmac)
			vmac_lower(holding->vmac); /* IPv6 ones go with the link */
		break;
	case EFFECT_KEEP:
		want_all(holding, ADDRESS_KEPT);
		break;
	case EFFECT_ADD:
		if (holding->vmac)
			vmac_raise(holding->vmac);
		want_all(holding, ADDRESS_WANTED);
		break;
	}
	if (holding->vmac)
		tell_vmac(holding);
	publish(holding);
}

/* Now it is known what a predecessor has left of that which is to go. */
static void follow_knowledge(struct holdings *holdings)
{
	bool before = holdings->known;

	holdings->known = interfaces_are_known(holdings->interfaces);
	for (size_t i = 0; !before && holdings->known && i < holdings->n; i++)
		if (holdings->list[i]->effect == EFFECT_REMOVE)
			holdings->list[i]->effect = EFFECT_NONE;
}

/* What is to go comes before what is to come. */
static void look(void *data)
{
	struct holdings *holdings = data;
	struct mono now = mono_read();

	follow_knowledge(holdings);
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < holdings->n; i++) {
			struct holding *holding = holdings->list[i];
			enum effect effect = effect_at(holding, now);

			if (effect != EFFECT_ADD)
				lower_deaf(holding);
			if (holding->status->state != holding->word.state ||
			    holding->status->epoch != holding->word.epoch)
				publish(holding);
			if (effect == holding->effect || (effect == EFFECT_ADD) != (pass == 1))
				continue;
			holding->effect = effect;
			apply(holding);
		}
}

/* How long an instance that is new may take to find out that nobody else is Active. */
static int64_t decision_time(const struct holding *holding)
{
	int64_t adverts = holding->conf->down_adverts > 0 ? holding->conf->down_adverts : 3;

	return INHERITED + global_conf_hold_most(holding->holdings->global) +
	       (adverts + 1) * holding->conf->advert_interval;
}

static bool may(const struct virtual_address *a, void *data)
{
	struct holding *holding = a->owner;

	(void)data;
	if (!holding)
		return false;
	struct mono now = mono_read();
	enum effect effect = effect_at(holding, now);
	if (holding->holdings->leaves || effect == EFFECT_ADD)
		return true;
	/* It came from another instance, by a reload, and this one has not decided yet. */
	if (effect == EFFECT_NONE && a->wanted == ADDRESS_WANTED &&
	    mono_diff(now, holding->since) < decision_time(holding))
		return true;
	/* Should it be so again at the next look, it has to be asked for once more. */
	if (holding->effect == EFFECT_ADD)
		holding->effect = EFFECT_NONE;
	return false;
}

void holdings_work(struct holdings *holdings)
{
	interfaces_receive(holdings->interfaces); /* what has gone, went under the word before */
	addresses_work(holdings->addresses);
	interfaces_receive(holdings->interfaces);
}

static void tick(struct timer *timer, void *data)
{
	struct holdings *holdings = data;

	holdings_work(holdings);
	timer_set(holdings->loop, timer, mono_add(loop_now(holdings->loop), TICK), tick, holdings);
}

/* ---- what the kernel says ---- */

static void on_address_event(struct virtual_address *a, enum address_event event, int error,
			     void *data)
{
	struct holdings *holdings = data;
	struct holding *holding = a->owner;

	if (event == ADDRESS_LAPSED && !holdings->leaves) {
		holding->effect = EFFECT_NONE; /* it comes again if its word says so */
		timer_set(holdings->loop, &holdings->tick, loop_now(holdings->loop), tick,
			  holdings);
	}
	if (event != ADDRESS_CAME && event != ADDRESS_WENT)
		holdings->events->address(a, event, error, holdings->data);
}

static void on_interface_changed(struct interface *interface, void *data)
{
	struct holdings *holdings = data;

	for (size_t i = 0; i < holdings->n; i++) {
		struct holding *holding = holdings->list[i];

		if (!holding->vmac || (vmac_config(holding->vmac)->interface != interface &&
				       vmac_config(holding->vmac)->base != interface))
			continue;
		vmac_follow(holding->vmac);
		tell_vmac(holding);
		publish(holding);
	}
	addresses_interface_changed(holdings->addresses, interface);
}

/* ---- configuration ---- */

static struct vmac_config vmac_config_of(const struct holding *holding)
{
	const struct instance_conf *conf = holding->conf;
	struct interfaces *interfaces = holding->holdings->interfaces;
	struct vmac_config config = {
		.base = interfaces_get(interfaces, conf->interface),
		.interface = interfaces_get(interfaces, conf->vmac.name),
		.family = conf->family,
		.ipv6 = conf->family == AF_INET6,
	};

	for (size_t i = 0; i < conf->n_addresses; i++)
		config.ipv6 |= conf->addresses[i].address.family == AF_INET6;
	instance_conf_mac(conf, config.mac);
	return config;
}

static void configure_vmac(struct holding *holding, const struct vmac_saved *saved)
{
	if (!holding->conf->vmac.name) {
		/* Its addresses are about to be claimed for the interface below. */
		if (holding->vmac)
			vmac_leave(holding->vmac);
		holding->vmac = NULL;
		return;
	}
	const struct vmac_config config = vmac_config_of(holding);
	if (holding->vmac && !vmac_is(holding->vmac, &config)) {
		vmac_destroy(holding->vmac, true);
		holding->vmac = NULL;
	}
	if (!holding->vmac) {
		holding->vmac = vmac_create(holding->holdings->vmacs, &config, saved);
		holding->vmac_text[0] = '\0';
		if (holding->effect == EFFECT_ADD)
			vmac_raise(holding->vmac);
	}
	vmac_follow(holding->vmac);
	tell_vmac(holding);
}

/* What is new to an instance that serves is wanted at once. */
static void claim_addresses(struct holding *holding)
{
	const struct instance_conf *conf = holding->conf;
	struct holdings *holdings = holding->holdings;

	free(holding->addresses);
	holding->n_addresses = conf->n_addresses;
	holding->addresses = alloc_array(conf->n_addresses + 1, sizeof(*holding->addresses));
	for (size_t i = 0; i < conf->n_addresses; i++) {
		struct interface *interface =
			interfaces_get(holdings->interfaces, conf->addresses[i].interface);
		const struct address_claim claim = {
			.conf = &conf->addresses[i],
			.owner = holding,
			.lease = conf->address_lease,
			.permitted = conf->priority == ENGINE_PRIORITY_OWNER,
		};

		holding->addresses[i] = addresses_claim(holdings->addresses, interface, &claim);
	}
	holding->effect = EFFECT_NONE;
}

static void holding_destroy(struct holding *holding, bool remove)
{
	if (holding->vmac)
		vmac_destroy(holding->vmac, remove);
	free(holding->addresses);
	free(holding);
}

/* What a predecessor has noted, if it is possible. */
static struct vmac_saved journal_of(const struct holding *holding)
{
	const struct holding_status *record = holding->status;

	if (record->base_arp_ignore > ARP_IGNORE_MAX + 1 ||
	    record->base_arp_announce > ARP_ANNOUNCE_MAX + 1)
		return (struct vmac_saved){-1, -1};
	return (struct vmac_saved){record->base_arp_ignore - 1, record->base_arp_announce - 1};
}

void holdings_configure(struct holdings *holdings, const struct conf *conf, struct status *status)
{
	struct holding **next = alloc_array(conf->n_instances + 1, sizeof(struct holding *));
	struct holding **old = holdings->list;
	struct holding **by_slot = alloc_array(SLOTS_MAX, sizeof(struct holding *));
	size_t n_old = holdings->n, n_addresses = 0;

	for (size_t i = 0; i < n_old; i++) {
		old[i]->claimed = false;
		by_slot[old[i]->slot] = old[i];
	}
	for (uint32_t i = 0; i < conf->n_instances; i++) {
		struct holding_status *record = status_record(status, STATUS_HOLDINGS, i);

		if (record->slot >= SLOTS_MAX)
			fatal("slot %u of %u", record->slot, SLOTS_MAX);
		next[i] = by_slot[record->slot];
		if (!next[i]) {
			next[i] = alloc(sizeof(*next[i]));
			next[i]->holdings = holdings;
			next[i]->slot = record->slot;
			next[i]->since = mono_read();
		}
		next[i]->claimed = true;
		next[i]->conf = &conf->instances[i];
		next[i]->status = record;
		n_addresses += conf->instances[i].n_addresses;
	}
	free(by_slot);
	holdings->global = &conf->global;
	addresses_reload_begin(holdings->addresses, n_addresses);
	holdings->list = next;
	holdings->n = conf->n_instances;
	for (size_t i = 0; i < n_old; i++)
		if (!old[i]->claimed)
			holding_destroy(old[i], true);
	free(old);
	for (size_t i = 0; i < holdings->n; i++) {
		struct holding *holding = holdings->list[i];
		const struct vmac_saved saved = journal_of(holding);

		configure_vmac(holding, &saved);
		claim_addresses(holding);
		publish(holding);
	}
	look(holdings); /* what comes goes before what leaves */
	addresses_reload_end(holdings->addresses);
	interfaces_refresh(holdings->interfaces);
	interfaces_receive(holdings->interfaces);
	holdings_work(holdings);
	if (!timer_is_set(&holdings->tick))
		tick(&holdings->tick, holdings);
}

void holdings_set_slots(struct holdings *holdings, const struct slots *slots)
{
	holdings->slots = slots;
}

void holdings_tell(struct holdings *holdings, bool all)
{
	for (size_t i = 0; i < holdings->n; i++) {
		struct holding *holding = holdings->list[i];

		if (holding->vmac && (all || holding->vmac_text[0] != '\0'))
			holdings->events->vmac(vmac_config(holding->vmac)->interface->name,
					       holding->vmac_text, holdings->data);
	}
}

/* ---- the end ---- */

void holdings_stop(struct holdings *holdings, bool keep)
{
	holdings->stopping = !keep;
	holdings->leaves = keep;
	if (keep)
		addresses_leave(holdings->addresses);
	holdings_work(holdings);
}

bool holdings_are_released(const struct holdings *holdings)
{
	for (size_t i = 0; i < holdings->n; i++)
		if (holdings->list[i]->effect == EFFECT_ADD ||
		    holdings->list[i]->effect == EFFECT_KEEP)
			return false;
	return true;
}

bool holdings_are_idle(const struct holdings *holdings)
{
	return addresses_idle(holdings->addresses);
}

uint32_t holdings_port(const struct holdings *holdings)
{
	return addresses_port(holdings->addresses);
}

struct holdings *holdings_create(struct loop *loop, vmac_quiet_fn *quiet,
				 const struct holdings_events *events, void *data)
{
	struct holdings *holdings = alloc(sizeof(*holdings));

	holdings->loop = loop;
	holdings->events = events;
	holdings->data = data;
	holdings->addresses = addresses_create(loop, on_address_event, look, may, holdings);
	holdings->interfaces = interfaces_create(loop, &addresses_monitored, holdings->addresses,
						 on_interface_changed, holdings);
	interfaces_ignore(holdings->interfaces, addresses_port(holdings->addresses));
	holdings->vmacs = vmacs_create(loop, holdings->interfaces, quiet, data);
	return holdings;
}

void holdings_destroy(struct holdings *holdings, bool remove)
{
	timer_cancel(&holdings->tick);
	for (size_t i = 0; i < holdings->n; i++)
		holding_destroy(holdings->list[i], remove);
	free(holdings->list);
	addresses_destroy(holdings->addresses);
	vmacs_destroy(holdings->vmacs);
	interfaces_destroy(holdings->interfaces);
	free(holdings);
}
