#: {}
import xml.etree.ElementTree as tree


def handler(event, context):
    root = tree.fromstring("<a b='1'>t<c/></a>")
    return [root.tag, root.attrib, root.text, tree.tostring(root).decode()]
