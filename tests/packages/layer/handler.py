"""All it needs comes from a layer: YAML is turned into a page by Jinja2."""

import glob
import sys

import jinja2
import yaml

PAGE = jinja2.Template("{{ shop.name }}:{% for item in shop['items'] %} {{ item | e }};{% endfor %}")


def handler(event, context):
    return {
        "page": PAGE.render(yaml.safe_load(event["shop"])),
        "from": [yaml.__file__, jinja2.__file__],
        "path": sys.path[:3],
        "native_modules": sorted(entry.rpartition("/")[2].partition(".")[0] for entry in glob.glob("/opt/python/**/*.so", recursive=True)),
        "task": glob.glob("/var/task/*"),
    }
