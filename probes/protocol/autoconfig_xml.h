/*
 * autoconfig_xml.h - the files in which mail programs find the servers of a domain
 *
 *      <clientConfig><emailProvider><incomingServer type="imap">...     Mozilla's, config-v1.1.xml
 *      <Autodiscover><Response><Account><Protocol>...                   Microsoft's, answer to a POX request
 *
 * Pure: bytes in, facts out; what is wrong with a file is a fact. Not on a task's stack (xml_walk.h).
 */
#ifndef OUTPOST_PROBES_PROTOCOL_AUTOCONFIG_XML_H
#define OUTPOST_PROBES_PROTOCOL_AUTOCONFIG_XML_H

#include "scanner/facts/autoconfig.h"

enum {
    AUTOCONFIG_DOCUMENT_MAX = 64 * 1024,
    AUTOCONFIG_SERVERS_MAX = 16,
    AUTOCONFIG_FAULTS_MAX = 16,
};

/* `domain` takes the place of %EMAILDOMAIN% in host names. 0 or -ENOMEM. */
int autoconfig_mozilla_read(struct bytes document, const char *domain, struct arena *arena,
                            struct autoconfig_file_facts **ret);
int autoconfig_microsoft_read(struct bytes document, struct arena *arena, struct autoconfig_file_facts **ret);

#endif
