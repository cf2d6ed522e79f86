/*
 * dkim_selectors.h - selectors that mail systems and providers use by themselves, and whose names aliases lead to
 *
 * docs/dkim.md has the same list for people. A guess costs one question to the DNS, and none that finds nothing says
 * anything: everybody may choose another name.
 */
#ifndef OUTPOST_PROBES_DKIM_SELECTORS_H
#define OUTPOST_PROBES_DKIM_SELECTORS_H

#include <stddef.h>

struct dkim_selector {
    const char *name;
    const char *used_by;
};

/* All of them, each name once. */
const struct dkim_selector *dkim_selectors_common(size_t *ret_count);
/* Who uses this selector; NULL: nobody that is known here. */
const char *dkim_selector_user(const char *name);
/* Whose the name of a key is that an alias leads to; NULL: nobody that is known here. */
const char *dkim_provider_of(const char *name);

#endif
