/*
 * tls_names.h - the names IANA gives to what OpenSSL knows by numbers of its own
 *
 * All texts are static. NULL means: it has no such name.
 */
#ifndef OUTPOST_NET_TLS_NAMES_H
#define OUTPOST_NET_TLS_NAMES_H

#include <stdbool.h>

/* "TLS1.2", of a version number on the wire. */
const char *tls_version_name(int version);
/* "x25519", "secp256r1", "ffdhe2048", of OpenSSL's NID. */
const char *tls_group_name(int nid);
/* "ecdsa_secp256r1_sha256", of the NIDs of a signature's key and hash; `pss_key`: the leaf's key is an
 * RSASSA-PSS one. */
const char *tls_signature_name(int key_nid, int hash_nid, bool pss_key);
/* "handshake_failure", of an AlertDescription (RFC 8446 6, and its older kin). */
const char *tls_alert_name(int description);
/* What a server means by it, for who runs one. */
const char *tls_alert_meaning(int description);

#endif
