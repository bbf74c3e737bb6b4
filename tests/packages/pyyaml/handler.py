"""A CloudFormation template with its short tags, several documents, and a configuration written back."""

import glob

import yaml

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Defaults: &defaults {Runtime: python3.13, Timeout: 15, Tags: [a, b]}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      <<: *defaults
      Timeout: 30
      Role: !GetAtt Role.Arn
      Environment: {Variables: {TABLE: !Ref Table, ARN: !Sub "arn:${Table}/*"}}
      Description: >-
        folded
        text
      Code: |
        def handler(event, context):
            return 1
"""
DOCUMENTS = """
--- {n: 0x1F, f: 1.5e+3, t: 2024-02-29T12:30:00Z, b: !!binary aGVsbG8=}
--- [yes, "yes", ~, 012, 1_000, .inf, 12:30:45]
--- !!set {x, y}
"""


class Template(yaml.SafeLoader):
    """Reads the short form of CloudFormation's functions."""


def function(loader, tag, node):
    name = tag if tag == "Ref" else f"Fn::{tag}"
    value = loader.construct_scalar(node)
    return {name: value.split(".") if tag == "GetAtt" else value}


yaml.add_multi_constructor("!", function, Loader=Template)


def failure(text):
    try:
        yaml.safe_load(text)
    except yaml.YAMLError as error:
        return [type(error).__name__, str(error)]


def handler(event, context):
    template = yaml.load(TEMPLATE, Template)
    template["AWSTemplateFormatVersion"] = str(template["AWSTemplateFormatVersion"])
    return {
        "template": template,
        "documents": [repr(document) for document in yaml.safe_load_all(DOCUMENTS)][:2],
        "set": sorted(list(yaml.safe_load_all(DOCUMENTS))[2]),
        "written": yaml.safe_dump(event, sort_keys=False, allow_unicode=True, width=40),
        "same_again": yaml.safe_load(yaml.safe_dump(event)) == event,
        "bad_indent": failure("a:\n  - 1\n b: 2"),
        "bad_tag": failure("!!python/object/apply:os.getcwd []"),
        "native_modules": len(glob.glob("/var/task/yaml/*.so")),
        "with_libyaml": yaml.__with_libyaml__,
    }
