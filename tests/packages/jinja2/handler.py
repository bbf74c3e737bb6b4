"""Templates from the package's own folder: inheritance, macros, filters, escaping, a sandbox, async."""

import asyncio
import datetime
import glob

import markupsafe
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment, SecurityError

environment = Environment(loader=FileSystemLoader("templates"), autoescape=True, undefined=StrictUndefined)
environment.filters["day"] = lambda value: datetime.date.fromisoformat(value).strftime("%A, %d %B %Y")


def failure(function):
    try:
        function()
    except (TemplateSyntaxError, UndefinedError, SecurityError) as error:
        return [type(error).__name__, str(error)]


async def in_async_mode():
    async def numbers():
        for number in range(3):
            await asyncio.sleep(0)
            yield number

    template = Environment(enable_async=True).from_string("{% for n in numbers() %}{{ n }},{% endfor %}")
    return await template.render_async(numbers=numbers)


def handler(event, context):
    return {
        "invoice": environment.get_template("invoice.html").render(event),
        "templates": environment.list_templates(),
        "escaped": markupsafe.escape("<a href='x'>\"&\"</a>"),
        "joined": markupsafe.Markup("<b>{}</b>").format("<i>"),
        "async": asyncio.run(in_async_mode()),
        "undefined": failure(lambda: environment.from_string("{{ missing }}").render()),
        "syntax": failure(lambda: environment.from_string("{% for x %}")),
        "unsafe": failure(lambda: SandboxedEnvironment().from_string("{{ ().__class__.__mro__ }}").render()),
        # The package was installed for Linux: its native speed-up is there and was left alone.
        "native_modules": len(glob.glob("/var/task/markupsafe/*.so")),
        "escape_is": markupsafe._escape_inner.__module__,
    }
