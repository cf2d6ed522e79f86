/*
 * main.c - plays every script to the scanner, and says which came out as they say
 *
 *   hostile [-v] SCRIPT|FOLDER...      -v: the facts of each as JSON
 */
#include "scanner/base/arena.h"
#include "tests/hostile/certificates.h"
#include "tests/hostile/stage.h"
#include "tests/hostile/trial.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct program {
    struct certificates *certificates;
    bool verbose;
    size_t played, failed;
};

static void print_facts(const json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2));

    if (text != NULL)
        printf("%s\n", text);
    free(text);
}

static void play_script(struct program *program, const char *file)
{
    struct arena *arena = arena_new(0);
    struct list failures = {0};
    const char *error = "out of memory";
    struct script *script;
    json_t *json = NULL;

    program->played++;
    if (script_read(file, arena, &script, &error) < 0) {
        printf("FAIL %s\n     %s\n", file, error);
        program->failed++;
        arena_free(arena);
        return;
    }
    trial_run(script, program->certificates, arena, &failures, &json);
    printf("%s %s: %s\n", failures.count == 0 ? "ok  " : "FAIL", file, script->name);
    for (size_t i = 0; i < failures.count; i++)
        printf("     %s\n", (const char *)failures.items[i]);
    if (program->verbose)
        print_facts(json);
    (void)fflush(stdout);
    program->failed += failures.count > 0;
    json_decref(json);
    arena_free(arena);
}

static int is_script(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && dot != entry->d_name && strcmp(dot, ".script") == 0;
}

static void play_folder(struct program *program, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_script, alphasort);

    if (count <= 0) {
        printf("FAIL %s: no script there\n", folder);
        program->failed++;
    }
    for (int i = 0; i < count; i++) {
        char *file;

        if (asprintf(&file, "%s/%s", folder, entries[i]->d_name) < 0)
            abort();
        play_script(program, file);
        free(file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

int main(int count, char **arguments)
{
    struct program program = {0};

    for (int i = 1; i < count; i++) {
        struct stat status;

        if (strcmp(arguments[i], "-v") == 0) {
            program.verbose = true;
            continue;
        }
        if (program.certificates == NULL)
            program.certificates = certificates_new(STAGE_TIME);
        if (stat(arguments[i], &status) == 0 && S_ISDIR(status.st_mode))
            play_folder(&program, arguments[i]);
        else
            play_script(&program, arguments[i]);
    }
    certificates_free(program.certificates);
    if (program.played == 0 && program.failed == 0) {
        (void)fprintf(stderr, "usage: %s [-v] SCRIPT|FOLDER...\n", arguments[0]);
        return 2;
    }
    printf("%zu scripts, %zu failed\n", program.played, program.failed);
    return program.failed == 0 ? 0 : 1;
}
