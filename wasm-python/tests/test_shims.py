"""Modules that stand in for what WebAssembly lacks. Those with a namesake in this Python run in a process of their own,
with the folder of shims first on sys.path."""

import hashlib
import sys
import textwrap
import unittest

from support import SHIMS, run_apart

NEEDS_BUFFER = "a class in Python can offer a buffer from 3.12 on (PEP 688); the guest has 3.13"


class Apart(unittest.TestCase):
    def run_ok(self, script):
        status, out, err = run_apart(textwrap.dedent(script), shims=True)
        self.assertEqual((status, err), (0, ""), out + err)
        return out


@unittest.skipIf(sys.version_info < (3, 12), "Lib/ssl.py of 3.11 wants RAND_pseudo_bytes, which the guest's has no more")
class Ssl(Apart):
    def test_the_standard_module_runs_on_it(self):
        self.run_ok("""
            import ssl, warnings
            warnings.simplefilter("error")
            assert "wasmlam" in ssl.OPENSSL_VERSION and ssl.OPENSSL_VERSION.startswith("OpenSSL ")
            assert ssl.OPENSSL_VERSION_INFO >= (1, 1, 1) and ssl.HAS_SNI and ssl.HAS_TLSv1_3 and ssl.HAS_ALPN
            c = ssl.create_default_context()
            assert (c.verify_mode, c.check_hostname) == (ssl.CERT_REQUIRED, True)
            assert c.minimum_version == ssl.TLSVersion.TLSv1_2 and c.maximum_version == ssl.TLSVersion.MAXIMUM_SUPPORTED
            c.minimum_version = ssl.TLSVersion.TLSv1_3
            assert c.minimum_version is ssl.TLSVersion.TLSv1_3
            c.options |= ssl.OP_NO_TICKET
            assert c.options & ssl.OP_NO_TICKET and c.options & ssl.OP_NO_SSLv3
            c.set_ciphers("ECDHE+AESGCM"); c.set_alpn_protocols(["h2"]); c.load_default_certs()
            c.hostname_checks_common_name = False
            assert c.protocol is ssl.PROTOCOL_TLS_CLIENT
            for change in (("verify_mode", 0), ("verify_mode", 7), ("minimum_version", 7)):
                try: setattr(c, *change)
                except ValueError: pass
                else: raise AssertionError(change)
            c.check_hostname = False
            c.verify_mode = ssl.CERT_NONE
            c.check_hostname = True
            assert c.verify_mode is ssl.CERT_REQUIRED
            server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            assert (server.verify_mode, server.check_hostname) == (ssl.CERT_NONE, False)
            try: ssl.SSLContext(99)
            except ValueError: pass
            else: raise AssertionError
            assert ssl.Purpose.SERVER_AUTH.shortname == "serverAuth" and len(ssl.RAND_bytes(5)) == 5
        """)

    def test_certificates(self):
        self.run_ok("""
            import base64, ssl, tempfile
            der = bytes([0x30, 3, 1, 2, 3])
            pem = ssl.DER_cert_to_PEM_cert(der)
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            c.load_verify_locations(cadata=pem)
            c.load_verify_locations(cadata=pem + pem)
            assert c.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
            assert c.get_ca_certs(binary_form=True) == [der]
            with tempfile.NamedTemporaryFile("w") as file:
                file.write(ssl.DER_cert_to_PEM_cert(b"0" + der)); file.flush()
                c.load_verify_locations(cafile=file.name)
                c.load_cert_chain(file.name)
            assert c.cert_store_stats()["x509"] == 2
            for kind, arguments in ((TypeError, {}), (ssl.SSLError, {"cadata": "x"}), (ValueError, {"cadata": b""}),
                                    (FileNotFoundError, {"cafile": "/nothing"})):
                try: c.load_verify_locations(**arguments)
                except kind: pass
                else: raise AssertionError(arguments)
        """)

    def test_a_handshake_says_why_not(self):
        out = self.run_ok("""
            import ssl
            try: ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x")
            except ssl.SSLError as error: print(error)
        """)
        self.assertEqual(out, "wasmlam: the sandbox has no network, so it has no TLS\n")

    def test_memory_bio(self):
        self.run_ok("""
            import ssl
            b = ssl.MemoryBIO()
            assert b.write(b"abc") == 3 and b.pending == 3 and not b.eof
            assert b.read(2) == b"ab" and b.read() == b"c" and b.read() == b""
            b.write(memoryview(b"xy")); b.write_eof()
            assert not b.eof and b.read() == b"xy" and b.eof
            try: b.write(b"z")
            except ssl.SSLError: pass
            else: raise AssertionError
        """)


NETWORK = """
import sys, _wasmlam_select, _wasmlam_socket
sys.modules["_socket"], sys.modules["select"] = _wasmlam_socket, _wasmlam_select
import socket, errno, selectors
def fails(function, *arguments):
    try: function(*arguments)
    except OSError as error: return error
    raise AssertionError("no error")
"""


class Sockets(Apart):
    def test_reaching_anything_says_that_there_is_no_network(self):
        self.run_ok(NETWORK + textwrap.dedent("""
            e = fails(socket.socket().connect, ("example.com", 443))
            assert e.errno == errno.ENETUNREACH, e
            assert str(e) == f"[Errno {errno.ENETUNREACH}] wasmlam: the sandbox has no network (connect to example.com:443)", e
            e = fails(socket.create_connection, ("2001:db8::1", 80))
            assert "(connect to [2001:db8::1]:80)" in str(e)
            e = fails(socket.getaddrinfo, "example.com", 443)
            assert isinstance(e, socket.gaierror) and "the sandbox has no network (look up example.com)" in str(e), e
            assert isinstance(fails(socket.gethostbyname, "example.com"), socket.gaierror)
            assert "(bind to 127.0.0.1:80)" in str(fails(socket.socket().bind, ("127.0.0.1", 80)))
            udp = socket.socket(type=socket.SOCK_DGRAM)
            assert "(send to 1.2.3.4:5)" in str(fails(udp.sendto, b"x", ("1.2.3.4", 5)))
            assert udp.connect_ex(("1.2.3.4", 5)) == errno.ENETUNREACH
            assert fails(socket.socket().recv, 1).errno == fails(socket.socket().send, b"x").errno == errno.ENOTCONN
        """))

    def test_a_socket_can_be_set_up_and_closed(self):
        self.run_ok(NETWORK + textwrap.dedent("""
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
                assert (s.family, s.type) == (socket.AF_INET6, socket.SOCK_DGRAM)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                assert s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
                assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
                assert s.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == socket.AF_INET6
            with socket.socket(socket.AF_UNIX) as s:
                assert "the sandbox has no network (connect to /run/x)" in str(fails(s.connect, "/run/x"))
                assert isinstance(fails(s.bind, "/run/x"), PermissionError) and s.getsockname() == ""
                s.settimeout(2); assert s.gettimeout() == s.timeout == 2.0
                s.setblocking(False); assert s.gettimeout() == 0.0 and not s.getblocking()
                assert s.fileno() > 1000 and "fd=" in repr(s)
            assert s.fileno() == -1 and fails(s.connect, ("x", 1)).errno == errno.EBADF
            socket.setdefaulttimeout(3); assert socket.socket().gettimeout() == 3.0
            try: s.settimeout(-1)
            except ValueError: pass
            else: raise AssertionError
        """))

    def test_numeric_addresses_need_no_network(self):
        self.run_ok(NETWORK + textwrap.dedent("""
            [one] = socket.getaddrinfo("1.2.3.4", "https", type=socket.SOCK_STREAM)
            assert one == (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("1.2.3.4", 443)), one
            [six] = socket.getaddrinfo("::1", 80, socket.AF_INET6, socket.SOCK_STREAM)
            assert six[4] == ("::1", 80, 0, 0)
            assert socket.gethostbyname("localhost") == "127.0.0.1" and socket.getfqdn() == socket.gethostname()
            assert socket.inet_ntoa(socket.inet_aton("1.2.3.4")) == "1.2.3.4" and socket.getservbyname("https") == 443
            assert isinstance(fails(socket.getaddrinfo, "1.2.3.4", 80, socket.AF_INET6), socket.gaierror)
            for text, packed in ("::1", bytes(15) + b"\\1"), ("2001:db8::ff", b" \\1\\r\\xb8" + bytes(11) + b"\\xff"):
                assert socket.inet_pton(socket.AF_INET6, text) == packed and socket.inet_ntop(socket.AF_INET6, packed) == text
            assert socket.inet_pton(socket.AF_INET, "1.2.3.4") == b"\\1\\2\\3\\4"
            assert socket.inet_ntop(socket.AF_INET, bytes(4)) == "0.0.0.0"
            for wrong in ("1.2.3.4", "::1%lo", ":::"): assert "illegal" in str(fails(socket.inet_pton, socket.AF_INET6, wrong))
            try: socket.inet_ntop(socket.AF_INET6, bytes(15))
            except ValueError: pass
            else: raise AssertionError
        """))

    def test_a_pair(self):
        self.run_ok(NETWORK + textwrap.dedent("""
            a, b = socket.socketpair()
            a.sendall(b"hello\\n"); assert b.recv(3) == b"hel" and b.recv(9, socket.MSG_PEEK) == b"lo\\n" and b.recv(9) == b"lo\\n"
            b.send(b"x\\ny\\n"); assert a.makefile().readline() == "x\\n"
            buffer = bytearray(4); a.sendall(b"1234"); assert b.recv_into(buffer) == 4 and buffer == b"1234"
            b.setblocking(False); assert isinstance(fails(b.recv, 1), BlockingIOError)
            b.settimeout(0.01); assert isinstance(fails(b.recv, 1), TimeoutError)
            b.settimeout(None)
            import threading
            threading.Timer(0.01, a.send, [b"late"]).start(); assert b.recv(9) == b"late"
            a.shutdown(socket.SHUT_WR); assert b.recv(1) == b""
            a.close(); assert b.recv(1) == b"" and isinstance(fails(b.send, b"x"), BrokenPipeError)
            a, b = socket.socketpair(); a.setblocking(False); sent = 0
            while True:
                try: sent += a.send(b"x" * 100_000)
                except BlockingIOError: break
            assert sent == _wasmlam_socket.PAIR_BUFFER
            import gc
            del a, b; gc.collect(); assert not _wasmlam_socket._ends and not _wasmlam_socket._detached
        """))

    def test_asyncio(self):
        self.run_ok(NETWORK + textwrap.dedent("""
            import asyncio, time
            async def main():
                assert await asyncio.gather(*[asyncio.sleep(0.02, n) for n in range(3)]) == [0, 1, 2]
                try: await asyncio.wait_for(asyncio.sleep(9), 0.02)
                except asyncio.TimeoutError: pass
                loop = asyncio.get_running_loop()
                loop.call_soon_threadsafe(loop.call_later, 0.01, lambda: None)
                queue = asyncio.Queue()
                loop.call_later(0.01, queue.put_nowait, 5)
                assert await queue.get() == 5
                a, b = __import__("socket").socketpair()
                a.setblocking(False), b.setblocking(False)
                reader = asyncio.ensure_future(loop.sock_recv(b, 10))
                await asyncio.sleep(0.01)
                await loop.sock_sendall(a, b"over")
                assert await reader == b"over"
                try: await loop.sock_connect(a, ("1.2.3.4", 80))
                except OSError as error: assert "no network" in str(error)
            start = time.monotonic()
            asyncio.run(main())
            assert 0.05 < time.monotonic() - start < 1
        """))


class PlatformFixes(unittest.TestCase):
    def run_fixed(self, script):
        status, out, err = run_apart(textwrap.dedent("""
            from wasmlam_runtime import platform_fixes
            platform_fixes._refuse_processes()
        """) + textwrap.dedent(script))
        self.assertEqual((status, err), (0, ""), out + err)
        return out

    def test_processes_say_why_not(self):
        out = self.run_fixed("""
            import asyncio, multiprocessing, os, subprocess
            def say(function, *arguments, **named):
                try: function(*arguments, **named)
                except Exception as error: print(type(error).__name__, error)
            say(subprocess.run, ["ls", "-l"])
            say(subprocess.run, "ls -l", shell=True)
            say(multiprocessing.Process(name="worker").start)
            say(asyncio.run, asyncio.create_subprocess_exec("ls"))
        """).splitlines()
        self.assertEqual(
            out, [f"PermissionError [Errno 1] wasmlam: the sandbox has no processes (tried to run {what})"
                  for what in ("ls", "ls -l", "worker", "ls")],
        )

    def test_the_host_is_told_what_was_tried(self):
        self.run_fixed(r"""
            import _wasmlam_attempts, multiprocessing, os, subprocess, sys, types
            told = []
            _wasmlam_attempts._open = lambda path, flags: told.append(path.decode())
            bare, sys.modules["posix"] = types.ModuleType("os"), types.ModuleType("posix")
            bare.__all__, bare.fsdecode, platform_fixes.os = [], os.fsdecode, bare
            platform_fixes._refuse_processes()
            def refused(call, *arguments, kind=PermissionError):
                try: call(*arguments)
                except kind: return
                raise AssertionError(call)
            refused(bare.fork, kind=BlockingIOError)
            bare.register_at_fork(before=print)
            refused(sys.modules["posix"].fork, kind=BlockingIOError)
            refused(bare.system, "ls")
            refused(bare.spawnv, 0, b"/bin/sh", [])
            refused(bare.execve, "a\0b\udcff" + 300 * "é", [], {})
            refused(multiprocessing.Process(name="worker").start)
            refused(subprocess.run, ["uname", "-p"])
            long = r"a\0b\udcff" + 248 * "é"
            what = ["call os.fork", "call os.fork", "run ls", "run /bin/sh", f"run {long}", "run worker"]
            assert told == ["/dev/wasmlam-attempt/process:" + text for text in what], told
        """)

    def test_what_the_c_library_lacks_is_filled_in(self):
        self.run_fixed("""
            import os, sys, types
            bare, inner = types.ModuleType("os"), types.ModuleType("posix")
            sys.path.append("{SHIMS}")
            import _wasmlam_os
            sys.path.pop()
            bare.__all__, bare.getpid, bare.urandom, sys.modules["posix"] = [], os.getpid, os.urandom, inner
            platform_fixes.os = bare
            platform_fixes._complete_os()
            for call, number in ((bare.waitpid, 10), (bare.wait, 10), (lambda: inner.kill(1, 15), 3), (lambda: bare.getrandom(-1), 22)):
                try: call()
                except OSError as error: assert error.errno == number, error
                else: raise AssertionError(call)
            bare.kill(os.getpid(), 0)
            assert len(inner.getrandom(7)) == 7
        """.replace("{SHIMS}", str(SHIMS)))


class Hashes(Apart):
    """Beside OpenSSL's, where this Python has them."""

    def test_as_openssl(self):
        out = self.run_ok("""
            import hashlib, random
            openssl = hashlib.new
            import _wasmlam_hashes
            draw = random.Random(1)
            for name, kind in _wasmlam_hashes._OWN.items():
                try: openssl(name)
                except ValueError: print("without", name); continue
                for size in (0, 1, 54, 55, 56, 63, 64, 65, 110, 111, 112, 119, 120, 127, 128, 129, 300):
                    data, cut = draw.randbytes(size), draw.randint(0, size)
                    whole, mine = openssl(name, data), kind(data[:cut])
                    twin = mine.copy()
                    mine.update(memoryview(data)[cut:])
                    assert mine.digest() == whole.digest() and mine.hexdigest() == whole.hexdigest(), (name, size)
                    twin.update(b"y")
                    assert twin.digest() == openssl(name, data[:cut] + b"y").digest(), (name, size)
                assert [mine.name, mine.digest_size, mine.block_size] == [whole.name, whole.digest_size, whole.block_size]
            try: _wasmlam_hashes.new("sm3", "text")
            except TypeError: pass
            else: raise AssertionError
        """)
        self.assertNotIn("sha512_256", out)

    def test_openssl_s_names(self):
        self.run_ok("""
            import sys
            sys.modules["_hashlib"] = None
            import _wasmlam_hashes
            new = _wasmlam_hashes.new
            for name, known in {"SHA-256": "sha256", "sha2-256": "sha256", "SHA512-256": "sha512_256", "SHA-512/256": "sha512_256",
                                "RMD160": "ripemd160", "blake2b512": "blake2b", "SHAKE-128": "shake_128", "SM3": "sm3"}.items():
                assert new(name).name == known, name
            for name in ("sha512/256", "md-5", "SHA2512256", "whirlpool", "", 7):
                try: new(name)
                except (ValueError, TypeError): pass
                else: raise AssertionError(name)
        """)


class KeyDerivation(Apart):
    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, str(SHIMS))
        import _wasmlam_kdf

        cls.kdf = _wasmlam_kdf
        sys.path.remove(str(SHIMS))

    def test_pbkdf2_by_rfc_6070_and_7914(self):
        pbkdf2 = self.kdf.pbkdf2_hmac
        for arguments, expected in (
            (("sha1", b"password", b"salt", 1, 20), "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            (("sha1", b"password", b"salt", 4096, 20), "4b007901b765489abead49d926f721d065a429c1"),
            (("sha1", b"pass\0word", b"sa\0lt", 4096, 16), "56fa6aa75548099dcc37d7f03425e0c3"),
            (("sha256", b"passwd", b"salt", 1, 64), "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                                                    "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"),
        ):
            self.assertEqual(pbkdf2(*arguments).hex(), expected)
        self.assertEqual(len(pbkdf2("sha512", b"p" * 500, bytearray(b"s"), 2)), 64)

    @unittest.skipUnless(hasattr(hashlib, "pbkdf2_hmac"), "this Python has no OpenSSL to compare with")
    def test_same_as_openssl(self):
        for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b"):
            for password, length in ((b"", 1), (b"p" * 200, 100), (b"x", None)):
                self.assertEqual(
                    self.kdf.pbkdf2_hmac(name, password, b"salt", 3, length),
                    hashlib.pbkdf2_hmac(name, password, b"salt", 3, length),
                )
        self.assertEqual(
            self.kdf.scrypt(b"p", salt=b"s", n=16, r=2, p=3, dklen=70), hashlib.scrypt(b"p", salt=b"s", n=16, r=2, p=3, dklen=70)
        )

    def test_scrypt_by_rfc_7914(self):
        self.assertEqual(self.kdf.scrypt(b"", salt=b"", n=16, r=1, p=1).hex(), (
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        ))

    def test_bounds(self):
        for arguments in (("sha256", b"", b"", 0), ("sha256", b"", b"", 1, 0), ("nope", b"", b"", 1)):
            with self.assertRaises(ValueError):
                self.kdf.pbkdf2_hmac(*arguments)
        for n, r, p in ((3, 1, 1), (1, 1, 1), (16, 0, 1), (1 << 20, 8, 1)):
            with self.assertRaises(ValueError):
                self.kdf.scrypt(b"", salt=b"", n=n, r=r, p=p)


class Small(Apart):
    def test_users_terminal_and_log(self):
        self.run_ok("""
            import sys
            sys.modules.pop("pwd", None)  # site has imported the built-in one
            import grp, pwd, syslog, termios
            assert pwd.getpwuid(993).pw_name == "sbx_user1051" and pwd.getpwnam("root").pw_dir == "/root"
            assert grp.getgrgid(990).gr_name == "sbx_user1051" and len(pwd.getpwall()) == len(grp.getgrall()) == 2
            for call in (lambda: pwd.getpwuid(3.14), lambda: grp.getgrgid("x")):
                try: call()
                except TypeError: pass
                else: raise AssertionError
            for call in (lambda: pwd.getpwuid(1), lambda: grp.getgrnam("x")):
                try: call()
                except KeyError: pass
                else: raise AssertionError
            try: termios.tcgetattr(0)
            except termios.error as error: assert "no terminal" in str(error)
            syslog.openlog("x"); syslog.syslog(syslog.LOG_ERR, "dropped"); syslog.closelog()
        """)

    def test_multiprocessing_can_be_imported(self):
        self.run_ok("""
            import multiprocessing.managers, multiprocessing.pool, multiprocessing.shared_memory, concurrent.futures.process
            for call in (multiprocessing.Lock, lambda: multiprocessing.shared_memory.SharedMemory(create=True, size=9)):
                try: call()
                except OSError as error: assert str(error) == "[Errno 38] Function not implemented", error
                else: raise AssertionError
        """)

    @unittest.skipIf(sys.version_info < (3, 12), NEEDS_BUFFER)
    def test_mmap(self):
        self.run_ok("""
            import mmap, os, re, tempfile
            m = mmap.mmap(-1, 8); m[0:3] = b"abc"; m.write(b"AB")
            assert m[:4] == b"ABc\\0" and m[0] == 65 and m.tell() == 2 and len(m) == 8 and m.find(b"c") == 2 and m.rfind(b"x") == -1
            with tempfile.TemporaryFile() as file:
                file.write(b"one\\ntwo\\n"); file.flush()
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as r:
                    assert r.readline() == b"one\\n" and r.read() == b"two\\n" and re.search(b"tw.", r)[0] == b"two"
                    assert r.seek(-3, 2) == 5 and r.read(2) == b"wo"
                    try: r[0] = 1
                    except TypeError: pass
                    else: raise AssertionError
                c = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY); c[0:1] = b"X"; c.close()
                file.seek(0); assert file.read() == b"one\\ntwo\\n"
                w = mmap.mmap(file.fileno(), 4); w[0:3] = b"ONE"; w.flush()
                file.seek(0); assert file.read() == b"ONE\\ntwo\\n"
                w[0:3] = b"uno"; w.close(); assert w.closed
                file.seek(0); assert file.read() == b"uno\\ntwo\\n"
            with tempfile.NamedTemporaryFile() as file:
                file.write(b"one\\ntwo\\n"); file.flush()
                with open(file.name, "r+b") as closed: late = mmap.mmap(closed.fileno(), 4)
                late[0:3] = b"ONE"; late.resize(12); late[8:] = b"more"; late.close()
                file.seek(0); assert file.read() == b"ONE\\n\\0\\0\\0\\0more"
                with open(file.name, "rb") as reader:
                    try: mmap.mmap(reader.fileno(), 4)
                    except PermissionError: pass
                    else: raise AssertionError
            with tempfile.TemporaryFile() as file:
                try: mmap.mmap(file.fileno(), 0)
                except ValueError: pass
                else: raise AssertionError
        """)

    @unittest.skipIf(sys.version_info < (3, 12), NEEDS_BUFFER)
    def test_ctypes(self):
        self.run_ok("""
            import ctypes as c, ctypes.util
            assert "wasmlam-guest-" in c.__file__ and ctypes.util.find_library("c") is None
            class P(c.Structure): _fields_ = [("x", c.c_int), ("y", c.c_double), ("n", c.c_char * 5), ("f", c.c_uint, 3), ("g", c.c_uint, 5)]
            p = P(1, 2.5, b"abc", 5, 9)
            assert (p.x, p.y, p.n, p.f, p.g, c.sizeof(P), P.y.offset) == (1, 2.5, b"abc", 5, 9, 32, 8)
            assert P.from_buffer_copy(bytes(p)).y == 2.5
            assert c.sizeof(c.c_void_p) == c.sizeof(c.c_long) == 4 and c.c_uint8(300).value == 44 and c.c_int8(200).value == -56
            class Node(c.Structure): pass
            Node._fields_ = [("next", c.POINTER(Node)), ("v", c.c_int)]
            first = Node(None, 1); second = Node(c.pointer(first), 2)
            assert second.next.contents.v == 1 and not first.next
            class Big(c.BigEndianStructure): _pack_ = 1; _fields_ = [("a", c.c_uint16), ("b", c.c_uint32)]
            assert bytes(Big(1, 2)) == b"\\0\\1\\0\\0\\0\\2" and Big.from_buffer_copy(b"\\0\\1\\0\\0\\0\\7").b == 7
            class U(c.Union): _fields_ = [("i", c.c_uint32), ("b", c.c_uint8 * 4)]
            u = U(); u.i = 0x01020304; assert u.b[:] == [4, 3, 2, 1]
            text = c.create_string_buffer(b"hello", 8); c.memmove(text, b"J", 1); assert text.value == b"Jello" and len(text.raw) == 8
            assert (c.c_int * 3)(1, 2)[:] == [1, 2, 0] and c.CFUNCTYPE(c.c_int, c.c_int)(abs)(-2) == 2
            c.pythonapi.PyFoo.argtypes = [c.py_object]
            for call in (lambda: c.CDLL("libc.so.6"), lambda: c.CDLL(None), lambda: c.cdll.LoadLibrary("x"), c.pythonapi.PyFoo):
                try: call()
                except OSError as error: assert str(error).startswith("wasmlam: native libraries cannot load in WebAssembly"), error
                else: raise AssertionError
        """)


if __name__ == "__main__":
    unittest.main()
