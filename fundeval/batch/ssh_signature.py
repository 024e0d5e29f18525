"""Read which key made a signature of OpenSSH, of a file that is exactly what `ssh-keygen` writes.

Whether the signature holds, `ssh-keygen -Y verify` says. It takes a file with more in it than a
signature, and a key may stand in it bare or in a certificate: here one key is one key.
"""

from __future__ import annotations

import base64
from binascii import Error as NotBase64
from textwrap import wrap

BEGIN, END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
MAGIC, VERSION, NAMESPACE = b"SSHSIG", (1).to_bytes(4, "big"), b"fundeval"
WIDTH = 70
# Of a public key, how many fields make it; the first of a certificate is a nonce.
FIELDS = {
    b"ssh-ed25519": 1,
    b"ssh-rsa": 2,
    b"ssh-dss": 4,
    b"ecdsa-sha2-nistp256": 2,
    b"ecdsa-sha2-nistp384": 2,
    b"ecdsa-sha2-nistp521": 2,
    b"sk-ssh-ed25519@openssh.com": 2,
    b"sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
CERTIFICATE = b"-cert-v01@openssh.com"
# Their fields are numbers, which may be written with noughts before them.
OF_NUMBERS = (b"ssh-rsa", b"ssh-dss")
PublicKey = tuple[bytes, ...]


def public_key(signature: bytes) -> PublicKey | None:
    """Return the key that a signature names, whether bare or in a certificate.

    None if the file is anything else than what `ssh-keygen -Y sign -n fundeval` writes.

    Examples
    --------
    >>> public_key(b"none") is None
    True
    """
    armoured = signature.replace(b"\r\n", b"\n")
    try:
        content = base64.b64decode(b"".join(armoured.split(b"\n")[1:-2]), validate=True)
    except (NotBase64, ValueError):
        return None
    if _armour(content) != armoured or not content.startswith(MAGIC + VERSION):
        return None
    parts = _strings(content[len(MAGIC + VERSION) :])
    if parts is None or len(parts) != 5 or parts[1] != NAMESPACE:
        return None
    return _bare(parts[0])


def is_armoured(signature: bytes) -> bool:
    """Tell whether a file has a signature of OpenSSH somewhere."""
    return BEGIN in signature


def _armour(content: bytes) -> bytes:
    lines = wrap(base64.b64encode(content).decode(), WIDTH)
    return b"\n".join([BEGIN, *(line.encode() for line in lines), END, b""])


def _bare(blob: bytes) -> PublicKey | None:
    """Return kind and fields of a public key without what a certificate says besides."""
    parts = _strings(blob, strict=False) or [b""]
    kind, certified = parts[0].removesuffix(CERTIFICATE), parts[0].endswith(CERTIFICATE)
    if certified and kind.startswith(b"sk-"):
        kind += b"@openssh.com"
    fields = parts[1 + certified : 1 + certified + FIELDS.get(kind, 0)]
    if kind not in FIELDS or len(fields) != FIELDS[kind]:
        return None
    if kind in OF_NUMBERS:
        fields = [field.lstrip(b"\0") for field in fields]
    return kind, *fields


def _strings(content: bytes, *, strict: bool = True) -> list[bytes] | None:
    """Return the texts of SSH in a row of bytes, each after its length; None if more is there."""
    found, start = [], 0
    while start + 4 <= len(content):
        end = start + 4 + int.from_bytes(content[start : start + 4], "big")
        if end > len(content):
            break
        found.append(content[start + 4 : end])
        start = end
    return None if strict and start != len(content) else found
