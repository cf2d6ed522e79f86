"""One nginx for all web sites: MTA-STS policies, autoconfig files."""
import os

from . import revocation
from .processes import Server, program, write

CONFIGURATION = """user root;
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {log};
events {{
    worker_connections 1024;
}}
http {{
    access_log {folder_logs}/nginx-access.log;
    server_tokens off;
    types {{
        text/plain txt;
        text/xml xml;
        text/html html;
    }}
    default_type application/octet-stream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    ssl_protocols TLSv1.2 TLSv1.3;
{sites}
}}
"""

NO_SUCH_SITE = """    server {{
{listen}
        server_name _;
        ssl_reject_handshake on;
    }}
    server {{
{listen_plain}
        server_name _;
        return 404;
    }}
"""

SITE = """    server {{
{listen}
        server_name {name};
        root {root};
{certificates}
{extra}
    }}
"""


def prepare(world, certificates, state):
    hosts = world.with_role("web")
    if not hosts:
        return []
    folder = f"{state}/nginx"
    log = f"{state}/logs/nginx.log"
    sites = ""
    for host in hosts:
        sites += NO_SUCH_SITE.format(listen=_listen(host, 443, " ssl default_server"),
                                     listen_plain=_listen(host, 80, " default_server"))
    for site in world.sites():
        root = f"{folder}/sites/{site.name}"
        os.makedirs(root)
        for path, text in site.files.items():
            write(f"{root}/{path.lstrip('/')}", text)
        lines = []
        for key_type in [] if site.plain else site.certificate.keys:
            base = certificates.base(site.certificate, key_type)
            lines += [f"        ssl_certificate {base}.chain;", f"        ssl_certificate_key {base}.key;"]
            if site.staple:
                lines += ["        ssl_stapling on;", "        ssl_stapling_file "
                          f"{revocation.staple(site.staple, f'{base}.crt', certificates, state)};"]
        listen = _listen(world.hosts[site.host], *((80, "") if site.plain else (443, " ssl")))
        sites += SITE.format(listen=listen, name=site.name, root=root,
                             certificates="\n".join(lines), extra=site.extra)
    configuration = write(f"{folder}/nginx.conf", CONFIGURATION.format(
        folder=folder, log=log, folder_logs=f"{state}/logs", sites=sites))
    return [Server("nginx", [program("nginx", "nginx-light"), "-e", log, "-p", folder, "-c", configuration],
                   [f"{state}/logs/nginx.out", log],
                   [(address, port) for host in hosts for address in host.addresses for port in (443, 80)])]


def _listen(host, port, flags):
    return "\n".join(f"        listen {f'[{address}]' if ':' in address else address}:{port}{flags};"
                     for address in host.addresses)
