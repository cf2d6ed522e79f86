/*
 * catalogue.h - every check there is, once: "ADD YOUR CHECK HERE" (and its id appears everywhere)
 *
 * Sorted by id. A check is a `const struct check check_NAME` in reports/checks/; its id is fixed in the
 * catalogue of the design, and keeps its meaning once it was shipped.
 */
#ifndef OUTPOST_REPORTS_CATALOGUE_H
#define OUTPOST_REPORTS_CATALOGUE_H

#include "reports/judgement.h"

#define CHECKS(X)                                                                                            \
    X(caa_issuer)                                                                                            \
    X(caa_record)                                                                                            \
    X(cert_chain)                                                                                            \
    X(cert_expiry)                                                                                           \
    X(cert_key)                                                                                              \
    X(cert_lifetime)                                                                                         \
    X(cert_must_staple)                                                                                      \
    X(cert_name)                                                                                             \
    X(cert_revocation)                                                                                       \
    X(cert_same_everywhere)                                                                                  \
    X(cert_signature)                                                                                        \
    X(cert_transparency)                                                                                     \
    X(cert_trust)                                                                                            \
    X(consistency_names)                                                                                     \
    X(dane_coverage)                                                                                         \
    X(dane_lookup)                                                                                           \
    X(dane_match)                                                                                            \
    X(dane_other_ports)                                                                                      \
    X(dane_published)                                                                                        \
    X(dane_rollover)                                                                                         \
    X(dane_secure)                                                                                           \
    X(dane_starttls)                                                                                         \
    X(dane_usable)                                                                                           \
    X(delivery_outlook)                                                                                      \
    X(dns_large_answers)                                                                                     \
    X(dns_mx)                                                                                                \
    X(dns_mx_address)                                                                                        \
    X(dns_mx_cname)                                                                                          \
    X(dns_mx_consistent)                                                                                     \
    X(dns_mx_duplicate)                                                                                      \
    X(dns_mx_null)                                                                                           \
    X(dns_mx_resolves)                                                                                       \
    X(dns_ns)                                                                                                \
    X(dns_soa)                                                                                               \
    X(dns_wildcard)                                                                                          \
    X(dnssec_algorithms)                                                                                     \
    X(dnssec_denial)                                                                                         \
    X(dnssec_domain)                                                                                         \
    X(dnssec_expiry)                                                                                         \
    X(dnssec_mx)                                                                                             \
    X(helo_name)                                                                                             \
    X(imap_banner)                                                                                           \
    X(imap_mechanisms)                                                                                       \
    X(imap_preauth)                                                                                          \
    X(imap_tls)                                                                                              \
    X(ipv6_mx)                                                                                               \
    X(ipv6_parity)                                                                                           \
    X(mta_sts_certificate)                                                                                   \
    X(mta_sts_max_age)                                                                                       \
    X(mta_sts_mode)                                                                                          \
    X(mta_sts_mx)                                                                                            \
    X(mta_sts_policy)                                                                                        \
    X(mta_sts_record)                                                                                        \
    X(pop3_tls)                                                                                              \
    X(ptr_forward)                                                                                           \
    X(ptr_generic)                                                                                           \
    X(ptr_present)                                                                                           \
    X(scan_vantage)                                                                                          \
    X(sieve_tls)                                                                                             \
    X(smtp_auth_on_mx)                                                                                       \
    X(smtp_auth_plaintext)                                                                                   \
    X(smtp_banner)                                                                                           \
    X(smtp_client_address)                                                                                   \
    X(smtp_ehlo)                                                                                             \
    X(smtp_greeting)                                                                                         \
    X(smtp_pushback)                                                                                         \
    X(smtp_reachable)                                                                                        \
    X(smtp_starttls)                                                                                         \
    X(spf_all)                                                                                               \
    X(spf_breadth)                                                                                           \
    X(spf_helo)                                                                                              \
    X(spf_includes)                                                                                          \
    X(spf_lookups)                                                                                           \
    X(spf_ptr)                                                                                               \
    X(spf_record)                                                                                            \
    X(spf_senders)                                                                                           \
    X(spf_syntax)                                                                                            \
    X(spf_void_lookups)                                                                                      \
    X(submission_mechanisms)                                                                                 \
    X(submission_tls)                                                                                        \
    X(tls_alpn)                                                                                              \
    X(tls_beast)                                                                                             \
    X(tls_ccs)                                                                                               \
    X(tls_compression)                                                                                       \
    X(tls_cross_protocol)                                                                                    \
    X(tls_dh)                                                                                                \
    X(tls_drown)                                                                                             \
    X(tls_early_data)                                                                                        \
    X(tls_extended_master_secret)                                                                            \
    X(tls_fallback_scsv)                                                                                     \
    X(tls_freak)                                                                                             \
    X(tls_groups)                                                                                            \
    X(tls_groups_post_quantum)                                                                               \
    X(tls_handshake)                                                                                         \
    X(tls_heartbleed)                                                                                        \
    X(tls_logjam)                                                                                            \
    X(tls_lucky13)                                                                                           \
    X(tls_poodle)                                                                                            \
    X(tls_profile)                                                                                           \
    X(tls_raccoon)                                                                                           \
    X(tls_renegotiation)                                                                                     \
    X(tls_resumption)                                                                                        \
    X(tls_robot)                                                                                             \
    X(tls_signatures)                                                                                        \
    X(tls_sni)                                                                                               \
    X(tls_ssl2)                                                                                              \
    X(tls_ssl3)                                                                                              \
    X(tls_suites_3des)                                                                                       \
    X(tls_suites_anonymous)                                                                                  \
    X(tls_suites_cbc)                                                                                        \
    X(tls_suites_des)                                                                                        \
    X(tls_suites_export)                                                                                     \
    X(tls_suites_forward_secrecy)                                                                            \
    X(tls_suites_null)                                                                                       \
    X(tls_suites_order)                                                                                      \
    X(tls_suites_rc4)                                                                                        \
    X(tls_sweet32)                                                                                           \
    X(tls_ticketbleed)                                                                                       \
    X(tls_tls10)                                                                                             \
    X(tls_tls11)                                                                                             \
    X(tls_tls12)                                                                                             \
    X(tls_tls13)                                                                                             \
    X(tls_tolerance)                                                                                         \
    X(tls_rpt_record)

#define DECLARE_CHECK(name) extern const struct check check_##name;
CHECKS(DECLARE_CHECK)
#undef DECLARE_CHECK

#endif
