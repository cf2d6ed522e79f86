/*
 * dns_peer.h - a scripted DNS server for tests, on the loop of the engine under test
 *
 * It listens on 127.0.0.1, UDP and TCP with the same port. What it does with a question is decided by the
 * test's function, on the loop's stack.
 */
#ifndef OUTPOST_TESTS_DNS_PEER_H
#define OUTPOST_TESTS_DNS_PEER_H

#include "scanner/base/bytes.h"
#include "scanner/net/task.h"

struct dns_peer;

struct peer_question {
    struct bytes packet;
    bool tcp;
    uint16_t port;   /* it came from */
    size_t number;   /* how many came before, on this peer */
    char name[1024]; /* as sent */
    uint16_t type;
};

enum peer_action {
    PEER_ANSWER, /* send what was built */
    PEER_HOLD,   /* send what was built when dns_peer_release() is called */
    PEER_SILENT,
    PEER_CLOSE,            /* the TCP connection, without an answer */
    PEER_ANSWER_AND_CLOSE, /* the TCP connection, when the answer has been sent */
};

typedef enum peer_action peer_script(void *data, const struct peer_question *question, struct buffer *answer);

/* Aborts the test when it cannot listen. */
struct dns_peer *dns_peer_new(struct engine *engine, peer_script *script, void *data);
/* Closes all sockets; the memory follows when their handles are closed. */
void dns_peer_close(struct dns_peer *peer);
/* "127.0.0.1:12345" */
const char *dns_peer_address(const struct dns_peer *peer);
/* Sends the answers that were held, in order; returns how many. */
size_t dns_peer_release(struct dns_peer *peer);
size_t dns_peer_questions(const struct dns_peer *peer);
size_t dns_peer_questions_tcp(const struct dns_peer *peer);
/* How many different ports the questions over UDP came from. */
size_t dns_peer_ports(const struct dns_peer *peer);

#endif
