/*
 * tls_view.h - a port's TLS as those see it who grade it
 */
#ifndef OUTPOST_REPORTS_TLS_VIEW_H
#define OUTPOST_REPORTS_TLS_VIEW_H

#include "reports/tls_model.h"

struct tls_view {
    struct judgement *judgement;
    const struct endpoint_facts *endpoint;
    const struct tls_facts *tls;
    bool opportunistic;
    struct tls_answer suites; /* accepted from SSL 3.0 on; those of SSL 2.0 are the fault of that version */
};

#endif
