/*
 * file.c - reads a small file as a whole
 */
#include "scanner/base/file.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int file_read(const char *path, size_t limit, struct arena *arena, struct bytes *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *data = fd < 0 ? NULL : arena_alloc(arena, limit + 1); /* the one behind: is there more? */
    int result = fd < 0 ? -errno : data == NULL ? -ENOMEM : 0;
    size_t size = 0;
    ssize_t got = 1;

    while (result == 0 && got > 0 && size <= limit) {
        got = read(fd, data + size, limit + 1 - size);
        if (got < 0)
            result = -errno;
        else
            size += (size_t)got;
    }
    if (fd >= 0)
        close(fd);
    if (result == 0 && size > limit)
        result = -EFBIG;
    if (result == 0)
        *ret = bytes_of(data, size);
    return result;
}
