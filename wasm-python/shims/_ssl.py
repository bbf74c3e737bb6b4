"""Stands in for the C module `_ssl`, so that the standard `ssl` module works up to the point of speaking TLS.

The sandbox has no network, so there is nobody to speak TLS with; but libraries make contexts when they are imported or
when a client is created. Settings are kept and checked as OpenSSL would; a handshake raises SSLError. The numbers are
those of OpenSSL 3.0.
"""

import base64
import binascii
import os
import re
import warnings

_NO_TLS = "wasmlam: the sandbox has no network, so it has no TLS"

# urllib3 warns on each import unless this begins with "OpenSSL ".
OPENSSL_VERSION = "OpenSSL 3.0.0 for feature checks (wasmlam: no TLS in the sandbox)"
OPENSSL_VERSION_INFO = _OPENSSL_API_VERSION = (3, 0, 0, 0, 0)
OPENSSL_VERSION_NUMBER = 0x30000000
_DEFAULT_CIPHERS = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"

# What a client that asks would find in the usual build; without them libraries refuse to be imported.
HAS_SNI = HAS_ECDH = HAS_ALPN = HAS_TLS_UNIQUE = True
HAS_TLSv1 = HAS_TLSv1_1 = HAS_TLSv1_2 = HAS_TLSv1_3 = True
HAS_NPN = HAS_SSLv2 = HAS_SSLv3 = HAS_PSK = False

CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED = range(3)
ENCODING_PEM, ENCODING_DER = 1, 2

PROTOCOL_SSLv23 = PROTOCOL_TLS = 2
PROTOCOL_TLSv1 = 3
PROTOCOL_TLSv1_1 = 4
PROTOCOL_TLSv1_2 = 5
PROTOCOL_TLS_CLIENT = 16
PROTOCOL_TLS_SERVER = 17

PROTO_MINIMUM_SUPPORTED = -2
PROTO_MAXIMUM_SUPPORTED = -1
PROTO_SSLv3 = 0x300
PROTO_TLSv1 = 0x301
PROTO_TLSv1_1 = 0x302
PROTO_TLSv1_2 = 0x303
PROTO_TLSv1_3 = 0x304

OP_ALL = 0x80000050
OP_NO_SSLv2 = OP_SINGLE_DH_USE = OP_SINGLE_ECDH_USE = 0
OP_LEGACY_SERVER_CONNECT = 0x4
OP_ENABLE_KTLS = 0x8
OP_IGNORE_UNEXPECTED_EOF = 0x80
OP_NO_TICKET = 0x4000
OP_NO_COMPRESSION = 0x20000
OP_ENABLE_MIDDLEBOX_COMPAT = 0x100000
OP_CIPHER_SERVER_PREFERENCE = 0x400000
OP_NO_SSLv3 = 0x2000000
OP_NO_TLSv1 = 0x4000000
OP_NO_TLSv1_2 = 0x8000000
OP_NO_TLSv1_1 = 0x10000000
OP_NO_TLSv1_3 = 0x20000000
OP_NO_RENEGOTIATION = 0x40000000
_DEFAULT_OPTIONS = OP_ALL | OP_NO_SSLv3 | OP_CIPHER_SERVER_PREFERENCE | OP_ENABLE_MIDDLEBOX_COMPAT | OP_NO_COMPRESSION

VERIFY_DEFAULT = 0
VERIFY_CRL_CHECK_LEAF = 0x4
VERIFY_CRL_CHECK_CHAIN = 0xC
VERIFY_X509_STRICT = 0x20
VERIFY_ALLOW_PROXY_CERTS = 0x40
VERIFY_X509_TRUSTED_FIRST = 0x8000
VERIFY_X509_PARTIAL_CHAIN = 0x80000

HOSTFLAG_ALWAYS_CHECK_SUBJECT = 0x1
HOSTFLAG_NO_WILDCARDS = 0x2
HOSTFLAG_NO_PARTIAL_WILDCARDS = 0x4
HOSTFLAG_MULTI_LABEL_WILDCARDS = 0x8
HOSTFLAG_SINGLE_LABEL_SUBDOMAINS = 0x10
HOSTFLAG_NEVER_CHECK_SUBJECT = 0x20

SSL_ERROR_SSL = 1
SSL_ERROR_WANT_READ = 2
SSL_ERROR_WANT_WRITE = 3
SSL_ERROR_WANT_X509_LOOKUP = 4
SSL_ERROR_SYSCALL = 5
SSL_ERROR_ZERO_RETURN = 6
SSL_ERROR_WANT_CONNECT = 7
SSL_ERROR_EOF = 8
SSL_ERROR_INVALID_ERROR_CODE = 10

# Alerts of the TLS standard by number.
_ALERTS = {
    0: "CLOSE_NOTIFY", 10: "UNEXPECTED_MESSAGE", 20: "BAD_RECORD_MAC", 22: "RECORD_OVERFLOW",
    30: "DECOMPRESSION_FAILURE", 40: "HANDSHAKE_FAILURE", 42: "BAD_CERTIFICATE", 43: "UNSUPPORTED_CERTIFICATE",
    44: "CERTIFICATE_REVOKED", 45: "CERTIFICATE_EXPIRED", 46: "CERTIFICATE_UNKNOWN", 47: "ILLEGAL_PARAMETER",
    48: "UNKNOWN_CA", 49: "ACCESS_DENIED", 50: "DECODE_ERROR", 51: "DECRYPT_ERROR", 70: "PROTOCOL_VERSION",
    71: "INSUFFICIENT_SECURITY", 80: "INTERNAL_ERROR", 90: "USER_CANCELLED", 100: "NO_RENEGOTIATION",
    110: "UNSUPPORTED_EXTENSION", 111: "CERTIFICATE_UNOBTAINABLE", 112: "UNRECOGNIZED_NAME",
    113: "BAD_CERTIFICATE_STATUS_RESPONSE", 114: "BAD_CERTIFICATE_HASH_VALUE", 115: "UNKNOWN_PSK_IDENTITY",
}
globals().update((f"ALERT_DESCRIPTION_{name}", number) for number, name in _ALERTS.items())

# Object identifiers that Lib/ssl.py and its callers ask for.
_OBJECTS = (
    (129, "serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"),
    (130, "clientAuth", "TLS Web Client Authentication", "1.3.6.1.5.5.7.3.2"),
)
_PEM_CERTIFICATE = re.compile(b"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


class SSLError(OSError):
    """An error occurred in the SSL implementation."""

    __module__ = "ssl"
    library = reason = None

    def __str__(self):
        return self.strerror if isinstance(self.strerror, str) else str(self.args if len(self.args) != 1 else self.args[0])


class SSLZeroReturnError(SSLError):
    __module__ = "ssl"


class SSLWantReadError(SSLError):
    __module__ = "ssl"


class SSLWantWriteError(SSLError):
    __module__ = "ssl"


class SSLSyscallError(SSLError):
    __module__ = "ssl"


class SSLEOFError(SSLError):
    __module__ = "ssl"


class SSLCertVerificationError(SSLError, ValueError):
    __module__ = "ssl"
    verify_code = 0
    verify_message = ""


class SSLSession:
    """Exists to be named; only a handshake makes one."""

    def __new__(cls):
        raise TypeError("cannot create '_ssl.SSLSession' instances")


class Certificate:
    """Exists to be named; only a handshake makes one."""

    def __new__(cls):
        raise TypeError("cannot create '_ssl.Certificate' instances")


class MemoryBIO:
    """Bytes in, bytes out."""

    def __init__(self):
        self._data = bytearray()
        self._ended = False

    def read(self, size=-1):
        end = len(self._data) if size < 0 else min(size, len(self._data))
        data = bytes(self._data[:end])
        del self._data[:end]
        return data

    def write(self, data):
        if self._ended:
            raise SSLError("cannot write() after write_eof()")
        view = memoryview(data)
        self._data += view.cast("B") if view.nbytes else b""
        return view.nbytes

    def write_eof(self):
        self._ended = True

    @property
    def pending(self):
        return len(self._data)

    @property
    def eof(self):
        return self._ended and not self._data


class _SSLContext:
    """The settings of a context. Names that Lib/ssl.py overrides are properties, for it calls their __set__."""

    def __new__(cls, protocol, /):
        deprecated = {2: "TLS", 3: "TLSv1", 4: "TLSv1_1", 5: "TLSv1_2"}
        if protocol in deprecated:
            warnings.warn(f"ssl.PROTOCOL_{deprecated[protocol]} is deprecated", DeprecationWarning, stacklevel=3)
        elif protocol not in (PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER):
            raise ValueError(f"invalid or unsupported protocol version {protocol}")
        self = super().__new__(cls)
        client = protocol == PROTOCOL_TLS_CLIENT
        self.__protocol = int(protocol)
        self.__options = _DEFAULT_OPTIONS
        self.__verify_flags = VERIFY_X509_TRUSTED_FIRST
        self.__verify_mode = CERT_REQUIRED if client else CERT_NONE
        self.__check_hostname = client
        # A context of one fixed version has no lower bound of its own.
        self.__minimum = PROTO_MINIMUM_SUPPORTED if protocol in (3, 4, 5) else PROTO_TLSv1_2
        self.__maximum = PROTO_MAXIMUM_SUPPORTED
        self.__callback = None
        self.__authorities = []
        self._host_flags = HOSTFLAG_NO_PARTIAL_WILDCARDS
        self.post_handshake_auth = False
        self.num_tickets = 2
        self.sni_callback = None
        self.keylog_filename = None
        return self

    protocol = property(lambda self: self.__protocol)
    security_level = property(lambda self: 2)

    @property
    def options(self):
        return self.__options

    @options.setter
    def options(self, value):
        if value < 0:
            raise OverflowError("can't convert negative value to unsigned int")
        self.__options = int(value)

    @property
    def verify_flags(self):
        return self.__verify_flags

    @verify_flags.setter
    def verify_flags(self, value):
        self.__verify_flags = int(value)

    @property
    def verify_mode(self):
        return self.__verify_mode

    @verify_mode.setter
    def verify_mode(self, value):
        if value not in (CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED):
            raise ValueError("invalid value for verify_mode")
        if value == CERT_NONE and self.__check_hostname:
            raise ValueError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
        self.__verify_mode = int(value)

    @property
    def check_hostname(self):
        return self.__check_hostname

    @check_hostname.setter
    def check_hostname(self, value):
        self.__check_hostname = bool(value)
        if value and self.__verify_mode == CERT_NONE:
            self.__verify_mode = CERT_REQUIRED

    @property
    def minimum_version(self):
        return self.__minimum

    @minimum_version.setter
    def minimum_version(self, value):
        self.__minimum = _checked_version(value, PROTO_MAXIMUM_SUPPORTED)

    @property
    def maximum_version(self):
        return self.__maximum

    @maximum_version.setter
    def maximum_version(self, value):
        self.__maximum = _checked_version(value, PROTO_MINIMUM_SUPPORTED)

    @property
    def _msg_callback(self):
        return self.__callback

    @_msg_callback.setter
    def _msg_callback(self, value):
        self.__callback = value

    def set_ciphers(self, ciphers):
        # Real OpenSSL knows names we do not; what it could never take is refused.
        if not re.search(r"[A-Z]", ciphers):
            raise SSLError("No cipher can be selected.")

    def get_ciphers(self):
        return []

    def set_ecdh_curve(self, name):
        pass

    def load_dh_params(self, path):
        os.stat(path)

    def _set_alpn_protocols(self, protocols):
        pass

    def set_default_verify_paths(self):
        pass

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        if cadata is not None:
            self.__add(_certificates(cadata))
        if cafile is not None:
            with open(cafile, "rb") as file:
                self.__add(_pem_certificates(file.read()))
        if capath is not None:
            os.fspath(capath)

    def load_cert_chain(self, certfile, keyfile=None, password=None):
        for path in (certfile, keyfile):
            if path is not None:
                with open(path, "rb") as file:
                    if b"-----BEGIN " not in file.read():
                        raise SSLError(SSL_ERROR_SSL, "[SSL] PEM lib")

    def __add(self, certificates):
        self.__authorities += [each for each in certificates if each not in self.__authorities]

    def get_ca_certs(self, binary_form=False):
        if binary_form:
            return list(self.__authorities)
        raise NotImplementedError("wasmlam: certificates are not read in the sandbox; use binary_form=True")

    def cert_store_stats(self):
        return {"x509": len(self.__authorities), "crl": 0, "x509_ca": len(self.__authorities)}

    def session_stats(self):
        return dict.fromkeys((
            "number", "connect", "connect_good", "connect_renegotiate", "accept", "accept_good", "accept_renegotiate",
            "hits", "misses", "timeouts", "cache_full",
        ), 0)

    def _wrap_socket(self, sock, server_side, server_hostname=None, *, owner=None, session=None):
        raise SSLError(SSL_ERROR_SSL, _NO_TLS)

    def _wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, *, owner=None, session=None):
        raise SSLError(SSL_ERROR_SSL, _NO_TLS)


def _checked_version(value, other_end):
    if value == other_end:  # "no bound" of the other kind names the nearest version
        return PROTO_TLSv1_3 if value == PROTO_MAXIMUM_SUPPORTED else PROTO_TLSv1
    if value not in (-2, -1, PROTO_SSLv3, PROTO_TLSv1, PROTO_TLSv1_1, PROTO_TLSv1_2, PROTO_TLSv1_3):
        raise ValueError(f"Unsupported TLS/SSL version {value:#x}")
    return int(value)


def _certificates(data):
    """DER forms of `cadata`: PEM as str, DER as bytes."""
    if isinstance(data, str):
        if not data.isascii():
            raise TypeError("cadata should be an ASCII string or a bytes-like object")
        return _pem_certificates(data.encode())
    data = bytes(data)
    if not data:
        raise ValueError("Empty certificate data")
    if data[0] != 0x30:  # an ASN.1 sequence
        raise SSLError(SSL_ERROR_SSL, "not enough data: cadata does not contain a certificate")
    return [data]


def _pem_certificates(text):
    blocks = _PEM_CERTIFICATE.findall(text)
    if not blocks:
        raise SSLError(SSL_ERROR_SSL, "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found")
    try:
        return [base64.b64decode(block) for block in blocks]
    except binascii.Error as error:
        raise SSLError(SSL_ERROR_SSL, f"[PEM: BAD_BASE64_DECODE] {error}") from None


def txt2obj(txt, name=False):
    for entry in _OBJECTS:
        if txt == entry[3] or name and txt in entry[1:3]:
            return entry
    raise ValueError(f"unknown object '{txt}'")


def nid2obj(nid, /):
    for entry in _OBJECTS:
        if nid == entry[0]:
            return entry
    raise ValueError(f"unknown NID {nid}")


def get_default_verify_paths():
    """Where certificates would be on Amazon Linux: variable and path of the file, then of the folder."""
    return "SSL_CERT_FILE", "/etc/pki/tls/cert.pem", "SSL_CERT_DIR", "/etc/pki/tls/certs"


def RAND_bytes(n, /):
    return os.urandom(n)


def RAND_add(string, entropy, /):
    """The system's source needs no seed."""


def RAND_status():
    return True
