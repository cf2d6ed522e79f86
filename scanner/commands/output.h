/*
 * output.h - writing reports so that nothing is lost: beside, then rename
 *
 * A file appears whole or not at all: what is written goes into a temporary file in the same folder, which
 * takes the place of the old one when it is complete and on the disk. Until then, and whenever something goes
 * wrong, the old one stays as it was.
 */
#ifndef OUTPOST_COMMANDS_OUTPUT_H
#define OUTPOST_COMMANDS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct output;

/* Could `path` be written? To be asked before the work whose result goes there; leaves nothing behind. 0 or a
 * negative errno. */
int output_check(const char *path);
/* `path` "-" is standard output; what is not a regular file (a device, a pipe) is written to as it is. 0 or
 * a negative errno. */
int output_open(const char *path, struct output **ret);
/* All of it, or a negative errno; after the first failure nothing more is written. */
int output_add(struct output *output, const void *data, size_t size);
/* Puts the file in place when all went well so far and `keep`; else the old one stays and the temporary one
 * is removed. Frees `output`; NULL is allowed. 0 or the first error. */
int output_close(struct output *output, bool keep);
/* The three in one. */
int output_write(const char *path, const void *data, size_t size);

#endif
