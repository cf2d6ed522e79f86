/*
 * certificate.c - field tables of certificate facts
 */
#include "scanner/facts/certificate.h"

static const struct fact key_facts_table[] = {
    FACT(struct key_facts, type, FACT_TEXT, "RSA, ECDSA, Ed25519, ..."),
    FACT(struct key_facts, bits, FACT_NUMBER, "size"),
    FACT(struct key_facts, curve, FACT_TEXT, "curve of an EC key"),
    FACT(struct key_facts, rsa_exponent, FACT_NUMBER, "public exponent of an RSA key"),
    FACT(struct key_facts, roca, FACT_KNOWN, "the modulus has the ROCA fingerprint"),
};
const struct shape key_shape = SHAPE("key", struct key_facts, key_facts_table, "a public key");

static const struct fact chain_facts[] = {
    FACT(struct chain_certificate_facts, der, FACT_BYTES, "the certificate, DER"),
    FACT(struct chain_certificate_facts, subject, FACT_TEXT, "subject"),
    FACT(struct chain_certificate_facts, issuer, FACT_TEXT, "issuer"),
    FACT(struct chain_certificate_facts, serial, FACT_TEXT, "serial number, hex"),
    FACT(struct chain_certificate_facts, not_before, FACT_TIME, "valid from"),
    FACT(struct chain_certificate_facts, not_after, FACT_TIME, "valid until"),
    FACT_OF(struct chain_certificate_facts, key, FACT_OBJECT, &key_shape, "public key"),
    FACT(struct chain_certificate_facts, signature, FACT_TEXT, "signature algorithm"),
    FACT(struct chain_certificate_facts, sha256, FACT_TEXT, "SHA-256 of the certificate"),
    FACT(struct chain_certificate_facts, ca, FACT_KNOWN, "it is a CA certificate"),
    FACT(struct chain_certificate_facts, self_issued, FACT_KNOWN, "subject and issuer are the same"),
};
const struct shape chain_certificate_shape = SHAPE("chain_certificate", struct chain_certificate_facts,
                                                   chain_facts, "one certificate of a chain as sent");

static const struct fact error_facts[] = {
    FACT(struct verify_error_facts, depth, FACT_NUMBER, "0 is the leaf"),
    FACT(struct verify_error_facts, code, FACT_NUMBER, "OpenSSL's verification error"),
    FACT(struct verify_error_facts, text, FACT_TEXT, "in words"),
};
const struct shape verify_error_shape =
    SHAPE("verify_error", struct verify_error_facts, error_facts, "one thing wrong with a chain");

static const struct fact certificate_facts_table[] = {
    FACT(struct certificate_facts, name, FACT_TEXT, "server name it was shown for"),
    FACT(struct certificate_facts, versions, FACT_TEXTS, "versions of TLS under which it was shown"),
    FACT_OF(struct certificate_facts, key, FACT_OBJECT, &key_shape, "public key of the leaf"),
    FACT(struct certificate_facts, spki_sha256, FACT_TEXT, "SHA-256 of the leaf's SubjectPublicKeyInfo"),
    FACT(struct certificate_facts, sha256, FACT_TEXT, "SHA-256 of the leaf"),
    FACT(struct certificate_facts, subject, FACT_TEXT, "subject of the leaf"),
    FACT(struct certificate_facts, issuer, FACT_TEXT, "issuer of the leaf"),
    FACT(struct certificate_facts, not_before, FACT_TIME, "valid from"),
    FACT(struct certificate_facts, not_after, FACT_TIME, "valid until"),
    FACT(struct certificate_facts, sans, FACT_TEXTS, "subject alternative names"),
    FACT(struct certificate_facts, sans_left_out, FACT_NUMBER, "names over the cap, not kept"),
    FACT(struct certificate_facts, common_name, FACT_TEXT, "common name"),
    FACT(struct certificate_facts, signature, FACT_TEXT, "signature algorithm of the leaf"),
    FACT(struct certificate_facts, must_staple, FACT_KNOWN, "it demands an OCSP staple"),
    FACT(struct certificate_facts, server_auth, FACT_KNOWN, "its extended key usage allows TLS servers"),
    FACT(struct certificate_facts, scts, FACT_NUMBER, "embedded signed certificate timestamps"),
    FACT(struct certificate_facts, ocsp_urls, FACT_TEXTS, "OCSP responders"),
    FACT(struct certificate_facts, ca_issuer_urls, FACT_TEXTS, "where the issuer's certificate can be had"),
    FACT(struct certificate_facts, crl_urls, FACT_TEXTS, "where the list of revoked certificates can be had"),
    FACT(struct certificate_facts, stapled, FACT_KNOWN, "an OCSP response came with it at least once"),
    FACT_OF(struct certificate_facts, staple, FACT_OBJECT, &revocation_answer_shape, "what that said"),
    FACT(struct certificate_facts, trusted, FACT_KNOWN, "it chains to a trusted root, whatever the dates"),
    FACT_OF(struct certificate_facts, verify_errors, FACT_LIST, &verify_error_shape,
            "what verification found"),
    FACT(struct certificate_facts, path, FACT_TEXTS, "subjects of the chain that was built, leaf first"),
    FACT_OF(struct certificate_facts, chain, FACT_LIST, &chain_certificate_shape, "certificates as sent"),
    FACT(struct certificate_facts, chain_left_out, FACT_NUMBER, "certificates over the cap, not kept"),
};
const struct shape certificate_shape =
    SHAPE("certificate", struct certificate_facts, certificate_facts_table, "a certificate and its chain");
