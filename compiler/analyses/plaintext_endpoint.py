"""S502 plaintext-endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from interlock.dsl import syntax as s
from interlock.dsl.finding import Finding, Kind
from interlock.dsl.load import Program

DOC = """\
An upstream's endpoint is an `http://` URL of another machine. `localhost`, names below it, `127.0.0.0/8` and `[::1]`
are this machine, and fine.

## Why it hurts
Prompts, code and the provider's key go over the network for everybody on the way to read and to change.

## Example
```route
upstream gateway { provider anthropic; region us_east; endpoint "http://egress.internal:8080" }
```

## What to write instead
```route
upstream gateway { provider anthropic; region us_east; endpoint "https://egress.internal:8443" }
```
"""

KIND = Kind("S502", "plaintext-endpoint", "warning", DOC)


def check_text(program: Program) -> Iterator[Finding]:
    """One finding for each such endpoint, a family's included."""
    enums = {d.name.text: d for module in program.modules for d in module.declarations if isinstance(d, s.Enum)}
    for module in program.modules:
        for declaration in module.declarations:
            if isinstance(declaration, s.Upstream):
                values: tuple[s.Name, ...] = ()
                if declaration.family is not None and declaration.family.enum.text in enums:
                    values = enums[declaration.family.enum.text].values
                for member in declaration.members:
                    if isinstance(member, s.Endpoint) and not member.env:
                        yield from _endpoint(declaration, member, values)


def _endpoint(upstream: s.Upstream, endpoint: s.Endpoint, values: tuple[s.Name, ...]) -> Iterator[Finding]:
    url = endpoint.value.text
    if not url.lower().startswith("http://"):
        return
    variable = "" if upstream.family is None else "{" + upstream.family.variable.text + "}"
    hosts = [_host(url.replace(variable, value.text) if variable else url) for value in values] or [_host(url)]
    if all(map(_is_here, hosts)):
        return
    yield Finding(
        KIND,
        f"requests to `{upstream.name.text}` cross the network in plain text: `{_host(url)}` is not this machine",
        endpoint.value.span,
        "write `https://…`, or put a proxy that encrypts on `localhost`",
    )


def _host(url: str) -> str:
    """The host of an ``http`` URL, as written."""
    authority = re.split(r"[/?#\\]", url[len("http://") :], maxsplit=1)[0].rpartition("@")[2]
    return authority.partition("]")[0] + "]" if authority.startswith("[") else authority.partition(":")[0]


def _is_here(host: str) -> bool:
    """Whether a host is the machine itself."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        address: IPv4Address | IPv6Address = ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback
