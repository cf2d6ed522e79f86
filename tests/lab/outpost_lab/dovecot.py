"""A Dovecot of its own for each mail host: IMAP (POP3 and ManageSieve where asked for), and Postfix's password checks."""
import os
import shutil

from .errors import LabError
from .processes import Server, program, write
from .world import PASSWORD

DAEMONS = "/usr/lib/dovecot"
PROTOCOLS = {143: "imap", 993: "imap", 110: "pop3", 995: "pop3", 4190: "sieve"}
# Protocols of other packages: the program that shows whether the package is there.
PACKAGES = {"pop3": ("pop3", "dovecot-pop3d"), "sieve": ("managesieve", "dovecot-managesieved")}

# The settings of every mail host; a host's [dovecot.settings] comes on top.
SETTINGS = {
    "ssl": "yes",
    "disable_plaintext_auth": "yes",
    "auth_mechanisms": "plain login",
    "ssl_min_protocol": "TLSv1.2",
    "ssl_cipher_list": "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                       "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
    "ssl_prefer_server_ciphers": "yes",
    "login_greeting": "Ready.",
    "first_valid_uid": "1",
    "log_timestamp": "\"%Y-%m-%d %H:%M:%S \"",
}

TEMPLATE = """base_dir = {folder}/run
state_dir = {folder}/state
log_path = {log}
listen = {addresses}
protocols = {protocols}
mail_location = maildir:{folder}/mail/%u
{settings}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u
}}
service auth {{
  unix_listener {socket} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
"""

POP3_TEMPLATE = """service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""

SIEVE_TEMPLATE = """service managesieve-login {{
  inet_listener sieve {{
    port = {sieve}
  }}
}}
"""


def auth_socket(host, state):
    """Where Postfix asks whether a password is right."""
    return f"{state}/dovecot/{host.id}/auth-postfix"


def prepare(world, certificates, state):
    servers = []
    for host in world.hosts.values():
        if host.dovecot:
            servers.append(_prepare_host(host, certificates, state))
    return servers


def _prepare_host(host, certificates, state):
    folder = f"{state}/dovecot/{host.id}"
    log = f"{state}/logs/dovecot-{host.id}.log"
    ports = host.dovecot.ports
    settings = dict(SETTINGS)
    certificate = host.certificates[host.dovecot.certificate]
    for prefix, key_type in zip(("ssl", "ssl_alt"), certificate.keys):
        settings[f"{prefix}_cert"] = f"<{certificates.base(certificate, key_type)}.chain"
        settings[f"{prefix}_key"] = f"<{certificates.base(certificate, key_type)}.key"
    if host.openssl:
        path = write(f"{folder}/openssl.cnf", host.openssl)
        settings["import_environment"] = f"TZ OPENSSL_CONF={path}"
    settings |= host.dovecot.settings

    def port(number):
        return number if number in ports else 0
    protocols = sorted({PROTOCOLS[number] for number in ports})
    text = TEMPLATE.format(
        folder=folder, log=log, addresses=", ".join(host.addresses), protocols=" ".join(protocols) or "none",
        settings="\n".join(f"{name} = {value}" for name, value in settings.items()),
        socket=auth_socket(host, state), imap=port(143), imaps=port(993))
    for protocol in protocols:
        daemon, package = PACKAGES.get(protocol, ("imap", "dovecot-imapd"))
        if not os.path.exists(f"{DAEMONS}/{daemon}"):
            raise LabError(f"{host.file}: {protocol} needs another package: apt-get install {package}")
    if "pop3" in protocols:
        text += POP3_TEMPLATE.format(pop3=port(110), pop3s=port(995))
    if "sieve" in protocols:
        text += SIEVE_TEMPLATE.format(sieve=port(4190))
    configuration = write(f"{folder}/dovecot.conf", text + host.dovecot.extra)
    write(f"{folder}/users", "".join(f"{address}:{{PLAIN}}{PASSWORD}\n" for address in host.mail_addresses))
    os.makedirs(f"{folder}/mail")
    shutil.chown(f"{folder}/mail", "mail", "mail")      # whoever logs in gets a mailbox there
    program("doveconf", "dovecot-core")
    return Server(f"Dovecot of {host.name}", [program("dovecot", "dovecot-core"), "-F", "-c", configuration],
                  [f"{state}/logs/dovecot-{host.id}.out", log],
                  [(address, number) for number in ports for address in host.addresses])
