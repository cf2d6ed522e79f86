/*
 * dkim_selectors.c - the table of common selectors, and of providers by the end of a name
 */
#include "probes/dkim_selectors.h"

#include "scanner/base/text.h"

#include <string.h>

static const struct dkim_selector common[] = {
    /* software for one's own server */
    {"mail", "docker-mailserver, Mail-in-a-Box, OpenDKIM"},
    {"dkim", "mailcow, rspamd, Mailu, iRedMail"},
    {"default", "opendkim-genkey, cPanel, Plesk, Virtualmin"},
    {"x", "DirectAdmin"},
    {"modoboa", "Modoboa"},
    {"rsa", "mail servers with a key of each type"},
    {"ed25519", "mail servers with a key of each type"},
    {"dkim-rsa", "docker-mailserver (rspamd), with a key of each type"},
    {"dkim-ed25519", "docker-mailserver (rspamd), with a key of each type"},
    {"mail-rsa", "mail servers with a key of each type"},
    {"mail-ed25519", "mail servers with a key of each type"},
    {"dkim1", "many"},
    {"dkim2", "many"},
    {"mail1", "many"},
    {"mail2", "many"},
    {"key1", "Migadu, and many"},
    {"key2", "Migadu, and many"},
    {"key3", "Migadu"},
    {"selector", "many"},
    {"sel1", "many"},
    {"smtp", "Mailgun, and many"},
    {"mta", "many"},
    {"server", "many"},
    {"email", "many"},
    {"main", "many"},
    {"dk", "many"},
    /* mailboxes */
    {"google", "Google Workspace"},
    {"selector1", "Microsoft 365"},
    {"selector2", "Microsoft 365"},
    {"protonmail", "Proton Mail"},
    {"protonmail2", "Proton Mail"},
    {"protonmail3", "Proton Mail"},
    {"fm1", "Fastmail"},
    {"fm2", "Fastmail"},
    {"fm3", "Fastmail"},
    {"sig1", "iCloud Mail"},
    {"zoho", "Zoho Mail"},
    {"zmail", "Zoho Mail"},
    {"s1", "SendGrid, Tuta, and many"},
    {"s2", "SendGrid, Tuta, and many"},
    {"mbo0001", "mailbox.org"},
    {"mbo0002", "mailbox.org"},
    {"mbo0003", "mailbox.org"},
    {"mbo0004", "mailbox.org"},
    {"gm1", "Gandi"},
    {"gm2", "Gandi"},
    {"gm3", "Gandi"},
    {"s1-ionos", "IONOS"},
    {"s2-ionos", "IONOS"},
    {"strato-dkim-0002", "STRATO"},
    {"strato-dkim-0003", "STRATO"},
    {"hostingermail-a", "Hostinger"},
    {"hostingermail-b", "Hostinger"},
    {"hostingermail-c", "Hostinger"},
    {"titan1", "Titan"},
    {"titan2", "Titan"},
    /* who sends for others */
    {"k1", "Mailchimp, Mailgun"},
    {"k2", "Mailchimp"},
    {"k3", "Mailchimp"},
    {"mandrill", "Mandrill"},
    {"mailjet", "Mailjet"},
    {"mailo", "Mailgun"},
    {"krs", "Mailgun"},
    {"pic", "Mailgun"},
    {"brevo1", "Brevo"},
    {"brevo2", "Brevo"},
    {"pm", "Postmark"},
    {"cm", "Campaign Monitor"},
    {"ctct1", "Constant Contact"},
    {"ctct2", "Constant Contact"},
    {"zendesk1", "Zendesk"},
    {"zendesk2", "Zendesk"},
    {"everlytickey1", "Everlytic"},
    {"everlytickey2", "Everlytic"},
};

static const struct {
    const char *suffix;
    const char *provider;
} providers[] = {
    {".onmicrosoft.com", "Microsoft 365"},
    {".dkim.mail.microsoft", "Microsoft 365"},
    {".dkim.amazonses.com", "Amazon SES"},
    {".sendgrid.net", "SendGrid"},
    {".domains.proton.ch", "Proton Mail"},
    {".fmhosted.com", "Fastmail"},
    {".messagingengine.com", "Fastmail"},
    {".icloudmailadmin.com", "iCloud Mail"},
    {".mcsv.net", "Mailchimp"},
    {".mandrillapp.com", "Mandrill"},
    {".mailbox.org", "mailbox.org"},
    {".migadu.com", "Migadu"},
    {".gandimail.net", "Gandi"},
    {".ionos.com", "IONOS"},
    {".strato.de", "STRATO"},
    {".mail.hostinger.com", "Hostinger"},
    {".mailgun.org", "Mailgun"},
    {".brevo.com", "Brevo"},
    {".hubspotemail.net", "HubSpot"},
    {".zendesk.com", "Zendesk"},
    {".createsend.com", "Campaign Monitor"},
    {".tutanota.de", "Tuta"},
    {".googlehosted.com", "Google Workspace"},
    {".ovh.net", "OVHcloud"},
    {".infomaniak.ch", "Infomaniak"},
};

const struct dkim_selector *dkim_selectors_common(size_t *ret_count)
{
    *ret_count = sizeof common / sizeof common[0];
    return common;
}

const char *dkim_selector_user(const char *name)
{
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (text_equal(common[i].name, name))
            return common[i].used_by;
    return NULL;
}

const char *dkim_provider_of(const char *name)
{
    for (size_t i = 0; i < sizeof providers / sizeof providers[0]; i++)
        if (text_ends_with(name, providers[i].suffix))
            return providers[i].provider;
    return NULL;
}
