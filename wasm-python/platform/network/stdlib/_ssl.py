"""Stands in for the C module `_ssl`: TLS is spoken by the host (src/sandbox/net/tls.rs), with rustls.

A context keeps settings, checked as OpenSSL would, and is made known to the host with its first handshake; so libraries
can make contexts where there is no network, and there a handshake raises SSLError. What goes wrong has OpenSSL's names,
which libraries match on. The numbers are those of OpenSSL 3.0.
"""

import base64
import binascii
import os
import re
import time
import warnings

import _wasmlam_net as _net

_NO_TLS = "wasmlam: the sandbox has no network, so it has no TLS"

# urllib3 warns on each import unless this begins with "OpenSSL ".
OPENSSL_VERSION = "OpenSSL 3.0.0 for feature checks (wasmlam: TLS is rustls's, outside of the sandbox)"
OPENSSL_VERSION_INFO = _OPENSSL_API_VERSION = (3, 0, 0, 0, 0)
OPENSSL_VERSION_NUMBER = 0x30000000
_DEFAULT_CIPHERS = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"

# Operations of the host and what it answers with, as in src/sandbox/net/tls.rs.
_INFO, _CLOSE, _REASON = 0, 12, 18
(_CONTEXT, _SESSION, _HAND_SHAKE, _READ, _WRITE, _END, _FEED, _TAKE, _ABOUT, _CERTIFICATE, _WAITING, _ROOTS) = range(32, 44)
_WANT_READ, _WANT_WRITE, _FAILED, _BROKEN_OFF = -2001, -2002, -2003, -2004
_BAD_HANDLE, _REFUSED = -9, (-13, -24, -105)
_POLLIN, _POLLOUT = 1, 4
_MOST_READ = 1 << 18

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
_PEM_KEY = re.compile(rb"-----BEGIN ((?:RSA |EC |)PRIVATE KEY)-----(.*?)-----END \1-----", re.DOTALL)
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
    """Exists to be named; the host resumes sessions by itself."""

    def __new__(cls):
        raise TypeError("cannot create '_ssl.SSLSession' instances")


class Certificate:
    """One that the peer has sent."""

    def __new__(cls):
        raise TypeError("cannot create '_ssl.Certificate' instances")

    @classmethod
    def _of(cls, der):
        self = object.__new__(cls)
        self._der = der
        return self

    def public_bytes(self, format=ENCODING_PEM):
        if format == ENCODING_DER:
            return self._der
        text = base64.encodebytes(self._der).decode().replace("\n", "")
        lines = [text[at:at + 64] for at in range(0, len(text), 64)]
        return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])

    def get_info(self):
        return _described(self._der)


def _described(der):
    """A certificate as getpeercert() gives it."""
    import json

    found = _net.fetch(_CERTIFICATE, 0, 0, 0, der, 1 << 18)
    if type(found) is int:
        raise SSLError(SSL_ERROR_SSL, "[X509] the certificate cannot be read")
    found = json.loads(found)
    found.pop("isCA")
    for name in ("subject", "issuer"):
        found[name] = tuple(tuple(tuple(pair) for pair in group) for group in found[name])
    if "subjectAltName" in found:
        found["subjectAltName"] = tuple(tuple(pair) for pair in found["subjectAltName"])
    for name in ("OCSP", "caIssuers", "crlDistributionPoints"):
        if name in found:
            found[name] = tuple(found[name])
    return found


def _failure(status):
    """The exception for what the host answered."""
    if status == _BROKEN_OFF:
        error = SSLEOFError(SSL_ERROR_EOF, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:1029)")
        error.library, error.reason = "SSL", "UNEXPECTED_EOF_WHILE_READING"
        return error
    if status == _FAILED:
        reason, code, text = _net.fetch(_REASON, 0, 0, 0, b"", 1024).decode("utf-8", "replace").split("|", 2)
        if reason == "CERTIFICATE_VERIFY_FAILED":
            error = SSLCertVerificationError(
                SSL_ERROR_SSL, f"[SSL: {reason}] certificate verify failed: {text} (_ssl.c:1029)"
            )
            error.verify_code, error.verify_message = int(code), text
        else:
            error = SSLError(SSL_ERROR_SSL, f"[SSL: {reason}] {text} (_ssl.c:1029)")
        error.library, error.reason = "SSL", reason
        return error
    import _wasmlam_socket

    return _wasmlam_socket.error_of(status)


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
        self.__default_roots = False
        self.__chain, self.__key = [], None
        self.__alpn = []
        self.__handles = {}  # of the host, for clients and servers
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
        data, self.__alpn = bytes(protocols), []
        while data:
            self.__alpn.append(data[1:1 + data[0]].decode("latin-1"))
            data = data[1 + data[0]:]
        self.__changed()

    def set_default_verify_paths(self):
        self.__default_roots = True
        self.__changed()
        file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        try:
            if file or folder:
                self.load_verify_locations(file, folder)
        except OSError:
            pass  # as OpenSSL does

    def __changed(self):
        for handle, _ in self.__handles.values():
            _net.call(_CLOSE, handle)
        self.__handles.clear()

    def __del__(self):
        try:
            self.__changed()
        except AttributeError:
            pass

    def _handle(self, is_server):
        """The host's context with these settings. One that an image has is made again."""
        settings = (
            self.__verify_mode, self.__check_hostname, self.__options, self.__minimum, self.__maximum,
            self.__protocol, len(self.__authorities), len(self.__chain),
        )
        handle, made_with = self.__handles.get(is_server, (0, None))
        if handle and made_with == settings:
            return handle
        if handle:
            _net.call(_CLOSE, handle)
        import json

        def encoded(ders):
            return [base64.b64encode(der).decode() for der in ders]

        lowest, highest = max(self.__minimum, PROTO_TLSv1_2), self.__maximum
        if self.__maximum == PROTO_MAXIMUM_SUPPORTED:
            highest = PROTO_TLSv1_3
        if self.__protocol in (3, 4, 5):
            lowest = highest = {3: PROTO_TLSv1, 4: PROTO_TLSv1_1, 5: PROTO_TLSv1_2}[self.__protocol]
        if self.__options & OP_NO_TLSv1_3:
            highest = min(highest, PROTO_TLSv1_2)
        if self.__options & OP_NO_TLSv1_2:
            lowest = max(lowest, PROTO_TLSv1_3)
        text = json.dumps({
            "server": is_server, "cas": encoded(self.__authorities), "default_roots": self.__default_roots,
            "verify": self.__verify_mode, "check_hostname": self.__check_hostname, "alpn": self.__alpn, "min": lowest,
            "max": max(highest, 0), "chain": encoded(self.__chain), "key": self.__key and base64.b64encode(self.__key).decode(),
        })
        handle = _net.call(_CONTEXT, 0, 0, 0, text.encode())
        if handle < 0:
            raise _failure(handle)
        self.__handles[is_server] = (handle, settings)
        return handle

    def _session(self, is_server, socket, name):
        handle = self._handle(is_server)
        status = _net.call(_SESSION, handle, socket, 0, name)
        if status == _BAD_HANDLE:  # it was made before the image
            self.__handles.clear()
            status = _net.call(_SESSION, self._handle(is_server), socket, 0, name)
        if status < 0:
            raise _failure(status)
        return status

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        if cadata is not None:
            self.__add(_certificates(cadata))
        if cafile is not None:
            with open(cafile, "rb") as file:
                self.__add(_pem_certificates(file.read()))
        if capath is not None:
            capath = os.fspath(capath)
            for name in sorted(os.listdir(capath)) if os.path.isdir(capath) else ():
                try:
                    with open(os.path.join(capath, name), "rb") as file:
                        self.__add(_pem_certificates(file.read()))
                except OSError:
                    pass  # not a certificate, as OpenSSL would find when it looks for one by its hash

    def load_cert_chain(self, certfile, keyfile=None, password=None):
        texts = []
        for path in (certfile, keyfile if keyfile is not None else certfile):
            with open(path, "rb") as file:
                texts.append(file.read())
            if b"-----BEGIN " not in texts[-1]:
                raise SSLError(SSL_ERROR_SSL, "[SSL] PEM lib (_ssl.c:4149)")
        key = _PEM_KEY.search(texts[1])
        if key is None:
            if b"ENCRYPTED" in texts[1]:
                raise SSLError(SSL_ERROR_SSL, "[SSL] wasmlam: a private key with a password cannot be read in the sandbox")
            raise SSLError(SSL_ERROR_SSL, "[SSL] PEM lib (_ssl.c:4149)")
        if b"ENCRYPTED" in key[2]:
            raise SSLError(SSL_ERROR_SSL, "[SSL] wasmlam: a private key with a password cannot be read in the sandbox")
        self.__chain, self.__key = _pem_certificates(texts[0]), base64.b64decode(key[2])
        self.__changed()

    def __add(self, certificates):
        known = set(self.__authorities)
        self.__authorities += [each for each in dict.fromkeys(certificates) if each not in known]
        self.__changed()

    def get_ca_certs(self, binary_form=False):
        if binary_form:
            return list(self.__authorities)
        if _net.call(_INFO) != 1:
            raise NotImplementedError("wasmlam: without a network certificates are not read in the sandbox; use binary_form=True")
        return [_described(each) for each in self.__authorities]

    def cert_store_stats(self):
        count = len(self.__authorities) + (max(_net.call(_ROOTS), 0) if self.__default_roots else 0)
        return {"x509": count, "crl": 0, "x509_ca": count}

    def session_stats(self):
        return dict.fromkeys((
            "number", "connect", "connect_good", "connect_renegotiate", "accept", "accept_good", "accept_renegotiate",
            "hits", "misses", "timeouts", "cache_full",
        ), 0)

    def _wrap_socket(self, sock, server_side, server_hostname=None, *, owner=None, session=None):
        if _net.call(_INFO) != 1:
            raise SSLError(SSL_ERROR_SSL, _NO_TLS)
        end = sock._end
        if end is None or not end.handle:
            raise SSLError(SSL_ERROR_SSL, "wasmlam: TLS needs a socket that is connected")
        return _SSLSocket(self, bool(server_side), server_hostname, owner, sock, None, None)

    def _wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, *, owner=None, session=None):
        if _net.call(_INFO) != 1:
            raise SSLError(SSL_ERROR_SSL, _NO_TLS)
        return _SSLSocket(self, bool(server_side), server_hostname, owner, None, incoming, outgoing)


class _SSLSocket:
    """What Lib/ssl.py has as `_sslobj`."""

    def __init__(self, context, is_server, name, owner, sock, incoming, outgoing):
        self._handle = 0
        if name is not None:
            if not name or name.startswith("."):
                raise ValueError("server_hostname cannot be an empty string or start with a leading dot.")
            name = name.encode("idna").decode("ascii") if not name.isascii() else name
        self.context, self.server_side, self.server_hostname, self.owner = context, is_server, name, owner
        self._sock, self._incoming, self._outgoing = sock, incoming, outgoing
        self._is_done = False
        self.session, self.session_reused = None, False
        handle = sock._end.handle if sock is not None else 0
        self._handle = context._session(is_server, handle, (name or "").encode())

    def __del__(self):
        if self._handle:
            handle, self._handle = self._handle, 0
            _net.call(_CLOSE, handle)

    def _run(self, operation, now=time.monotonic):
        """Until it has an answer; waits for the socket meanwhile, within its time-out."""
        sock = self._sock
        if sock is None:
            return self._run_carried(operation)
        timeout = sock._timeout
        deadline = None
        while True:
            status = operation()
            if type(status) is not int or status >= 0:
                return status
            if status != _WANT_READ and status != _WANT_WRITE:
                raise _failure(status)
            events = _POLLIN if status == _WANT_READ else _POLLOUT
            if timeout == 0.0:
                raise (
                    SSLWantReadError(SSL_ERROR_WANT_READ, "The operation did not complete (read) (_ssl.c:1029)")
                    if events == _POLLIN
                    else SSLWantWriteError(SSL_ERROR_WANT_WRITE, "The operation did not complete (write) (_ssl.c:1029)")
                )
            if sock._end is None:
                raise OSError(9, "Bad file descriptor")
            handle = sock._end.handle
            if timeout is None:
                _net.wait([(handle, events)], None)
                continue
            deadline = now() + timeout if deadline is None else deadline
            left = deadline - now()
            if left <= 0:
                raise TimeoutError(f"The {'read' if events == _POLLIN else 'write'} operation timed out")
            _net.wait([(handle, events)], left)

    def _run_carried(self, operation):
        while True:
            status = operation()
            sent = self._take()
            if type(status) is not int or status >= 0:
                return status
            if status == _WANT_READ:
                if self._feed():
                    continue
                raise SSLWantReadError(SSL_ERROR_WANT_READ, "The operation did not complete (read) (_ssl.c:1029)")
            if status != _WANT_WRITE or not sent:
                raise _failure(status)

    def _take(self):
        sent = False
        while data := _net.fetch(_TAKE, self._handle, 0, 0, b"", _MOST_READ):
            if type(data) is int:
                break
            self._outgoing.write(data)
            sent = True
        return sent

    def _feed(self):
        """Whether there was anything from the peer, its end included."""
        incoming = self._incoming
        data = incoming._data
        if not data and not (incoming._ended and not getattr(self, "_was_ended", False)):
            return False
        taken = _net.call(_FEED, self._handle, 1 if incoming._ended else 0, 0, bytes(data[:_MOST_READ]))
        if taken < 0:
            raise _failure(taken)
        self._was_ended = incoming._ended and taken == len(data)
        del data[:taken]
        return True

    def do_handshake(self):
        self._run(lambda: _net.call(_HAND_SHAKE, self._handle))
        self._is_done = True

    def read(self, size=1024, buffer=None):
        if not self._is_done:
            self.do_handshake()
        if buffer is not None:
            view = memoryview(buffer).cast("B")
            if size and 0 < size < len(view):
                view = view[:size]
            if not view:
                return 0
            operation = lambda: _net.fetch_into(_READ, self._handle, 0, 0, view)  # noqa: E731
        else:
            if size < 0:
                raise ValueError("size should not be negative")
            if size == 0:
                return b""
            operation = lambda: _net.fetch(_READ, self._handle, 0, 0, b"", min(size, _MOST_READ))  # noqa: E731
        found = self._run(operation)
        if not found and self._sock is None:
            error = SSLZeroReturnError(SSL_ERROR_ZERO_RETURN, "TLS/SSL connection has been closed (EOF) (_ssl.c:1029)")
            raise error
        return found

    def write(self, data):
        if not self._is_done:
            self.do_handshake()
        view = memoryview(data).cast("B") if memoryview(data).nbytes else b""
        return self._run(lambda: _net.call(_WRITE, self._handle, 0, 0, view))

    def pending(self):
        return max(0, _net.call(_WAITING, self._handle))

    def shutdown(self):
        try:
            self._run(lambda: _net.call(_END, self._handle))
            while self._run(lambda: _net.fetch(_READ, self._handle, 0, 0, b"", 16384)):
                pass
        except (BrokenPipeError, ConnectionResetError) as error:
            raise SSLSyscallError(SSL_ERROR_SYSCALL, str(error)) from None
        return self._sock

    def _about(self, what, which=0):
        found = _net.fetch(_ABOUT, self._handle, what, which, b"", 1 << 17)
        return found if type(found) is bytes else b""

    def version(self):
        return self._about(0).decode() or None

    def cipher(self):
        name = self._about(1).decode()
        bits = 256 if "256_GCM" in name or "AES256" in name or "CHACHA20" in name else 128
        return (name, self.version(), bits) if name else None

    def shared_ciphers(self):
        return None

    def compression(self):
        return None

    def selected_alpn_protocol(self):
        return self._about(2).decode("latin-1") or None

    def selected_npn_protocol(self):
        return None

    def getpeercert(self, binary_mode=False):
        if not self._is_done:
            raise ValueError("handshake not done yet")
        der = self._about(3)
        if not der:
            return None
        if binary_mode:
            return der
        return _described(der) if self.context.verify_mode != CERT_NONE else {}

    def get_unverified_chain(self):
        chain = []
        while der := self._about(3, len(chain)):
            chain.append(Certificate._of(der))
        return chain or None

    def get_verified_chain(self):
        return self.get_unverified_chain()

    def get_channel_binding(self, cb_type="tls-unique"):
        if cb_type != "tls-unique":
            raise ValueError(f"'{cb_type}' channel binding type not implemented")
        return None

    def verify_client_post_handshake(self):
        raise SSLError(SSL_ERROR_SSL, "wasmlam: post-handshake authentication is not known here")


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
