"""boto3's transfers in parts, whose answers are made here."""
import io, boto3, re
from botocore.awsrequest import AWSResponse
from boto3.s3.transfer import TransferConfig
class Raw(io.BytesIO):
    def stream(self, **k):
        c = self.read()
        while c: yield c; c = self.read()
def client(store, seen):
    c = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    def send(request, **k):
        u, m = request.url, request.method; seen.append(m + " " + (u.split("?")[1].split("&")[0].split("=")[0] if "?" in u else ""))
        body = request.body.read() if hasattr(request.body, "read") else (request.body or b"")
        h = {}
        if m == "POST" and "uploads" in u: out = b"<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
        elif m == "PUT" and "partNumber" in u: store[int(re.search(r"partNumber=(\d+)", u)[1])] = len(body); out = b""; h = {"ETag": '"e"'}
        elif m == "POST": out = b"<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
        elif m == "PUT": store[0] = len(body); out = b""; h = {"ETag": '"e"'}
        elif m == "HEAD": out = b""; h = {"Content-Length": str(20 << 20), "ETag": '"e"'}
        elif m == "GET":
            r = request.headers.get("Range"); r = r.decode() if isinstance(r, bytes) else r
            a, b = re.match(r"bytes=(\d+)-(\d*)", r).groups(); n = (int(b) if b else (20 << 20) - 1) - int(a) + 1
            out = b"z" * n; h = {"Content-Length": str(n), "Content-Range": f"bytes {a}-{int(a)+n-1}/{20<<20}", "ETag": '"e"'}
            return AWSResponse(u, 206, h, Raw(out))
        return AWSResponse(u, 200, h, Raw(out))
    c.meta.events.register("before-send.s3", send); return c
def multipart(event, context):
    store, seen = {}, []
    client(store, seen).upload_fileobj(io.BytesIO(b"x" * (21 << 20)), "bucket", "key", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=4))
    return [len(store), sum(store.values()) >= 21 << 20, len(seen)]
def small(event, context):
    store, seen = {}, []
    client(store, seen).upload_fileobj(io.BytesIO(b"hello"), "bucket", "key"); return [len(store), seen[0][:3]]
def download(event, context):
    store, seen = {}, []
    client(store, seen).download_file("bucket", "key", "/tmp/dl", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=3))
    import os; return [os.path.getsize("/tmp/dl"), len(seen)]
def generator_upload(event, context):
    class Slow(io.RawIOBase):
        n = 12
        def readable(self): return True
        def read(self, size=-1):
            if not Slow.n: return b""
            Slow.n -= 1; return b"y" * (1 << 20)
    store, seen = {}, []
    client(store, seen).upload_fileobj(Slow(), "b", "k", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=2)); return [len(store), len(seen)]
def progress(event, context):
    store, seen, got = {}, [], []
    open("/tmp/up", "wb").write(b"x" * (11 << 20))
    client(store, seen).upload_file("/tmp/up", "b", "k", Callback=got.append, Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=2)); return [len(store), sum(got)]
