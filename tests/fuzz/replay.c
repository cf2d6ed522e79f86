/*
 * replay.c - runs a fuzz harness over its corpus as an ordinary test
 *
 *   corpus_NAME FOLDER      every file of the folder once, and the empty input
 *
 * An input that breaks something kills the program: by a sanitizer, or by an abort() of the harness. The name
 * of the file is printed before it is fed, so the last line of the output names the culprit.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole of a file, in a block of its very size so that reading one byte too far is seen. Exits when it
 * cannot be read: a corpus that is not read is a test that did not run. */
static uint8_t *read_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long size = -1;

    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size >= 0 && fseek(file, 0, SEEK_SET) == 0)
        data = malloc(size > 0 ? (size_t)size : 1);
    if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        exit(1);
    }
    (void)fclose(file);
    *ret_size = (size_t)size;
    return data;
}

static void replay(const char *path)
{
    size_t size;
    uint8_t *data = read_file(path, &size);

    printf("%s\n", path);
    (void)fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int count, char **arguments)
{
    struct dirent **entries;
    const uint8_t nothing[1] = {0};
    int inputs;

    if (count != 2) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", arguments[0]);
        return 2;
    }
    inputs = scandir(arguments[1], &entries, is_input, alphasort);
    if (inputs <= 0) {
        (void)fprintf(stderr, "%s: no corpus there\n", arguments[1]);
        return 1;
    }
    LLVMFuzzerTestOneInput(nothing, 0);
    for (int i = 0; i < inputs; i++) {
        char *path;

        if (asprintf(&path, "%s/%s", arguments[1], entries[i]->d_name) < 0)
            return 1;
        replay(path);
        free(path);
        free(entries[i]);
    }
    free(entries);
    printf("%d inputs\n", inputs);
    return 0;
}
