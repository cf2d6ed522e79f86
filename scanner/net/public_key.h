/*
 * public_key.h - the public half of a key in a PEM file
 */
#ifndef OUTPOST_NET_PUBLIC_KEY_H
#define OUTPOST_NET_PUBLIC_KEY_H

#include "scanner/base/bytes.h"

struct arena;

/*
 * The first key in `pem`, public or private, as a SubjectPublicKeyInfo; of Ed25519 (*ret_ed25519) its 32 octets. 0;
 * -EINVAL with *ret_error in words; -ENOMEM. Asks for no passphrase: an encrypted key is -EINVAL.
 */
int public_key_read(struct bytes pem, struct arena *arena, struct bytes *ret_key, bool *ret_ed25519,
                    const char **ret_error);

#endif
