/*
 * commands.h - the commands of the program; each is a file of its own
 */
#ifndef OUTPOST_COMMANDS_COMMANDS_H
#define OUTPOST_COMMANDS_COMMANDS_H

#include "scanner/commands/words.h"

extern const struct command scan_command;
extern const struct command report_command;
extern const struct command explain_command;
extern const struct command checks_command;
extern const struct command demo_command;

#endif
