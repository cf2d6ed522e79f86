"""A Postfix of its own for each mail host, with settings close to docker-mailserver's."""
import grp
import os
import pwd
import time

from . import dovecot
from .processes import Server, program, write

DAEMONS = "/usr/lib/postfix/sbin"

CIPHERS = ":".join([
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384"])

# The settings of every mail host; a host's [postfix.main] comes on top.
MAIN = {
    "compatibility_level": "3.6",
    "inet_protocols": "all",
    "mydestination": "",
    "mynetworks": "127.0.0.1/32",
    "local_recipient_maps": "",
    "alias_maps": "",
    "virtual_transport": "discard:",
    "biff": "no",
    "append_dot_mydomain": "no",
    "smtpd_banner": "$myhostname ESMTP",
    "disable_vrfy_command": "yes",
    "strict_rfc821_envelopes": "yes",
    "smtpd_helo_required": "yes",
    "smtpd_delay_reject": "yes",
    "smtpd_helo_restrictions": "permit_mynetworks, reject_invalid_helo_hostname, permit",
    "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
    "smtpd_recipient_restrictions": "permit_sasl_authenticated, permit_mynetworks, reject_unauth_destination, "
                                    "reject_unlisted_recipient, reject_non_fqdn_recipient",
    "smtpd_data_restrictions": "reject_unauth_pipelining",
    "smtpd_sasl_type": "dovecot",
    "smtpd_sasl_security_options": "noanonymous",
    "smtpd_tls_security_level": "may",
    "smtpd_tls_auth_only": "yes",
    "smtpd_tls_loglevel": "1",
    "smtpd_tls_protocols": ">=TLSv1.2",
    "smtpd_tls_mandatory_protocols": ">=TLSv1.2",
    "smtpd_tls_ciphers": "high",
    "smtpd_tls_mandatory_ciphers": "high",
    "tls_high_cipherlist": CIPHERS,
    "tls_preempt_cipherlist": "yes",
    "tls_ssl_options": "NO_COMPRESSION, NO_RENEGOTIATION",
    "smtpd_tls_received_header": "yes",
}

# What each port adds (-o options in master.cf); a host's [postfix.port.NUMBER] comes on top.
SUBMISSION = {
    "smtpd_sasl_auth_enable": "yes",
    "smtpd_client_restrictions": "permit_sasl_authenticated,reject",
    "smtpd_relay_restrictions": "permit_sasl_authenticated,reject",
}
PORTS = {
    25: {},
    465: SUBMISSION | {"syslog_name": "postfix/submissions", "smtpd_tls_wrappermode": "yes"},
    587: SUBMISSION | {"syslog_name": "postfix/submission", "smtpd_tls_security_level": "encrypt"},
}

# The parts that every Postfix needs.
MASTER = """pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
virtual   unix - n n - - virtual
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

POSTSCREEN = """smtpd     pass - - n - - smtpd
dnsblog   unix - - n - 0 dnsblog
tlsproxy  unix - - n - 0 tlsproxy
"""

QUEUE_OF_POSTFIX = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private",
                    "saved", "trace")


def prepare(world, certificates, state):
    program("postfix", "postfix")
    servers = []
    for host in world.hosts.values():
        if host.postfix:
            servers.append(_prepare_host(host, certificates, state))
    return servers


def _prepare_host(host, certificates, state):
    folder = f"{state}/postfix/{host.id}"
    log = f"{state}/logs/postfix-{host.id}.log"
    _make_directories(folder)
    write(f"{folder}/etc/main.cf", _main(host, certificates, state, folder, log))
    write(f"{folder}/etc/master.cf", _master(host, certificates))
    write(f"{folder}/etc/recipients", "".join(f"{address} {address}\n" for address in host.mail_addresses))
    for name in ("main.cf", "master.cf", "recipients"):
        _make_older(f"{folder}/etc/{name}")
    listens = [(address, port) for port in host.postfix.ports for address in host.addresses]
    return Server(f"Postfix of {host.name}", [f"{DAEMONS}/master", "-d", "-c", f"{folder}/etc"],
                  [f"{state}/logs/postfix-{host.id}.out", log], listens,
                  self_check=["/usr/sbin/postfix", "-c", f"{folder}/etc", "check"])


def _make_older(path):
    """Postfix reads a file that is younger than two seconds again and again, in case someone is still writing it."""
    past = time.time() - 3600
    os.utime(path, (past, past))


def _make_directories(folder):
    """What 'postfix check' would make, without its second of shell script."""
    postfix = pwd.getpwnam("postfix").pw_uid
    postdrop = grp.getgrnam("postdrop").gr_gid
    os.makedirs(f"{folder}/etc")
    os.makedirs(f"{folder}/queue/pid")
    os.makedirs(f"{folder}/data")
    os.chown(f"{folder}/data", postfix, 0)
    for name in QUEUE_OF_POSTFIX:
        os.mkdir(f"{folder}/queue/{name}", 0o700)
        os.chown(f"{folder}/queue/{name}", postfix, 0)
    for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
        os.mkdir(f"{folder}/queue/{name}")
        os.chown(f"{folder}/queue/{name}", postfix, postdrop)
        os.chmod(f"{folder}/queue/{name}", mode)


def _main(host, certificates, state, folder, log):
    settings = dict(MAIN)
    settings |= {
        "myhostname": host.name,
        "mydomain": host.name.split(".", 1)[-1],
        "inet_interfaces": ", ".join(host.addresses),
        "queue_directory": f"{folder}/queue",
        "data_directory": f"{folder}/data",
        "daemon_directory": DAEMONS,
        "command_directory": "/usr/sbin",
        "maillog_file": log,
        "maillog_file_prefixes": state,
        "virtual_mailbox_domains": ", ".join(host.mail_domains),
        "virtual_mailbox_maps": f"texthash:{folder}/etc/recipients",
        "smtpd_sasl_path": dovecot.auth_socket(host, state),
        "smtpd_tls_chain_files": _chain_files(host, host.postfix.certificate, certificates),
        "smtpd_tls_session_cache_database": "",
    }
    if host.openssl:
        settings["tls_config_file"] = write(f"{folder}/etc/openssl.cnf", host.openssl)
    settings |= host.postfix.main
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _chain_files(host, name, certificates):
    return ", ".join(certificates.pem_files(host.certificates[name]))


def _master(host, certificates):
    lines = []
    for port in host.postfix.ports:
        options = dict(PORTS[port])
        for name, value in host.postfix.port_settings.get(port, {}).items():
            if name == "certificate":
                name, value = "smtpd_tls_chain_files", _chain_files(host, value, certificates)
            options[name] = value
        text = "".join(f"\n    -o {{ {name} = {value} }}" for name, value in options.items())
        if port == 25 and host.postfix.postscreen:
            lines.append(f"25 inet n - n - 1 postscreen{text}")     # one for all addresses: it locks its cache
            continue
        for address in host.addresses:
            lines.append(f"[{address}]:{port} inet n - n - - smtpd{text}")
    lines.append(MASTER + (POSTSCREEN if host.postfix.postscreen else "") + host.postfix.master)
    return "\n".join(lines) + "\n"
