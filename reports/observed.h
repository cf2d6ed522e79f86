/*
 * observed.h - what many checks ask of the facts: who is a mail host, which names lead to a port, what the
 * port let us see, and why it did not
 *
 * Facts may come from a stored scan that somebody made up: any text may be NULL, any list empty.
 */
#ifndef OUTPOST_REPORTS_OBSERVED_H
#define OUTPOST_REPORTS_OBSERVED_H

#include "reports/judgement.h"

/* ---- texts ---- */

/* Do both texts exist and are the same but for ASCII case? */
bool same_text(const char *a, const char *b);
/* The same for domain names: one final dot does not count either. */
bool same_name(const char *a, const char *b);
/* `text`, or `otherwise` when there is none. */
const char *text_or(const char *text, const char *otherwise);
/* Remembers that memory ran out; returns the text, or "" for NULL. */
const char *kept(struct judgement *judgement, const char *text);
const char *kept_format(struct judgement *judgement, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "2026-11-22", by the scan's own reckoning of UTC. */
const char *day_of(struct judgement *judgement, struct number time);

/* ---- what was observed; never NULL ---- */

const struct dns_facts *observed_dns(const struct judgement *judgement);
const struct dnssec_facts *observed_dnssec(const struct judgement *judgement);
const struct list *observed_hosts(const struct judgement *judgement);     /* mail_host_facts */
const struct list *observed_endpoints(const struct judgement *judgement); /* endpoint_facts */
const struct vantage_facts *observed_vantage(const struct judgement *judgement);
const struct settings_facts *observed_settings(const struct judgement *judgement);
const struct ptr_facts *observed_ptr(const struct judgement *judgement,
                                     const char *address); /* may be NULL */
/* A and AAAA of a name that was looked up in this scan, as a mail host or as what a server calls itself;
 * each may be NULL. */
struct name_questions {
    const struct dns_question_facts *a, *aaaa;
};
struct name_questions observed_name(const struct judgement *judgement, const char *name);

/* ---- mail hosts ---- */

bool host_receives(const struct mail_host_facts *host); /* senders are led there: an MX, also the implicit */
/* Is it a name that users type into their mail program? Nobody knows unless it was asked for by name. */
bool host_is_typed(const struct mail_host_facts *host);
/* Is it of the target's own domain, or the target itself? Others are somebody else's: a provider's. */
bool host_is_own(const struct judgement *judgement, const char *host);
/* Its addresses replace DNS by --resolve, or were given as the target. */
bool host_overridden(const struct mail_host_facts *host);
const struct mail_host_facts *host_named(const struct judgement *judgement, const char *name); /* or NULL */
/* Each distinct address of the target's mail hosts, with the first host that has it. */
struct place {
    const struct mail_host_facts *host;
    const struct host_address_facts *address;
};
struct list places_all(struct judgement *judgement); /* struct place */
/* The same, and after them those of --sender, whose host is NULL. */
struct list places_and_senders(struct judgement *judgement); /* struct place */
bool is_ipv6(const char *address);
/* "MX example.org: 10 mail.example.org (from 192.0.2.53:53, TTL 3600)" as evidence. */
void evidence_question(struct judgement *judgement, struct finding *finding,
                       const struct dns_question_facts *question);
/* Each text as a line of evidence. */
void evidence_lines(struct judgement *judgement, struct finding *finding, const struct list *texts);
/* Is it known that nobody can send mail to the domain: a null MX, no such name, neither MX nor address? */
bool domain_takes_no_mail(const struct judgement *judgement);
/* Is it known that there is no such record, or no such name? */
bool question_denied(const struct dns_question_facts *question);
/* Is nothing known of the record: no answer, or a denial that DNSSEC shows to be bogus? */
bool question_lost(const struct dns_question_facts *question);
/* In words, why a question gave no answer: "SERVFAIL", "it was not asked". */
const char *question_failure(const struct dns_question_facts *question);

/* ---- endpoints ---- */

bool is_service(const struct endpoint_facts *endpoint, const char *service);
bool is_smtp_family(const struct endpoint_facts *endpoint);    /* smtp, submission, submissions */
bool is_imap_family(const struct endpoint_facts *endpoint);    /* imap, imaps */
bool is_pop3_family(const struct endpoint_facts *endpoint);    /* pop3, pop3s */
bool is_mailbox_family(const struct endpoint_facts *endpoint); /* Dovecot's: IMAP, POP3, ManageSieve */
bool is_implicit_tls(const struct endpoint_facts *endpoint);   /* TLS from the first byte */
/* Rule 1 of the catalogue: on port 25 nobody sends a password and senders take what they get, so what is
 * wrong with a certificate there only warns. */
bool is_opportunistic(const struct endpoint_facts *endpoint);
enum outcome fail_or_warn(const struct endpoint_facts *endpoint);
/* The names of this target that lead to the endpoint, in the order of its mail hosts; at least one, unless
 * memory ran out. */
struct list endpoint_names(struct judgement *judgement, const struct endpoint_facts *endpoint); /* texts */
/* Do senders come to this address? */
bool endpoint_receives(const struct judgement *judgement, const struct endpoint_facts *endpoint);
const struct endpoint_facts *endpoint_at(const struct judgement *judgement, const char *address,
                                         int64_t port);
/* Did somebody speak there? Who only accepts a connection may be a proxy or a filter on the way. */
bool has_answered(const struct endpoint_facts *endpoint);
/*
 * Is nobody there, for certain? Rule 3: silence is not absence, unless something else answered on that port,
 * by the same family, in this run. Nor is a refusal of port 25, which a network that keeps its customers from
 * sending mail may answer itself.
 */
bool endpoint_is_dead(const struct judgement *judgement, const struct endpoint_facts *endpoint);

/*
 * Why nothing can be said of the service behind a port. NULL when it let us speak; otherwise words, with
 * OUTCOME_NOT_TESTED or, when nothing listens on a port that need not be there, OUTCOME_NOT_APPLICABLE.
 */
const char *endpoint_closed(struct judgement *judgement, const struct endpoint_facts *endpoint,
                            enum outcome *ret_outcome);
/* Why a port without a connection is not called dead: our own network may be the reason. Else as above. */
const char *endpoint_unreached(struct judgement *judgement, const struct endpoint_facts *endpoint);
/* The same for TLS: also NULL only if a handshake was tried. */
const char *tls_missing(struct judgement *judgement, const struct endpoint_facts *endpoint,
                        enum outcome *ret_outcome);
/* Why a session ended, in words: "no complete answer to EHLO within 30 seconds". */
const char *smtp_end_words(const struct smtp_facts *smtp);
const char *session_end_words(const struct endpoint_facts *endpoint);
/* Did a session end because the server asked us to leave? */
bool smtp_turned_away(const struct smtp_facts *smtp);
/* Does the server refuse STARTTLS, and not us ("too many", 421)? */
bool smtp_refuses_starttls(const struct smtp_facts *smtp);
/* Adds a finding that says why the session did not show what a check needs. */
void session_missing(struct judgement *judgement, const struct check *check, const struct subject *subject,
                     const struct endpoint_facts *endpoint);

/* The same, unless it was `seen`; true when the finding was added. */
bool session_untested(struct judgement *judgement, const struct check *check, const struct subject *subject,
                      const struct endpoint_facts *endpoint, bool seen);

/* "220 mail.example.org ESMTP" as evidence, behind `what`. */
void evidence_reply(struct judgement *judgement, struct finding *finding, const char *what,
                    const struct smtp_reply_facts *reply);

/* ---- handshakes and certificates ---- */

/* The first handshake with this name (NULL: any) in which the server was free to choose the key type; or
 * NULL. */
const struct tls_handshake_facts *first_handshake(const struct tls_facts *tls, const char *host);
/* Words for a port that answers nobody who names no server, when we had no name, so that nothing was seen of its TLS;
 * others may have one. NULL for any other. */
const char *tls_wants_name(const struct tls_facts *tls);
/* Did the server break it off, so that anybody's would fail? Silence is not that. */
bool handshake_failed(const struct tls_handshake_facts *handshake);

/* Does STARTTLS on a port for mail between servers lead to TLS, for anybody? Not known when it was us who were turned
 * away, or out of time. */
enum known starttls_works(const struct endpoint_facts *endpoint);

/* Calls `judge_one` for each port that the check concerns, with the first of its names as the subject. */
void judge_endpoints(struct judgement *judgement, const struct check *check,
                     bool (*concerns)(const struct endpoint_facts *endpoint),
                     void (*judge_one)(struct judgement *judgement, const struct check *check,
                                       const struct subject *subject, const struct endpoint_facts *endpoint));

struct shown_certificate {
    const struct certificate_facts *certificate;
    const char *host;     /* the name it was shown for */
    const char *key_type; /* set when it is not what the server shows first: "ECDSA" */
};
/* Was it shown for this name (or without any)? */
bool certificate_is_for(const struct certificate_facts *certificate, const char *host);
/* What was shown for one name: first what the server shows by itself, then the other key types. */
struct list certificates_for(struct judgement *judgement, const struct endpoint_facts *endpoint,
                             const char *host);
/* What was shown for any of the endpoint's names, each leaf once. */
struct list certificates_of(struct judgement *judgement, const struct endpoint_facts *endpoint);

/* Calls `judge_one` for each certificate of each port; a port that showed none gets a finding that says why.
 */
void judge_certificates(struct judgement *judgement, const struct check *check,
                        void (*judge_one)(struct judgement *judgement, const struct check *check,
                                          const struct subject *subject,
                                          const struct endpoint_facts *endpoint,
                                          const struct certificate_facts *certificate));
/* Why a port showed no certificate for this name (NULL: for any), as endpoint_closed. */
const char *certificate_missing(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                const char *host, enum outcome *ret_outcome);
/* Was it verified against the roots that everybody has, and trusted? Words why the rules for public CAs do
 * not apply, or NULL. */
const char *not_public(const struct judgement *judgement, const struct certificate_facts *certificate,
                       enum outcome *ret_outcome);
struct subject subject_certificate(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                   const struct shown_certificate *shown);
/* "RSA 2048", "ECDSA secp256r1" */
const char *key_words(struct judgement *judgement, const struct key_facts *key);

/* ---- subjects ---- */

struct subject subject_target(struct judgement *judgement);
struct subject subject_domain(struct judgement *judgement);
struct subject subject_host(const char *host);
struct subject subject_address(struct judgement *judgement, const char *host, const char *address);
/* `host` NULL: the first of its names. */
struct subject subject_endpoint(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                const char *host);

/* A finding that says why there is nothing to say; `outcome` is one of the two that mean it. */
struct finding *finding_untested(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, enum outcome outcome, const char *reason);
/* The same when the record that the check looks at could not be looked up; `question` may be NULL. */
struct finding *finding_record_lost(struct judgement *judgement, const struct check *check,
                                    const struct subject *subject, const struct dns_question_facts *question);

/* Of three-valued facts: the reverse, and "yes" or "no" (NULL: not observed). */
enum known opposite(enum known fact);
const char *yes_or_no(enum known fact);

#endif
