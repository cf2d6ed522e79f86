/*
 * tls_score.h - the three parts of the score of a port's TLS
 */
#ifndef OUTPOST_REPORTS_TLS_SCORE_H
#define OUTPOST_REPORTS_TLS_SCORE_H

#include "reports/tls_view.h"

struct tls_score_part {
    struct number points; /* 0 to 100; unknown: too little was tested */
    const char *text;     /* what it was made of: "TLS 1.2 to TLS 1.3", "RSA 2048 bits" */
    const char *reason;   /* why it is unknown */
    const char *check;    /* id of the check about the weakest of it */
};

struct tls_score_part tls_score_protocol(const struct tls_view *view);
struct tls_score_part tls_score_key_exchange(const struct tls_view *view);
struct tls_score_part tls_score_cipher(const struct tls_view *view);

#endif
