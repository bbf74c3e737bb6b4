"""Clients of servers: they import, make contexts and clients, and say that there is no network when they are used."""

import ssl

import pymongo
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def failure(function):
    try:
        return f"worked: {function()!r}"
    except (OSError, redis.RedisError, pymongo.errors.PyMongoError) as error:
        return f"{type(error).__name__}: {error}"


def handler(event, context):
    tls = ssl.create_default_context()
    store = redis.Redis(host="192.0.2.1", port=6379, ssl=True, ssl_cert_reqs="none", retry=Retry(NoBackoff(), 0))
    documents = pymongo.MongoClient("mongodb://192.0.2.1:27017", tls=True, connect=False, serverSelectionTimeoutMS=100)
    return {
        "context": [tls.check_hostname, tls.verify_mode.name],
        "redis": failure(store.ping),
        "mongo": [documents.options.server_selection_timeout, pymongo.has_c()],
        "bson": pymongo.common.MAX_BSON_SIZE,
    }
