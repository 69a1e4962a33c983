#ifndef CONF_HMAC_KEY_H
#define CONF_HMAC_KEY_H

#include <stdio.h>

#include "conf/table/conf.h"

/* hmac_key.c: the keys of auth_hmac; value_key reads them. */

/* Writes " NUMBER hex:...", or a mask in the value's place. */
void hmac_key_print(const struct hmac_key_conf *key, bool secrets, FILE *out);
/* NULL: there is no such key. */
const struct hmac_key_conf *hmac_key_find(const struct hmac_conf *hmac, unsigned id);
bool hmac_key_equal(const struct hmac_key_conf *a, const struct hmac_key_conf *b);

#endif
