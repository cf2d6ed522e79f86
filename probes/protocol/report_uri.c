/*
 * report_uri.c - URIs of places that reports go to (RFC 3986, RFC 6068)
 */
#include "probes/protocol/report_uri.h"

#include "scanner/base/ascii.h"
#include "scanner/base/host_name.h"

#include <string.h>
#include <strings.h>

static bool is_hex(uint8_t octet)
{
    return (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'f') || (octet >= 'A' && octet <= 'F');
}

bool uri_take_scheme(struct bytes *uri, const char *scheme)
{
    size_t size = strlen(scheme);

    if (uri->size < size || strncasecmp((const char *)uri->data, scheme, size) != 0)
        return false;
    take_block(uri, size);
    return true;
}

const char *uri_character_fault(struct bytes uri)
{
    for (size_t i = 0; i < uri.size; i++) {
        uint8_t octet = uri.data[i];

        if (octet == '!')
            return "\"!\" in a URI must be written %21";
        if (octet == '%') {
            if (uri.size - i < 3 || !is_hex(uri.data[i + 1]) || !is_hex(uri.data[i + 2]))
                return "\"%\" in a URI has no two hex digits behind it";
        } else if (octet == '\0' ||
                   (!is_alphanumeric(octet) && strchr("-._~:/?#[]@$&'()*+=", octet) == NULL)) {
            return "a URI has a character that must be percent-encoded";
        }
    }
    return NULL;
}

bool uri_is_host(struct bytes name)
{
    return host_name_labels(name) > 1;
}

bool uri_is_mail_address(struct bytes uri)
{
    const uint8_t *header = uri.size == 0 ? NULL : memchr(uri.data, '?', uri.size);
    const uint8_t *at;

    if (header != NULL)
        uri.size = (size_t)(header - uri.data);
    at = uri.size == 0 ? NULL : memrchr(uri.data, '@', uri.size);
    if (at == NULL || at == uri.data)
        return false;
    take_block(&uri, (size_t)(at - uri.data) + 1);
    return uri_is_host(uri);
}
