/*
 * smtp_reply.h - replies of an SMTP server, taken line by line (RFC 5321 4.2, 4.2.1)
 *
 *      250-mail.example.org        code, "-": more lines follow
 *      250-SIZE 10485760
 *      250 STARTTLS                code, " " or nothing: the last line
 *
 * Pure: no clock, no network. What is not a reply is a result here (SMTP_REPLY_BROKEN), never an error.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_SMTP_REPLY_H
#define OUTPOST_PROBES_PROTOCOL_SMTP_REPLY_H

#include "scanner/facts/smtp.h"

enum { SMTP_REPLY_LINES_KEPT = 64, SMTP_REPLY_LINES_READ = 512 };

enum smtp_reply_state {
    SMTP_REPLY_MORE = 1, /* feed the next line */
    SMTP_REPLY_COMPLETE, /* that was the last one */
    SMTP_REPLY_BROKEN,   /* not a reply; `broken` says why */
};

/* Zeroed before the first line of a reply. */
struct smtp_reply_parser {
    struct smtp_reply_facts *reply; /* code and lines, in the arena; NULL until a line was understood */
    size_t lines_read;
    const char *broken;
};

/* Takes one line without its line end. 0 or -ENOMEM. After COMPLETE or BROKEN the parser is done. */
int smtp_reply_feed(struct smtp_reply_parser *parser, struct bytes line, struct arena *arena,
                    enum smtp_reply_state *ret);

/* The first word of a reply's first line: the name of the server in a greeting and in an answer to EHLO
 * (RFC 5321 4.2, 4.1.1.1). *ret is NULL when that line is empty. 0 or -ENOMEM. */
int smtp_reply_name(const struct smtp_reply_facts *reply, struct arena *arena, const char **ret);

/*
 * The answer to EHLO: name and, of a positive one, service extensions. A keyword ends at white space or at
 * "=": servers still write "AUTH=LOGIN" for clients older than RFC 2554. 0 or -ENOMEM.
 */
int smtp_ehlo_read(struct smtp_reply_facts *reply, struct arena *arena, struct smtp_ehlo_facts **ret);

#endif
