/*
 * ascii.h - kinds of ASCII characters, whatever the locale
 */
#ifndef OUTPOST_BASE_ASCII_H
#define OUTPOST_BASE_ASCII_H

#include <stdbool.h>

/* Of a char or an octet. */
static inline bool is_digit(int character)
{
    return character >= '0' && character <= '9';
}

static inline bool is_letter(int character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

static inline bool is_alphanumeric(int character)
{
    return is_letter(character) || is_digit(character);
}

#endif
