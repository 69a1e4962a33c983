#ifndef CONF_VMAC_H
#define CONF_VMAC_H

#include "conf/model/parser.h"

/* vmac.c: use_vmac, which stands at `place`. */
void vmac_resolve(struct parser *parser, struct instance_conf *instance, struct place place);

#endif
