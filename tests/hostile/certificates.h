/*
 * certificates.h - what scripted servers show in a handshake, made once and when first asked for
 */
#ifndef OUTPOST_TESTS_HOSTILE_CERTIFICATES_H
#define OUTPOST_TESTS_HOSTILE_CERTIFICATES_H

#include <stdint.h>

struct certificates;
struct tls_server;

/* Valid at `now`, for mail.example.org, under a root of their own. What cannot be made ends the program. */
struct certificates *certificates_new(int64_t now);
void certificates_free(struct certificates *certificates);
const char *certificates_root_file(struct certificates *certificates);
/* `sets`: of enum certificate_set. */
struct tls_server *certificates_server(struct certificates *certificates, unsigned sets);

#endif
