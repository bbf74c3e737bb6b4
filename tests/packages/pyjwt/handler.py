"""Tokens signed with a shared secret (HS256 and its larger brothers); what needs `cryptography` says so."""

import jwt
from jwt.algorithms import get_default_algorithms, has_crypto

SECRET = "a secret of more than thirty-two bytes, for HS256"
CLAIMS = {"sub": "ada", "iss": "shop", "aud": ["orders"], "exp": 4102444800, "iat": 1700000000, "scope": "read"}


def failure(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except (jwt.PyJWTError, NotImplementedError) as error:
        return [type(error).__name__, str(error)]


def read(token, secret=SECRET, **options):
    return jwt.decode(token, secret, algorithms=["HS256", "HS512"], audience="orders", issuer="shop", **options)


def handler(event, context):
    token = jwt.encode(CLAIMS, SECRET, algorithm="HS256", headers={"kid": "k1"})
    head, body, signature = token.split(".")
    return {
        "token": token,
        "claims": read(token),
        "header": jwt.get_unverified_header(token),
        "from_elsewhere": read(event["token"]),
        "HS512": jwt.encode({"a": 1}, SECRET * 2, algorithm="HS512"),
        "tampered": failure(read, ".".join([head, body[:-2] + "AA", signature])),
        "wrong_secret": failure(read, token, "another secret, which is long enough for HS256"),
        "expired": failure(read, jwt.encode({**CLAIMS, "exp": 1}, SECRET)),
        "not_yet": failure(read, jwt.encode({**CLAIMS, "nbf": 4102444800}, SECRET)),
        "audience": failure(jwt.decode, token, SECRET, algorithms=["HS256"], audience="other"),
        "none": failure(read, jwt.encode(CLAIMS, None, algorithm="none")),
        "missing": failure(read, jwt.encode(CLAIMS, SECRET), options={"require": ["jti"]}),
        "garbage": failure(read, "not a token"),
        "RS256": failure(jwt.encode, CLAIMS, SECRET, algorithm="RS256"),
        "algorithms": sorted(get_default_algorithms()),
        "has_crypto": has_crypto,
    }
