/*
 * schema.c - prints the schema of what `outpost scan` writes, as the field tables generate it
 *
 * For the committed reports/schemas/scan-1.json: `ninja schema` writes it, the test schema_is_current
 * compares.
 */
#include "reports/report.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char *schema = NULL;
    size_t size;
    int result = EXIT_FAILURE;

    if (report_schema(&schema, &size) == 0 && fwrite(schema, 1, size, stdout) == size && fflush(stdout) == 0)
        result = EXIT_SUCCESS;
    free(schema);
    return result;
}
