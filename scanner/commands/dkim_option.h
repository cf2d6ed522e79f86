/*
 * dkim_option.h - what --selector and --dkim-key take
 */
#ifndef OUTPOST_COMMANDS_DKIM_OPTION_H
#define OUTPOST_COMMANDS_DKIM_OPTION_H

#include "targets/settings.h"

struct arena;

/* Adds a selector, each once. 0; -EINVAL with *ret_error in words; -ENOMEM. */
int dkim_selector_take(struct scan_settings *settings, const char *word, struct arena *arena,
                       const char **ret_error);
/* SELECTOR=FILE: reads the file and adds selector and key. As above. */
int dkim_key_take(struct scan_settings *settings, const char *word, struct arena *arena,
                  const char **ret_error);

#endif
