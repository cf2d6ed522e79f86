/*
 * names.h - what a name says by itself: may it be a mail host's, does a certificate cover it, who gave it
 *
 * Pure functions over texts from the facts. NULL is "no name" everywhere.
 */
#ifndef OUTPOST_REPORTS_NAMES_H
#define OUTPOST_REPORTS_NAMES_H

#include "scanner/facts/certificate.h"

struct arena;

/* A host name as RFC 1123 2.1 and RFC 5321 2.3.5 want it: labels of letters, digits and hyphens, 253 octets
 * at most, and not an address. Only such names go into a line that somebody may paste into a shell or a zone.
 */
bool host_name_valid(const char *name);
/* The same, and with a dot in it. */
bool host_name_qualified(const char *name);

/* RFC 9525 6.3: does this DNS name of a certificate, which may begin with "*.", stand for `name`? */
bool name_matches(const char *presented, const char *name);
/* Does the certificate cover `name`, a host name or an address? Its common name does not count (RFC 9525 2).
 */
bool certificate_covers(const struct certificate_facts *certificate, const char *name);

/* What certbot calls the certificate, most likely: the name that was asked for first, which is its common name,
 * else the first that is a host name. NULL: it has none. */
const char *certificate_label(const struct certificate_facts *certificate);

/* Is `name` the domain or a name below it? */
bool name_is_within(const char *name, const char *domain);

/* What is wrong with a name that a server gives itself. */
enum name_fault {
    NAME_FINE = 0,
    NAME_MISSING,
    NAME_ADDRESS,   /* an address, with or without brackets */
    NAME_LOCAL,     /* localhost, *.local, *.internal, ... */
    NAME_CONTAINER, /* the twelve hex digits of a container's id */
    NAME_SINGLE,    /* one label only */
    NAME_INVALID,   /* characters that a host name cannot have */
};
enum name_fault name_fault_of(const char *name);
const char *name_fault_words(enum name_fault fault);
/* Does the name end in a domain that exists on local networks only (RFC 6761, 6762, 8375, ...)? */
bool name_is_local(const char *name);

/* Does a name from reverse DNS look as if the network's operator made it from the address? */
bool name_looks_generic(const char *name, const char *address);

/* The product and version that a banner tells ("Exim 4.96"), or NULL. `text` begins with the server's name
 * when `skip_name`. Arena memory. */
const char *banner_version(struct arena *arena, const char *text, bool skip_name);

#endif
