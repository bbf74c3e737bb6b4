import importlib.resources
import pkgutil


def handler(event, context):
    return [
        open("data.txt").read(), importlib.resources.files("pkg").joinpath("inner.txt").read_text(), pkgutil.get_data("pkg", "inner.txt").decode(),
    ]
