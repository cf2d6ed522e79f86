/*
 * file.h - a small file as a whole: a policy, a list, a key
 */
#ifndef OUTPOST_BASE_FILE_H
#define OUTPOST_BASE_FILE_H

#include "scanner/base/bytes.h"

struct arena;

/* Reads a file of at most `limit` bytes. 0, -EFBIG, -ENOMEM, or why it cannot be read. */
int file_read(const char *path, size_t limit, struct arena *arena, struct bytes *ret);

#endif
