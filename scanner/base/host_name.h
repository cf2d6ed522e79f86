/*
 * host_name.h - may this be the name of a host?
 */
#ifndef OUTPOST_BASE_HOST_NAME_H
#define OUTPOST_BASE_HOST_NAME_H

#include "scanner/base/bytes.h"

/* How many labels it has, without a final dot; 0: it is not the name of a host. */
size_t host_name_labels(struct bytes name);

#endif
