/*
 * tls_fix.h - which line of which server to change, computed from what a port was seen to accept
 *
 * Postfix has two sets of settings: port 25 is opportunistic (smtpd_tls_protocols, ...), the ports of users are
 * mandatory (smtpd_tls_mandatory_protocols, ...). Dovecot serves what is not SMTP. On port 25 a fix that may
 * leave a sender without TLS says so: clear text is worse than old TLS (RFC 9325 5.2).
 */
#ifndef OUTPOST_REPORTS_TLS_FIX_H
#define OUTPOST_REPORTS_TLS_FIX_H

#include "reports/tls_ports.h"

/* TLS 1.2 and 1.3 only. */
void fix_versions(const struct tls_port *port, struct finding *finding);
/* No version left out: `version` is "TLSv1.3". */
void fix_missing_version(const struct tls_port *port, struct finding *finding, const char *version);
/* Leaves out every suite that is worth leaving out at this port, not only those of one check: a second line for
 * the same setting would undo the first. */
void fix_suites(const struct tls_port *port, struct finding *finding);
/* Suites without forward secrecy at a port 25 that chooses, the best first. */
void fix_forward_secrecy_on_25(const struct tls_port *port, struct finding *finding);
/* The server is to choose, the best suites first; `server_chooses`: it does, and its order is wrong. */
void fix_order(const struct tls_port *port, struct finding *finding, bool server_chooses);
/* `anonymous`: anonymous suites with DH are accepted, and the small prime may be theirs alone. */
void fix_dh(const struct tls_port *port, struct finding *finding, bool anonymous);
void fix_groups(const struct tls_port *port, struct finding *finding);
void fix_post_quantum(const struct tls_port *port, struct finding *finding);
void fix_schemes(const struct tls_port *port, struct finding *finding);
/* Compression and renegotiation are options of one setting. */
void fix_options(const struct tls_port *port, struct finding *finding);
/* "Update the TLS library": for what no setting mends. */
void fix_library(const struct tls_port *port, struct finding *finding, const char *what);

#endif
