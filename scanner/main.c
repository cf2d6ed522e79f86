/*
 * main.c - the program: prepares the process, finds the command, ends with its status
 */
#include "scanner/commands/commands.h"
#include "scanner/commands/screen.h"

#include "scanner/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct command *const commands[] = {&scan_command, &report_command, &explain_command,
                                                 &checks_command, &demo_command};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* Or a socket could become standard output, and be written to. */
static void open_standard_files(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* Every conversation takes a descriptor. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static const char *command_name(const void *data, size_t index)
{
    (void)data;
    return commands[index]->name;
}

static void print_help(void)
{
    printf("Outpost looks at a mail system the way the Internet does, and says what is wrong, why it\n"
           "matters, and what to change.\n\n"
           "  outpost scan example.org\n\n"
           "Commands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
    printf("\nMore: outpost help COMMAND, outpost --version\n");
}

static int unknown_command(struct program *program, const char *word)
{
    const char *nearest = nearest_name(word, command_name, NULL, COMMANDS);

    if (nearest != NULL)
        log_error(program->log, "there is no command %s: did you mean %s?", word, nearest);
    else if (strchr(word, '.') != NULL && word[0] != '-')
        log_error(program->log, "there is no command %s: did you mean outpost scan %s?", word, word);
    else
        log_error(program->log, "there is no %s %s", word[0] == '-' ? "option" : "command", word);
    log_error(program->log, "see outpost --help");
    return EXIT_USAGE;
}

static int help(struct program *program, int count, char **words)
{
    const struct command *command;

    if (count == 0) {
        print_help();
        return EXIT_FINE;
    }
    command = find_command(words[0]);
    if (command == NULL)
        return unknown_command(program, words[0]);
    command_help(command, stdout);
    return EXIT_FINE;
}

static int run(struct program *program, int count, char **words)
{
    const char *word = count > 0 ? words[0] : "help";
    const struct command *command = find_command(word);

    if (command != NULL)
        return command->run(program, count, words);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("outpost %s\n", OUTPOST_VERSION);
        return EXIT_FINE;
    }
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return help(program, count > 0 ? count - 1 : 0, words + 1);
    return unknown_command(program, word);
}

/* What was printed must have arrived: a full disk is told, a reader that went away is not. */
static int end_output(struct program *program, int status)
{
    int error = 0;

    if (fflush(stdout) != 0)
        error = errno;
    else if (ferror(stdout))
        error = EIO;
    if (error == 0)
        return status;
    if (error != EPIPE)
        log_error(program->log, "cannot write standard output: %s", strerrordesc_np(error));
    return EXIT_FAULT;
}

int main(int count, char **words)
{
    struct screen screen;
    struct program program = {.log = &screen.log, .screen = &screen};

    open_standard_files();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error of write() */
    raise_file_limit();
    screen_init(&screen, stderr);
    return end_output(&program, run(&program, count - 1, words + 1));
}
