/*
 * output.c - writing reports so that nothing is lost: beside, then rename
 */
#include "scanner/commands/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    int fd;
    int result;      /* the first error */
    char *path;      /* to be replaced; NULL: written to directly */
    char *temporary; /* beside it */
};

static int own_umask(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return (int)mask;
}

/* A name in the folder of `path` that no other program takes for a report. */
static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - path);
    char *name;

    if (asprintf(&name, "%.*s.%.200s.XXXXXX", folder, path, path + folder) < 0)
        return NULL;
    return name;
}

/* `old` is NULL when there is no file yet. */
static int open_beside(struct output *output, const char *path, const struct stat *old)
{
    /* Through a symbolic link: the link stays, what it leads to is replaced. */
    output->path = old != NULL ? realpath(path, NULL) : strdup(path);
    if (output->path == NULL)
        return -errno;
    output->temporary = temporary_name(output->path);
    if (output->temporary == NULL)
        return -ENOMEM;
    output->fd = mkostemp(output->temporary, O_CLOEXEC);
    if (output->fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return -errno;
    }
    /* As if it had been made by open(), or with the mode that somebody gave the old one. */
    if (fchmod(output->fd, old != NULL ? old->st_mode & 07777 : (mode_t)(0666 & ~own_umask())) < 0)
        return -errno;
    return 0;
}

/* Is there something else than a regular file: 1, else 0 with the file that is there (*ret_there) or not, or
 * a negative errno. */
static int is_special(const char *path, struct stat *old, bool *ret_there)
{
    if (strcmp(path, "-") == 0)
        return 1;
    *ret_there = stat(path, old) == 0;
    if (!*ret_there)
        return errno == ENOENT ? 0 : -errno;
    if (S_ISDIR(old->st_mode))
        return -EISDIR;
    return !S_ISREG(old->st_mode);
}

static int open_output(struct output *output, const char *path)
{
    struct stat old;
    bool there;
    int special = is_special(path, &old, &there);

    if (special < 0)
        return special;
    if (!special)
        return open_beside(output, path, there ? &old : NULL);
    output->fd = strcmp(path, "-") == 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                                        : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return output->fd < 0 ? -errno : 0;
}

int output_open(const char *path, struct output **ret)
{
    struct output *output = calloc(1, sizeof(*output));
    int result;

    if (output == NULL)
        return -ENOMEM;
    output->fd = -1;
    result = open_output(output, path);
    if (result < 0) {
        output_close(output, false);
        return result;
    }
    *ret = output;
    return 0;
}

int output_check(const char *path)
{
    struct output *output;
    struct stat old;
    bool there;
    int special = is_special(path, &old, &there);
    int result;

    if (special != 0) /* opening a pipe would tell its reader something */
        return special < 0 ? special : 0;
    result = output_open(path, &output);
    return result < 0 ? result : output_close(output, false);
}

int output_add(struct output *output, const void *data, size_t size)
{
    const char *at = data;

    while (output->result == 0 && size > 0) {
        ssize_t written = write(output->fd, at, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            output->result = -errno;
            break;
        }
        at += written;
        size -= (size_t)written;
    }
    return output->result;
}

/* On the disk before the old file is gone; some file systems cannot say when that is. */
static int make_durable(struct output *output)
{
    if (fsync(output->fd) < 0 && errno != EINVAL && errno != ENOSYS && errno != EROFS)
        return -errno;
    return 0;
}

static int put_in_place(struct output *output)
{
    int result = make_durable(output);

    if (close(output->fd) < 0 && result == 0)
        result = -errno; /* NFS tells of a full disk only now */
    output->fd = -1;
    if (result == 0 && rename(output->temporary, output->path) < 0)
        result = -errno;
    return result;
}

int output_close(struct output *output, bool keep)
{
    int result;

    if (output == NULL)
        return 0;
    if (output->result == 0 && keep && output->temporary != NULL)
        output->result = put_in_place(output);
    if (output->fd >= 0 && close(output->fd) < 0 && output->result == 0)
        output->result = -errno;
    result = output->result;
    if (output->temporary != NULL && (result < 0 || !keep))
        unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    free(output);
    return result;
}

int output_write(const char *path, const void *data, size_t size)
{
    struct output *output;
    int result = output_open(path, &output);

    if (result < 0)
        return result;
    output_add(output, data, size);
    return output_close(output, true);
}
