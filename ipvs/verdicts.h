#ifndef IPVS_VERDICTS_H
#define IPVS_VERDICTS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/table/conf.h"
#include "core/process/message.h"

/*
 * The last verdict of every target, by its key.  Verdicts on targets that this configuration does
 * not have are kept until the next one comes: check workers may have it earlier than we.
 */
struct verdicts;

/* verdicts.c */

/* Takes over what *previous (NULL: none) knows of this configuration's targets. */
struct verdicts *verdicts_create(const struct conf *conf, const struct verdicts *previous);
void verdicts_destroy(struct verdicts *verdicts); /* NULL is allowed */

#define VERDICTS_NO_TARGET UINT32_MAX
/* Remembers a verdict. Returns the index of the configuration's target whose verdict thereby
 * changed, else VERDICTS_NO_TARGET.  VERDICT_UNKNOWN is no news and never replaces a known one. */
uint32_t verdicts_set(struct verdicts *verdicts, uint64_t key, enum verdict verdict);
/* An enum verdict for each of conf.targets. */
const uint8_t *verdicts_by_target(const struct verdicts *verdicts);

#endif
