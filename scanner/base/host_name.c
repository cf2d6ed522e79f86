/*
 * host_name.c - letters, digits and hyphens, none at the ends of a label (RFC 5321 2.3.5, RFC 1123 2.1)
 */
#include "scanner/base/host_name.h"

#include "scanner/base/ascii.h"

enum { LABEL_MAX = 63, NAME_MAX_SIZE = 253 };

size_t host_name_labels(struct bytes name)
{
    size_t labels = 1, length = 0;

    if (name.size == 0 || name.size > NAME_MAX_SIZE)
        return 0;
    for (size_t i = 0; i < name.size; i++) {
        bool end = i + 1 == name.size || name.data[i + 1] == '.';

        if (name.data[i] == '.') {
            if (length == 0 || end)
                return 0;
            labels++;
            length = 0;
        } else if (!is_alphanumeric(name.data[i]) && (name.data[i] != '-' || length == 0 || end)) {
            return 0;
        } else if (++length > LABEL_MAX) {
            return 0;
        }
    }
    return labels;
}
